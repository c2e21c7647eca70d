"""Exponential neurons as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif_ex import (
    LIFExFeedForwardState,
    LIFExParameters,
    LIFExState,
    coefficients,
    lif_ex_feed_forward_step,
    lif_ex_step,
)
from norse_lite.compat.norse.torch.module._fused import FusedSNN
from norse_lite.compat.norse.torch.module._states import resting, zeros
from norse_lite.compat.norse.torch.module.snn import SNNCell, SNNRecurrent, SNNRecurrentCell
from norse_lite.neurons.lif_ex import LIF_EX_NEURON

__all__ = ["LIFEx", "LIFExCell", "LIFExRecurrent", "LIFExRecurrentCell"]


DEFAULT = LIFExParameters()


def _rest(x: Tensor, p: Any) -> LIFExFeedForwardState:
    return LIFExFeedForwardState(resting(x, p.v_leak), zeros(x))


def _recurrent_rest(x: Tensor, p: Any, hidden_size: int) -> LIFExState:
    return LIFExState(
        zeros(x, hidden_size), resting(x, p.v_leak, hidden_size), zeros(x, hidden_size)
    )


class LIFExCell(SNNCell):
    """One step of exponential neurons.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds.
    """

    def __init__(self, p: LIFExParameters = DEFAULT, **kwargs: Any) -> None:
        super().__init__(lif_ex_feed_forward_step, self._at_rest, p, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)


class LIFEx(FusedSNN):
    """Exponential neurons, over sequences.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds, `record_states` for the states of all steps.
    """

    neuron = LIF_EX_NEURON
    coefficients = staticmethod(coefficients)

    def __init__(self, p: LIFExParameters = DEFAULT, **kwargs: Any) -> None:
        super().__init__(lif_ex_feed_forward_step, self._at_rest, p, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)


class LIFExRecurrentCell(SNNRecurrentCell):
    """One step of exponential neurons, recurrently connected.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrentCell` takes them.
    """

    def __init__(
        self, input_size: int, hidden_size: int, p: LIFExParameters = DEFAULT, **kwargs: Any
    ) -> None:
        super().__init__(
            lif_ex_step,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **kwargs,
        )

    def _at_rest(self, x: Tensor) -> Any:
        return _recurrent_rest(x, self.p, self.hidden_size)


class LIFExRecurrent(SNNRecurrent):
    """Exponential neurons, recurrently connected, over sequences.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrent` takes them.
    """

    def __init__(
        self, input_size: int, hidden_size: int, p: LIFExParameters = DEFAULT, **kwargs: Any
    ) -> None:
        super().__init__(
            lif_ex_step,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **kwargs,
        )

    def _at_rest(self, x: Tensor) -> Any:
        return _recurrent_rest(x, self.p, self.hidden_size)
