"""Averages over windows that lie side by side, and their gradient."""

from collections.abc import Sequence

import numpy as np

from neuro_kernels._kernels import mean_pool as mean_pool_at
from neuro_kernels._kernels import mean_pool_backward as mean_pool_backward_at
from neuro_kernels._kernels import num_threads

__all__ = ["mean_pool", "mean_pool_at", "mean_pool_backward", "mean_pool_backward_at"]


def _checked(name: str, x: np.ndarray, windows: Sequence[int]) -> np.ndarray:
    if x.dtype not in (np.float32, np.float64):
        raise ValueError(f"{name} must be float32 or float64, not {x.dtype}")
    if x.ndim != 4:
        raise ValueError(
            f"{name} must be (images, channels, height, width), not the shape {x.shape}"
        )
    if len(windows) != 2 or min(windows) < 1:
        raise ValueError(f"windows must be two positive sizes, height and width, not {windows}")
    return np.ascontiguousarray(x)


def mean_pool(x: np.ndarray, windows: Sequence[int]) -> np.ndarray:
    """Average over windows that lie side by side.

    Args:
        x: Images, `(images, channels, height, width)`, float32 or float64.
        windows: Height and width of a window. Rows and columns that fill none count for nothing.

    Returns:
        The sum over each window, row by row, divided by the number of its values:
        `(images, channels, height // windows[0], width // windows[1])`, in the dtype of `x`.

    Raises:
        ValueError: The dtype or a shape does not fit.

    Example:
        >>> mean_pool(np.array([[[[0.0, 1.0, 5.0], [1.0, 1.0, 5.0]]]]), (2, 2)).tolist()
        [[[[0.75]]]]
    """
    x = _checked("x", x, windows)
    shape = (*x.shape[:2], x.shape[2] // windows[0], x.shape[3] // windows[1])
    out = np.empty(shape, x.dtype)
    mean_pool_at(
        x.dtype == np.float64,
        x.shape[0] * x.shape[1],
        x.shape[2],
        x.shape[3],
        windows[0],
        windows[1],
        x.ctypes.data,
        out.ctypes.data,
        num_threads(),
    )
    return out


def mean_pool_backward(
    grad_out: np.ndarray, size: Sequence[int], windows: Sequence[int]
) -> np.ndarray:
    """Give the gradient of the input of `mean_pool`.

    Args:
        grad_out: Gradient of its result, `(images, channels, height // windows[0],
            width // windows[1])`, float32 or float64.
        size: Height and width of its input.
        windows: As for `mean_pool`.

    Returns:
        `(images, channels, height, width)`, in the dtype of `grad_out`.

    Raises:
        ValueError: The dtype or a shape does not fit.

    Example:
        >>> mean_pool_backward(np.ones((1, 1, 1, 1)), (2, 3), (2, 2)).tolist()
        [[[[0.25, 0.25, 0.0], [0.25, 0.25, 0.0]]]]
    """
    grad_out = _checked("grad_out", grad_out, windows)
    expected = tuple(n // k for n, k in zip(size, windows, strict=True))
    if grad_out.shape[2:] != expected:
        raise ValueError(
            f"grad_out must be (images, channels, {expected[0]}, {expected[1]}), "
            f"not the shape {grad_out.shape}"
        )
    grad = np.empty((*grad_out.shape[:2], *size), grad_out.dtype)
    mean_pool_backward_at(
        grad.dtype == np.float64,
        grad.shape[0] * grad.shape[1],
        size[0],
        size[1],
        windows[0],
        windows[1],
        grad_out.ctypes.data,
        grad.ctypes.data,
        num_threads(),
    )
    return grad
