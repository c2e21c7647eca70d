"""Signals of event-driven layers: spikes of every frame as lists, and arrays with pixels first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from neuro_kernels._kernels import FrameLists, infer_list

__all__ = [
    "Shape",
    "Signal",
    "aligned_zeros",
    "dense",
    "from_pixels",
    "listed",
    "pooled",
    "require",
    "split_shape",
    "to_pixels",
]

Shape = tuple[int, ...]


def split_shape(shape: Shape) -> tuple[int, int]:
    """Give channels and pixels of a shape."""
    return (shape[0], prod(shape[1:])) if shape else (1, 1)


@dataclass(frozen=True)
class Signal:
    """Spikes of a layer as lists.

    Args:
        lists: entries per frame.
        shape: `(channels, *spatial)` of the layer.
        step: distance between pixels in the entries: the channels, or the padded channels.
    """

    lists: FrameLists
    shape: Shape
    step: int

    @property
    def density(self) -> float:
        """Listed entries per element."""
        return len(self.lists) / max(1, self.lists.frames * prod(self.shape))


def listed(x: np.ndarray, shape: Shape) -> Signal:
    """List the entries of an array that are not zero.

    Args:
        x: float32 or float64, `(frames, *shape)`, C-contiguous.
        shape: `(channels, *spatial)`.

    Returns:
        The lists.

    Example:
        >>> signal = listed(np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 1.0]]), (3,))
        >>> signal.lists.index().tolist(), signal.lists.offsets().tolist()
        ([1, 0, 2], [0, 1, 3])
    """
    channels, positions = split_shape(shape)
    require(x, (len(x), *shape))
    lists = infer_list(x.ctypes.data, x.dtype == np.float64, len(x), channels, positions)
    return Signal(lists, shape, channels)


def dense(signal: Signal) -> np.ndarray:
    """Give lists as an array; entries that are listed several times add up.

    Args:
        signal: the lists.

    Returns:
        `(frames, *shape)`, float32 or float64.

    Example:
        >>> dense(listed(np.eye(2), (2,)))
        array([[1., 0.],
               [0., 1.]])
    """
    lists = signal.lists
    out = np.zeros((lists.frames, *signal.shape), np.float64 if lists.is_double else np.float32)
    channels, positions = split_shape(signal.shape)
    lists.add_to(out.ctypes.data, signal.step, channels, positions)
    return out


def pooled(
    signal: Signal,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    *,
    mean: bool = False,
) -> Signal:
    """Sum (or average) spikes over windows: each entry moves to the windows that it lies in.

    Args:
        signal: lists of `(channels, height, width)`.
        kernel: height and width of the window.
        stride: steps (vertical, horizontal).
        padding: zeros at each side.
        mean: divide by the size of the window.

    Returns:
        The lists, in which an element may stand several times.

    Example:
        >>> x = np.ones((1, 1, 2, 2))
        >>> dense(pooled(listed(x, (1, 2, 2)), (2, 2), (2, 2), (0, 0)))
        array([[[[4.]]]])
    """
    channels, height, width = signal.shape
    out = tuple(
        (n + 2 * p - k) // s + 1
        for n, k, s, p in zip((height, width), kernel, stride, padding, strict=True)
    )
    numbers = (signal.step, width, *out, *kernel, *stride, *padding)
    scale = 1.0 / prod(kernel) if mean else 1.0
    return Signal(signal.lists.pooled(numbers, scale), (channels, *out), signal.step)


def require(array: np.ndarray, shape: Shape) -> None:
    """Refuse an array that the kernels cannot read."""
    if array.dtype not in (np.float32, np.float64) or not array.flags.c_contiguous:
        raise ValueError("arrays must be float32 or float64 and C-contiguous")
    if array.shape != shape:
        raise ValueError(f"expected shape {shape}, got {array.shape}")


def aligned_zeros(shape: Shape, dtype: Any) -> np.ndarray:
    """Make zeros that begin where a vector begins: rows of full vectors never lie across two."""
    size = prod(shape) * np.dtype(dtype).itemsize
    raw = np.zeros(size + 64, np.uint8)
    begin = -raw.ctypes.data % 64
    return raw[begin : begin + size].view(dtype).reshape(shape)


def to_pixels(x: np.ndarray, shape: Shape, padded: int, fill: float = 0.0) -> np.ndarray:
    """Turn `(..., channels, *spatial)` to `(..., pixels, padded channels)`."""
    channels, positions = split_shape(shape)
    lead = x.shape[: x.ndim - len(shape)]
    made = np.full((*lead, positions, padded), fill, x.dtype)
    made[..., :channels] = np.swapaxes(x.reshape(*lead, channels, positions), -1, -2)
    return made


def from_pixels(x: np.ndarray, shape: Shape) -> np.ndarray:
    """Turn `(..., pixels, padded channels)` back to `(..., channels, *spatial)`."""
    channels, _ = split_shape(shape)
    turned = np.swapaxes(x[..., :channels], -1, -2)
    return np.ascontiguousarray(turned).reshape(*x.shape[:-2], *shape)
