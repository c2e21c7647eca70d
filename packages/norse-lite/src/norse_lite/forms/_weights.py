"""Initial weights of the forms that own some."""

from math import sqrt

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError

__all__ = ["initial_weights"]


def initial_weights(
    owner: str,
    name: str,
    given: Tensor | None,
    shape: tuple[int, ...],
    generator: torch.Generator | None,
) -> nn.Parameter:
    """Return given weights as a parameter, or draw them from `normal(0, sqrt(2 / shape[0]))`.

    Raises:
        NetworkError: Given weights have another shape.
    """
    if given is None:
        return nn.Parameter(torch.randn(shape, generator=generator) * sqrt(2 / shape[0]))
    if tuple(given.shape) != shape:
        raise NetworkError(f"{owner}: {name} must have the shape {shape}, not {tuple(given.shape)}")
    return nn.Parameter(given.detach().clone())
