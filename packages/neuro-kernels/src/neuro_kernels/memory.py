"""Large arrays in memory that was used before.

The system clears every page of fresh memory on its first use, which for a large array takes longer
than to compute what goes into it. Arrays of `empty` therefore leave their memory to the next one;
meanwhile the system may take it for anything else.
"""

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import DTypeLike

from neuro_kernels._kernels import fresh_bytes, pages_waiting

__all__ = ["empty", "waiting"]


def empty(shape: int | Sequence[int], dtype: DTypeLike) -> np.ndarray:
    """Make an array that holds anything, in pages of 2 MiB where the system has them.

    Args:
        shape: Of the array.
        dtype: Of its values.

    Returns:
        The array. It is worth its own call from some MiB on: its memory is a multiple of 2 MiB.

    Raises:
        MemoryError: There is not as much memory.

    Example:
        >>> array = empty((3, 1 << 20), np.float32)
        >>> array.shape, array.dtype.name
        ((3, 1048576), 'float32')
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    kind = np.dtype(dtype)
    return fresh_bytes(prod(sizes) * kind.itemsize).view(kind).reshape(sizes)


def waiting() -> int:
    """Return how many bytes wait for the next array.

    Example:
        >>> waiting() >= 0
        True
    """
    return pages_waiting()
