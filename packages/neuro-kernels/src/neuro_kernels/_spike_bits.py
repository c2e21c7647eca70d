"""Spikes as bits: what a backward pass needs of zeros and ones, in a part of their memory."""

from collections.abc import Sequence

import numpy as np

from neuro_kernels._kernels import pack_bits as pack_bits_at
from neuro_kernels._kernels import unpack_bits as unpack_bits_at

__all__ = ["pack_bits", "pack_bits_at", "unpack_bits", "unpack_bits_at"]


def pack_bits(x: np.ndarray) -> np.ndarray | None:
    """Pack spikes into bits, a 32nd of the memory of float32.

    Args:
        x: float32 or float64, any shape.

    Returns:
        uint8, `(ceil(x.size / 8),)`: value i is bit `i % 8` of byte `i // 8`. None if any value is
        neither 0 nor 1.

    Raises:
        ValueError: The dtype does not fit.

    Example:
        >>> pack_bits(np.array([1.0, 0.0, 1.0, 1.0])).tolist()
        [13]
        >>> pack_bits(np.array([0.5])) is None
        True
    """
    if x.dtype not in (np.float32, np.float64):
        raise ValueError(f"x must be float32 or float64, not {x.dtype}")
    x = np.ascontiguousarray(x)
    bits = np.empty((x.size + 7) // 8, np.uint8)
    fits = pack_bits_at(x.ctypes.data, x.dtype == np.float64, x.size, bits.ctypes.data)
    return bits if fits else None


def unpack_bits(bits: np.ndarray, shape: Sequence[int], dtype: np.dtype | type) -> np.ndarray:
    """Give the spikes that `pack_bits` packed.

    Args:
        bits: What `pack_bits` gave.
        shape: Shape of the spikes.
        dtype: float32 or float64.

    Returns:
        The spikes.

    Raises:
        ValueError: There are fewer or more bytes than the shape needs.

    Example:
        >>> unpack_bits(np.array([13], np.uint8), (2, 2), np.float32).tolist()
        [[1.0, 0.0], [1.0, 1.0]]
    """
    x = np.empty(tuple(shape), dtype)
    if bits.dtype != np.uint8 or bits.shape != ((x.size + 7) // 8,):
        raise ValueError(
            f"bits must be uint8 ({(x.size + 7) // 8},) for the shape {tuple(shape)}, "
            f"not {bits.dtype} {bits.shape}"
        )
    if x.dtype not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, not {x.dtype}")
    kept = np.ascontiguousarray(bits)
    unpack_bits_at(kept.ctypes.data, x.dtype == np.float64, x.size, x.ctypes.data)
    return x
