"""Copies of tensors and numbers."""

from numbers import Number

import torch
from torch import Tensor

__all__ = ["clone_tensor"]


def clone_tensor(x: Tensor | Number, device: str | None = None) -> Tensor:
    """Return a tensor that shares nothing with the given tensor or number.

    Example:
        >>> clone_tensor(1.5)
        tensor(1.5000)
    """
    if isinstance(x, Tensor):
        return x.detach().clone().to(device or x.device)
    if isinstance(x, Number):
        return torch.tensor(x, device=device)
    raise ValueError(f"clone_tensor: expected a tensor or a number, got {type(x).__name__}")
