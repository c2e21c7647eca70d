"""Integrate-and-fire neurons without a leak as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.iaf import (
    IAFFeedForwardState,
    IAFParameters,
    coefficients,
    iaf_feed_forward_step,
)
from norse_lite.compat.norse.torch.module._fused import FusedSNN
from norse_lite.compat.norse.torch.module._states import resting
from norse_lite.compat.norse.torch.module.snn import SNN as SNN
from norse_lite.compat.norse.torch.module.snn import SNNCell
from norse_lite.neurons.iaf import IAF_NEURON

__all__ = ["IAF", "IAFCell"]


DEFAULT = IAFParameters()


def _rest(x: Tensor, p: Any) -> IAFFeedForwardState:
    return IAFFeedForwardState(resting(x, p.v_reset))


class IAFCell(SNNCell):
    """One step of integrate-and-fire neurons without a leak.

    Args:
        p: Parameters.
        dt: Duration of a step in seconds.
        kwargs: As `SNNCell` takes them.
    """

    def __init__(self, p: IAFParameters = DEFAULT, dt: float = 0.001, **kwargs: Any) -> None:
        super().__init__(iaf_feed_forward_step, self._at_rest, p, dt, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)


class IAF(FusedSNN):
    """Integrate-and-fire neurons without a leak, over sequences.

    Args:
        p: Parameters.
        dt: Duration of a step in seconds.
        kwargs: `record_states` for the states of all steps.
    """

    neuron = IAF_NEURON
    coefficients = staticmethod(coefficients)

    def __init__(self, p: IAFParameters = DEFAULT, dt: float = 0.001, **kwargs: Any) -> None:
        super().__init__(iaf_feed_forward_step, self._at_rest, p, dt, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)
