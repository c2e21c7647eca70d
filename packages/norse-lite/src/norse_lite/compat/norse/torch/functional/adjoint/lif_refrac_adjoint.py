"""Refractory neurons by the names of their adjoints."""

from torch import Tensor

from norse_lite.compat.norse.torch.functional.heaviside import heaviside as heaviside
from norse_lite.compat.norse.torch.functional.lif import LIFFeedForwardState as LIFFeedForwardState
from norse_lite.compat.norse.torch.functional.lif import LIFState as LIFState
from norse_lite.compat.norse.torch.functional.lif_refrac import (
    DEFAULT,
    LIFRefracFeedForwardState,
    LIFRefracParameters,
    LIFRefracState,
    lif_refrac_feed_forward_step,
    lif_refrac_step,
    lif_refrac_step_sparse,
)

__all__ = [
    "lif_refrac_adjoint_step",
    "lif_refrac_adjoint_step_sparse",
    "lif_refrac_feed_forward_adjoint_step",
]


def lif_refrac_adjoint_step(
    input: Tensor,
    s: LIFRefracState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFRefracParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFRefracState]:
    """Run `lif_refrac_step`."""
    return lif_refrac_step(input, s, input_weights, recurrent_weights, p, dt)


def lif_refrac_adjoint_step_sparse(
    input: Tensor,
    s: LIFRefracState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFRefracParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFRefracState]:
    """Run `lif_refrac_step_sparse`."""
    return lif_refrac_step_sparse(input, s, input_weights, recurrent_weights, p, dt)


def lif_refrac_feed_forward_adjoint_step(
    input: Tensor,
    s: LIFRefracFeedForwardState,
    p: LIFRefracParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFRefracFeedForwardState]:
    """Run `lif_refrac_feed_forward_step`."""
    return lif_refrac_feed_forward_step(input, s, p, dt)
