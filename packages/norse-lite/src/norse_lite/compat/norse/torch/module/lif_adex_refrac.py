"""Adaptive exponential neurons with a refractory time as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif_adex import LIFAdExFeedForwardState, LIFAdExState
from norse_lite.compat.norse.torch.functional.lif_adex_refrac import (
    LIFAdExRefracFeedForwardState,
    LIFAdExRefracParameters,
    LIFAdExRefracState,
    lif_adex_refrac_feed_forward_step,
    lif_adex_refrac_step,
)
from norse_lite.compat.norse.torch.module._states import resting, zeros
from norse_lite.compat.norse.torch.module.snn import SNNCell, SNNRecurrent, SNNRecurrentCell

__all__ = ["LIFAdExRefracCell", "LIFAdExRefracRecurrent", "LIFAdExRefracRecurrentCell"]

DEFAULT = LIFAdExRefracParameters()


def _rest(x: Tensor, p: Any) -> LIFAdExRefracFeedForwardState:
    return LIFAdExRefracFeedForwardState(
        LIFAdExFeedForwardState(resting(x, p.lif_adex.v_leak), zeros(x), zeros(x)), zeros(x)
    )


def _recurrent_rest(x: Tensor, p: Any, hidden_size: int) -> LIFAdExRefracState:

    voltage = resting(x, p.lif_adex.v_leak, hidden_size)
    lif = LIFAdExState(zeros(x, hidden_size), voltage, zeros(x, hidden_size), zeros(x, hidden_size))
    return LIFAdExRefracState(lif, zeros(x, hidden_size))


class LIFAdExRefracCell(SNNCell):
    """One step of neurons with a refractory time.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds.
    """

    def __init__(self, p: LIFAdExRefracParameters = DEFAULT, **kwargs: Any) -> None:
        super().__init__(lif_adex_refrac_feed_forward_step, self._at_rest, p, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)


class LIFAdExRefracRecurrentCell(SNNRecurrentCell):
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
        p: LIFAdExRefracParameters = DEFAULT,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            lif_adex_refrac_step,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **kwargs,
        )

    def _at_rest(self, x: Tensor) -> Any:
        return _recurrent_rest(x, self.p, self.hidden_size)


class LIFAdExRefracRecurrent(SNNRecurrent):
    """Neurons with a refractory time, recurrently connected, over sequences.

    Takes the arguments of `LIFAdExRefracRecurrentCell`.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        p: LIFAdExRefracParameters = DEFAULT,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            lif_adex_refrac_step,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **kwargs,
        )

    def _at_rest(self, x: Tensor) -> Any:
        return _recurrent_rest(x, self.p, self.hidden_size)
