"""Leaky integrators without synaptic current as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.leaky_integrator_box import (
    LIBoxParameters,
    LIBoxState,
    li_box_feed_forward_step,
)
from norse_lite.compat.norse.torch.functional.leaky_integrator_box import li_box_step as li_box_step
from norse_lite.compat.norse.torch.module._states import resting
from norse_lite.compat.norse.torch.module.snn import SNN as SNN
from norse_lite.compat.norse.torch.module.snn import SNNCell

__all__ = ["LIBoxCell"]


DEFAULT = LIBoxParameters()


def _rest(x: Tensor, p: Any) -> LIBoxState:
    return LIBoxState(resting(x, p.v_leak))


class LIBoxCell(SNNCell):
    """One step of leaky integrators without synaptic current.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds.
    """

    def __init__(self, p: LIBoxParameters = DEFAULT, **kwargs: Any) -> None:
        super().__init__(li_box_feed_forward_step, self._at_rest, p, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)
