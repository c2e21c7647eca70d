"""Coupled compartments by the name of their adjoint."""

from norse_lite.compat.norse.torch.functional.lif_mc import lif_mc_step

__all__ = ["lif_mc_adjoint_step"]

lif_mc_adjoint_step = lif_mc_step
