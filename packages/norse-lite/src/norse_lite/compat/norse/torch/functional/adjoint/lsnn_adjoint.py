"""Neurons with an adaptive threshold by the names of their adjoints."""

from norse_lite.compat.norse.torch.functional.lsnn import lsnn_feed_forward_step, lsnn_step

__all__ = ["lsnn_adjoint_step", "lsnn_feed_forward_adjoint_step"]

lsnn_adjoint_step = lsnn_step
lsnn_feed_forward_adjoint_step = lsnn_feed_forward_step
