"""From spike trains to values."""

from torch import Tensor

__all__ = ["sum_decode"]


def sum_decode(tensor: Tensor, dimension: int = 0) -> Tensor:
    """Return the sum over an axis, by default the time.

    Example:
        >>> import torch
        >>> sum_decode(torch.ones(5, 2)).tolist()
        [5.0, 5.0]
    """
    return tensor.sum(dimension)
