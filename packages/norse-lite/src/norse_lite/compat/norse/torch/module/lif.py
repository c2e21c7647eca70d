"""Leaky integrate-and-fire neurons as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif import (
    LIFFeedForwardState,
    LIFParameters,
    LIFState,
    coefficients,
    lif_feed_forward_step,
    lif_feed_forward_step_sparse,
    lif_step,
    lif_step_sparse,
)
from norse_lite.compat.norse.torch.module._fused import FusedSNN
from norse_lite.compat.norse.torch.module._states import resting, zeros
from norse_lite.compat.norse.torch.module.snn import SNNCell, SNNRecurrent, SNNRecurrentCell
from norse_lite.neurons.lif import LIF_NEURON

__all__ = ["LIF", "LIFCell", "LIFRecurrent", "LIFRecurrentCell"]


DEFAULT = LIFParameters()


def _rest(x: Tensor, p: Any) -> LIFFeedForwardState:
    return LIFFeedForwardState(resting(x, p.v_leak), zeros(x))


def _recurrent_rest(x: Tensor, p: Any, hidden_size: int) -> LIFState:
    return LIFState(zeros(x, hidden_size), resting(x, p.v_leak, hidden_size), zeros(x, hidden_size))


class LIFCell(SNNCell):
    """One step of leaky integrate-and-fire neurons.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds.
    """

    def __init__(self, p: LIFParameters = DEFAULT, **kwargs: Any) -> None:
        super().__init__(
            lif_feed_forward_step,
            self._at_rest,
            p,
            **{"activation_sparse": lif_feed_forward_step_sparse, **kwargs},
        )

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)


class LIF(FusedSNN):
    """Leaky integrate-and-fire neurons, over sequences.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds, `record_states` for the states of all steps.
    """

    neuron = LIF_NEURON
    coefficients = staticmethod(coefficients)

    def __init__(self, p: LIFParameters = DEFAULT, **kwargs: Any) -> None:
        super().__init__(
            lif_feed_forward_step,
            self._at_rest,
            p,
            **{"activation_sparse": lif_feed_forward_step_sparse, **kwargs},
        )

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)


class LIFRecurrentCell(SNNRecurrentCell):
    """One step of leaky integrate-and-fire neurons, recurrently connected.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrentCell` takes them.
    """

    def __init__(
        self, input_size: int, hidden_size: int, p: LIFParameters = DEFAULT, **kwargs: Any
    ) -> None:
        super().__init__(
            lif_step,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **{"activation_sparse": lif_step_sparse, **kwargs},
        )

    def _at_rest(self, x: Tensor) -> Any:
        return _recurrent_rest(x, self.p, self.hidden_size)


class LIFRecurrent(SNNRecurrent):
    """Leaky integrate-and-fire neurons, recurrently connected, over sequences.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrent` takes them.
    """

    def __init__(
        self, input_size: int, hidden_size: int, p: LIFParameters = DEFAULT, **kwargs: Any
    ) -> None:
        super().__init__(
            lif_step,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **{"activation_sparse": lif_step_sparse, **kwargs},
        )

    def _at_rest(self, x: Tensor) -> Any:
        return _recurrent_rest(x, self.p, self.hidden_size)
