"""Leaky integrate-and-fire neurons without synaptic current as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif_box import (
    LIFBoxFeedForwardState,
    LIFBoxParameters,
    lif_box_feed_forward_step,
)
from norse_lite.compat.norse.torch.module._states import resting
from norse_lite.compat.norse.torch.module.snn import SNNCell

__all__ = ["LIFBoxCell"]


DEFAULT = LIFBoxParameters()


def _rest(x: Tensor, p: Any) -> LIFBoxFeedForwardState:
    return LIFBoxFeedForwardState(resting(x, p.v_leak))


class LIFBoxCell(SNNCell):
    """One step of leaky integrate-and-fire neurons without synaptic current.

    Args:
        p: Parameters.
        dt: Duration of a step in seconds.
    """

    def __init__(self, p: LIFBoxParameters = DEFAULT, dt: float = 0.001) -> None:
        super().__init__(lif_box_feed_forward_step, self._at_rest, p, dt)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)
