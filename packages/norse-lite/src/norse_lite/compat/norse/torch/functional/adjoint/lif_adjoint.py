"""Leaky integrate-and-fire neurons by the names of their adjoints."""

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif import (
    DEFAULT,
    LIFFeedForwardState,
    LIFParameters,
    LIFState,
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


def lif_adjoint_step(
    input: Tensor,
    s: LIFState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFState]:
    """Run `lif_step`."""
    return lif_step(input, s, input_weights, recurrent_weights, p, dt)


def lif_adjoint_step_sparse(
    input: Tensor,
    s: LIFState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFState]:
    """Run `lif_step_sparse`."""
    return lif_step_sparse(input, s, input_weights, recurrent_weights, p, dt)


def lif_feed_forward_adjoint_step(
    input: Tensor,
    s: LIFFeedForwardState,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFFeedForwardState]:
    """Run `lif_feed_forward_step`."""
    return lif_feed_forward_step(input, s, p, dt)


def lif_feed_forward_adjoint_step_sparse(
    input: Tensor,
    s: LIFFeedForwardState,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFFeedForwardState]:
    """Run `lif_feed_forward_step_sparse`."""
    return lif_feed_forward_step_sparse(input, s, p, dt)
