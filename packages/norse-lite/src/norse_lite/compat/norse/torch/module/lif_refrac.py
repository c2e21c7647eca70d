"""Leaky integrate-and-fire neurons with a refractory time as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif import LIFFeedForwardState, LIFState
from norse_lite.compat.norse.torch.functional.lif_refrac import (
    LIFRefracFeedForwardState,
    LIFRefracParameters,
    LIFRefracState,
    lif_refrac_feed_forward_step,
    lif_refrac_step,
    lif_refrac_step_sparse,
)
from norse_lite.compat.norse.torch.module._states import resting, zeros
from norse_lite.compat.norse.torch.module.snn import SNNCell, SNNRecurrent, SNNRecurrentCell

__all__ = ["LIFRefracCell", "LIFRefracRecurrent", "LIFRefracRecurrentCell"]

DEFAULT = LIFRefracParameters()


def _rest(x: Tensor, p: Any) -> LIFRefracFeedForwardState:
    return LIFRefracFeedForwardState(
        LIFFeedForwardState(resting(x, p.lif.v_leak), zeros(x)), zeros(x)
    )


def recurrent_rest(x: Tensor, p: Any, hidden_size: int) -> LIFRefracState:
    """Return the state of the recurrent forms before any input."""
    voltage = resting(x, p.lif.v_leak, hidden_size)
    lif = LIFState(zeros(x, hidden_size), voltage, zeros(x, hidden_size))
    return LIFRefracState(lif, zeros(x, hidden_size))


class LIFRefracCell(SNNCell):
    """One step of neurons with a refractory time.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds.
    """

    def __init__(self, p: LIFRefracParameters = DEFAULT, **kwargs: Any) -> None:
        super().__init__(lif_refrac_feed_forward_step, self._at_rest, p, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)


class LIFRefracRecurrentCell(SNNRecurrentCell):
    """One step of neurons with a refractory time, recurrently connected.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrentCell` takes them.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        p: LIFRefracParameters = DEFAULT,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            lif_refrac_step,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **{"activation_sparse": lif_refrac_step_sparse, **kwargs},
        )

    def _at_rest(self, x: Tensor) -> Any:
        return recurrent_rest(x, self.p, self.hidden_size)


class LIFRefracRecurrent(SNNRecurrent):
    """Neurons with a refractory time, recurrently connected, over sequences.

    Takes the arguments of `LIFRefracRecurrentCell`.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        p: LIFRefracParameters = DEFAULT,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            lif_refrac_step,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **{"activation_sparse": lif_refrac_step_sparse, **kwargs},
        )

    def _at_rest(self, x: Tensor) -> Any:
        return recurrent_rest(x, self.p, self.hidden_size)
