"""Neurons with an adaptive threshold by the names of their adjoints."""

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lsnn import (
    DEFAULT,
    LSNNFeedForwardState,
    LSNNParameters,
    LSNNState,
    lsnn_feed_forward_step,
    lsnn_step,
)

__all__ = ["lsnn_adjoint_step", "lsnn_feed_forward_adjoint_step"]


def lsnn_adjoint_step(
    input: Tensor,
    s: LSNNState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LSNNParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LSNNState]:
    """Run `lsnn_step`."""
    return lsnn_step(input, s, input_weights, recurrent_weights, p, dt)


def lsnn_feed_forward_adjoint_step(
    input: Tensor,
    s: LSNNFeedForwardState,
    p: LSNNParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LSNNFeedForwardState]:
    """Run `lsnn_feed_forward_step`."""
    return lsnn_feed_forward_step(input, s, p, dt)
