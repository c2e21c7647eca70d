"""Initial states of the neurons."""

from typing import Any

import torch
from torch import Tensor

__all__ = ["constant", "resting", "zeros"]


def _kind(x: Tensor) -> dict[str, Any]:
    dtype = x.dtype if x.is_floating_point() else torch.get_default_dtype()
    return {"dtype": dtype, "device": x.device}


def shape_of(x: Tensor, hidden_size: int | None) -> tuple[int, ...]:
    """Return the shape of the neurons for one step of input."""
    return tuple(x.shape) if hidden_size is None else (*x.shape[:-1], hidden_size)


def zeros(x: Tensor, hidden_size: int | None = None) -> Tensor:
    """Return zeros for the neurons."""
    return torch.zeros(shape_of(x, hidden_size), **_kind(x))


def constant(x: Tensor, value: Any, hidden_size: int | None = None) -> Tensor:
    """Return a value for each neuron, without its gradient."""
    full = torch.as_tensor(value, device=x.device).detach().to(_kind(x)["dtype"])
    return full.expand(shape_of(x, hidden_size)).clone()


def resting(
    x: Tensor, value: Any, hidden_size: int | None = None, *, single: bool = False
) -> Tensor:
    """Return the initial voltage: a leaf of the gradient, so that even it alone can be trained.

    Some of Norse's modules start from it in `single` precision, whatever that of their input, which
    rounds the voltage and the first step.
    """
    v = constant(x, value, hidden_size)
    if single and not torch.compiler.is_compiling() and not torch.equal(v, v.float().to(v.dtype)):
        v = v.float()
    # A tensor made inside a compiled function cannot become a leaf.
    return v if torch.compiler.is_compiling() else v.requires_grad_()
