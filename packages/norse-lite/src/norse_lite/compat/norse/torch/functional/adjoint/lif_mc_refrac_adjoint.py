"""Refractory compartments by the name of their adjoint."""

from torch import Tensor

from norse_lite.compat.norse.torch.functional.heaviside import heaviside as heaviside
from norse_lite.compat.norse.torch.functional.lif import LIFState as LIFState
from norse_lite.compat.norse.torch.functional.lif_mc_refrac import lif_mc_refrac_step
from norse_lite.compat.norse.torch.functional.lif_refrac import (
    DEFAULT,
    LIFRefracParameters,
    LIFRefracState,
)

__all__ = ["lif_mc_refrac_adjoint"]


def lif_mc_refrac_adjoint(
    input: Tensor,
    s: LIFRefracState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    g_coupling: Tensor,
    p: LIFRefracParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFRefracState]:
    """Run `lif_mc_refrac_step`."""
    return lif_mc_refrac_step(input, s, input_weights, recurrent_weights, g_coupling, p, dt)
