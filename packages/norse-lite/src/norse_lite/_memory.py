"""Memory for large tensors on the CPU, kept for the next one.

The system clears fresh memory page by page on its first use, which takes longer than what a neuron
computes; and torch gives the memory of large tensors back with each of them.
"""

from math import prod

import torch
from torch import Tensor

from neuro_kernels import memory

__all__ = ["empty"]

# Smaller tensors come from the C library, which reuses its memory.
SMALLEST = 4 << 20


def empty(shape: tuple[int, ...] | torch.Size, dtype: torch.dtype) -> Tensor:
    """Make a tensor on the CPU that holds anything.

    Args:
        shape: Of the tensor.
        dtype: Of its values.

    Returns:
        The tensor; a large one in memory that was used before.

    Example:
        >>> empty((2, 3), torch.float32).shape
        torch.Size([2, 3])
    """
    size = prod(shape) * dtype.itemsize
    if size < SMALLEST:
        return torch.empty(shape, dtype=dtype)
    return torch.from_numpy(memory.empty(size, "uint8")).view(dtype).view(shape)
