"""Leaky integrate-and-fire neurons by the names of their adjoints."""

from norse_lite.compat.norse.torch.functional.lif import (
    lif_feed_forward_step,
    lif_feed_forward_step_sparse,
    lif_step,
    lif_step_sparse,
)

__all__ = [
    "lif_adjoint_step",
    "lif_adjoint_step_sparse",
    "lif_feed_forward_adjoint_step",
    "lif_feed_forward_adjoint_step_sparse",
]

lif_adjoint_step = lif_step
lif_adjoint_step_sparse = lif_step_sparse
lif_feed_forward_adjoint_step = lif_feed_forward_step
lif_feed_forward_adjoint_step_sparse = lif_feed_forward_step_sparse
