"""Adaptive exponential neurons as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif_adex import (
    LIFAdExFeedForwardState,
    LIFAdExParameters,
    LIFAdExState,
    coefficients,
    lif_adex_feed_forward_step,
    lif_adex_step,
)
from norse_lite.compat.norse.torch.module._fused import FusedSNN
from norse_lite.compat.norse.torch.module._states import resting, zeros
from norse_lite.compat.norse.torch.module.snn import SNNCell, SNNRecurrent, SNNRecurrentCell
from norse_lite.neurons.lif_adex import LIF_ADEX_NEURON

__all__ = ["LIFAdEx", "LIFAdExCell", "LIFAdExRecurrent", "LIFAdExRecurrentCell"]


DEFAULT = LIFAdExParameters()


def _rest(x: Tensor, p: Any) -> LIFAdExFeedForwardState:
    return LIFAdExFeedForwardState(resting(x, p.v_leak), zeros(x), zeros(x))


def _recurrent_rest(x: Tensor, p: Any, hidden_size: int) -> LIFAdExState:
    return LIFAdExState(
        zeros(x, hidden_size),
        resting(x, p.v_leak, hidden_size),
        zeros(x, hidden_size),
        zeros(x, hidden_size),
    )


class LIFAdExCell(SNNCell):
    """One step of adaptive exponential neurons.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds.
    """

    def __init__(self, p: LIFAdExParameters = DEFAULT, **kwargs: Any) -> None:
        super().__init__(lif_adex_feed_forward_step, self._at_rest, p, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)


class LIFAdEx(FusedSNN):
    """Adaptive exponential neurons, over sequences.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds, `record_states` for the states of all steps.
    """

    neuron = LIF_ADEX_NEURON
    coefficients = staticmethod(coefficients)

    def __init__(self, p: LIFAdExParameters = DEFAULT, **kwargs: Any) -> None:
        super().__init__(lif_adex_feed_forward_step, self._at_rest, p, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)


class LIFAdExRecurrentCell(SNNRecurrentCell):
    """One step of adaptive exponential neurons, recurrently connected.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrentCell` takes them.
    """

    def __init__(
        self, input_size: int, hidden_size: int, p: LIFAdExParameters = DEFAULT, **kwargs: Any
    ) -> None:
        super().__init__(
            lif_adex_step,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **kwargs,
        )

    def _at_rest(self, x: Tensor) -> Any:
        return _recurrent_rest(x, self.p, self.hidden_size)


class LIFAdExRecurrent(SNNRecurrent):
    """Adaptive exponential neurons, recurrently connected, over sequences.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrent` takes them.
    """

    def __init__(
        self, input_size: int, hidden_size: int, p: LIFAdExParameters = DEFAULT, **kwargs: Any
    ) -> None:
        super().__init__(
            lif_adex_step,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **kwargs,
        )

    def _at_rest(self, x: Tensor) -> Any:
        return _recurrent_rest(x, self.p, self.hidden_size)
