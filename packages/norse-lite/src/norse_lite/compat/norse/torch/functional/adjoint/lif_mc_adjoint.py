"""Coupled compartments by the name of their adjoint."""

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif import DEFAULT, LIFParameters, LIFState
from norse_lite.compat.norse.torch.functional.lif_mc import lif_mc_step

__all__ = ["lif_mc_adjoint_step"]


def lif_mc_adjoint_step(
    input: Tensor,
    s: LIFState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    g_coupling: Tensor,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFState]:
    """Run `lif_mc_step`."""
    return lif_mc_step(input, s, input_weights, recurrent_weights, g_coupling, p, dt)
