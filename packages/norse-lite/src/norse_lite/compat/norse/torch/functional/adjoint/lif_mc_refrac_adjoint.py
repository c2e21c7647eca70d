"""Refractory compartments by the name of their adjoint."""

from norse_lite.compat.norse.torch.functional.lif_mc_refrac import lif_mc_refrac_step

__all__ = ["lif_mc_refrac_adjoint"]

lif_mc_refrac_adjoint = lif_mc_refrac_step
