"""The step function."""

from torch import Tensor

__all__ = ["heaviside"]


def heaviside(data: Tensor) -> Tensor:
    """Return 1 where a value is positive, else 0, in its dtype.

    Example:
        >>> import torch
        >>> heaviside(torch.tensor([-1.0, 0.0, 1.0])).tolist()
        [0.0, 0.0, 1.0]
    """
    return (data > 0).to(data.dtype)
