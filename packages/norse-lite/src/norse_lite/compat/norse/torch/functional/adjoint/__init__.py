"""`norse.torch.functional.adjoint`: steps by the names of their adjoints.

Norse has hand-written adjoints beside back-propagation through the step; here the step's own
gradient serves both.
"""

from norse_lite.compat.norse.torch.functional.adjoint import (
    lif_adjoint,
    lif_mc_adjoint,
    lif_mc_refrac_adjoint,
    lif_refrac_adjoint,
    lsnn_adjoint,
)

__all__ = [
    "lif_adjoint",
    "lif_mc_adjoint",
    "lif_mc_refrac_adjoint",
    "lif_refrac_adjoint",
    "lsnn_adjoint",
]
