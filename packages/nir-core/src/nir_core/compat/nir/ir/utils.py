"""Shape arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from nir_core.errors import NirTypeError
from nir_core.nodes._conv import window_output

__all__ = ["calc_flatten_output", "calculate_conv_output", "ensure_str", "parse_shape_argument"]


def parse_shape_argument(x: Any, key: str) -> dict[str, Any]:
    """Give a shape as `{key: array}`.

    Args:
        x: an array, a sequence, a number, None, or the dictionary itself.
        key: "input" or "output".

    Example:
        >>> parse_shape_argument((2, 3), "input")
        {'input': array([2, 3])}
    """
    if isinstance(x, Mapping):
        return dict(x)
    if x is None:
        return {key: None}
    array = np.asarray(x)
    return {key: array.reshape(-1) if array.ndim == 0 else array}


def calculate_conv_output(
    input_shape: int | Sequence[int],
    padding: int | str | Sequence[int],
    dilation: int | Sequence[int],
    kernel_size: int | Sequence[int],
    stride: int | Sequence[int],
) -> np.ndarray:
    """Give the spatial output shape of a convolution or pooling.

    Args:
        input_shape: spatial input shape.
        padding: zeros at each side, "same" or "valid".
        dilation: distance between the taps.
        kernel_size: size of the window.
        stride: step of the window.

    Returns:
        One number for each spatial axis.

    Example:
        >>> calculate_conv_output((10, 10), 0, 1, (3, 5), 1)
        array([8, 6])
    """
    sizes = np.atleast_1d(np.asarray(input_shape)).tolist()

    def each(value: Any) -> list[int]:
        return np.broadcast_to(np.asarray(value).reshape(-1), len(sizes)).tolist()

    if isinstance(padding, str):
        if padding == "same":
            return np.array([-(-n // s) for n, s in zip(sizes, each(stride), strict=True)])
        padding = 0
    rows = zip(sizes, *map(each, (kernel_size, stride, padding, dilation)), strict=True)
    return np.array([window_output(*row) for row in rows])


def calc_flatten_output(
    input_shape: Sequence[int] | np.ndarray, start_dim: int, end_dim: int
) -> np.ndarray:
    """Give the shape after the axes start_dim to end_dim (inclusive) became one.

    Example:
        >>> calc_flatten_output((2, 3, 4), 1, -1)
        array([ 2, 12])
    """
    shape = [int(n) for n in input_shape]
    start = int(start_dim) % len(shape) if shape else 0
    end = int(end_dim) % len(shape) if shape else 0
    return np.array([*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :]])


def _index_tuple(tuple: Any, index: int) -> Any:
    """Give the element of a sequence, or the number itself."""
    return np.asarray(tuple)[index] if np.ndim(tuple) else np.array([tuple])


def ensure_str(a: str | bytes) -> str:
    """Give text for text or UTF-8 bytes.

    Example:
        >>> ensure_str(b"lif")
        'lif'
    """
    if isinstance(a, bytes):
        return a.decode("utf-8")
    if isinstance(a, str):
        return a
    raise NirTypeError(f"expected text or bytes, got {type(a).__name__}")
