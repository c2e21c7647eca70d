"""Refractory neurons by the names of their adjoints."""

from norse_lite.compat.norse.torch.functional.lif_refrac import (
    lif_refrac_feed_forward_step,
    lif_refrac_step,
    lif_refrac_step_sparse,
)

__all__ = [
    "lif_refrac_adjoint_step",
    "lif_refrac_adjoint_step_sparse",
    "lif_refrac_feed_forward_adjoint_step",
]

lif_refrac_adjoint_step = lif_refrac_step
lif_refrac_adjoint_step_sparse = lif_refrac_step_sparse
lif_refrac_feed_forward_adjoint_step = lif_refrac_feed_forward_step
