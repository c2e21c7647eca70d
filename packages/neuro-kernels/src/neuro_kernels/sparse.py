"""Layers that skip silent inputs: linear maps and convolutions of arrays that are mostly zero.

`linear` and `conv2d` list the nonzero inputs and read only the weights that belong to them;
`linear_weight_grad` and `conv2d_weight_grad` give the gradients of the weights in the same way.
Inputs may be any numbers; spikes (all 1) are fastest.

The functions on addresses (`EventList.assign`, `linear_forward`, ...) serve other array libraries.
"""

from collections.abc import Sequence

import numpy as np

from neuro_kernels._kernels import (
    EventList,
    conv2d_forward,
    count_nonzero,
    linear_forward,
    num_threads,
    pack_conv_weight,
    pack_weight,
    packed_conv_size,
    packed_size,
)
from neuro_kernels._kernels import conv2d_weight_grad as conv2d_weight_grad_at
from neuro_kernels._kernels import linear_weight_grad as linear_weight_grad_at
from neuro_kernels._mean_pool import (
    mean_pool,
    mean_pool_at,
    mean_pool_backward,
    mean_pool_backward_at,
)
from neuro_kernels._spike_bits import pack_bits, pack_bits_at, unpack_bits, unpack_bits_at

__all__ = [
    "EventList",
    "conv2d",
    "conv2d_forward",
    "conv2d_weight_grad",
    "conv2d_weight_grad_at",
    "conv_axes",
    "count_nonzero",
    "linear",
    "linear_forward",
    "linear_weight_grad",
    "linear_weight_grad_at",
    "mean_pool",
    "mean_pool_at",
    "mean_pool_backward",
    "mean_pool_backward_at",
    "pack_bits",
    "pack_bits_at",
    "pack_conv_weight",
    "pack_weight",
    "packed_conv_size",
    "packed_size",
    "unpack_bits",
    "unpack_bits_at",
]

Axis = tuple[int, int, int, int, int, int]
Pair = int | Sequence[int]


def _checked(name: str, array: np.ndarray, ndim: int, dtype: np.dtype | None = None) -> np.ndarray:
    if array.dtype not in (np.float32, np.float64) or (dtype is not None and array.dtype != dtype):
        expected = "float32 or float64" if dtype is None else dtype.name
        raise ValueError(f"{name} must be {expected}, not {array.dtype}")
    if array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} axes, not the shape {array.shape}")
    return np.ascontiguousarray(array)


def _listed(x: np.ndarray) -> EventList:
    rows, columns = x.shape[0], int(np.prod(x.shape[1:], dtype=np.int64))
    events = EventList()
    events.assign(x.ctypes.data, x.dtype == np.float64, rows, columns, x.size, num_threads())
    return events


def linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """Multiply rows by a weight, skipping entries that are zero.

    Args:
        x: Inputs, float32 or float64, `(rows, inputs)`.
        weight: `(outputs, inputs)`, dtype of `x`.
        bias: `(outputs,)`, dtype of `x`; None for none.

    Returns:
        `x @ weight.T + bias`, `(rows, outputs)`; every sum begins with the bias and runs over the
        inputs in ascending order.

    Raises:
        ValueError: A shape or dtype does not fit.

    Example:
        >>> x = np.array([[0, 1, 0, 1]], np.float32)
        >>> linear(x, np.arange(8, dtype=np.float32).reshape(2, 4)).tolist()
        [[4.0, 12.0]]
    """
    x = _checked("x", x, 2)
    weight = _checked("weight", weight, 2, x.dtype)
    if weight.shape[1] != x.shape[1]:
        raise ValueError(f"weight of shape {weight.shape} does not fit x of shape {x.shape}")
    outputs, inputs = weight.shape
    if bias is not None:
        bias = _checked("bias", bias, 1, x.dtype)
        if bias.shape != (outputs,):
            raise ValueError(f"bias must have the shape {(outputs,)}, not {bias.shape}")
    double = x.dtype == np.float64
    packed = np.empty(packed_size(outputs, inputs, double), x.dtype)
    pack_weight(weight.ctypes.data, double, outputs, inputs, packed.ctypes.data)
    out = np.empty((x.shape[0], outputs), x.dtype)
    start = 0 if bias is None else bias.ctypes.data
    linear_forward(
        _listed(x), outputs, packed.ctypes.data, start, True, out.ctypes.data, num_threads()
    )
    return out


def linear_weight_grad(x: np.ndarray, grad_out: np.ndarray) -> np.ndarray:
    """Gradient of the weight of `linear`.

    Args:
        x: The inputs, `(rows, inputs)`.
        grad_out: Gradient of the outputs, `(rows, outputs)`, dtype of `x`.

    Returns:
        `grad_out.T @ x`, `(outputs, inputs)`; every sum runs over the rows in ascending order.

    Raises:
        ValueError: A shape or dtype does not fit.

    Example:
        >>> linear_weight_grad(np.array([[0.0, 2.0]]), np.array([[1.0, 3.0, 0.5]])).tolist()
        [[0.0, 2.0], [0.0, 6.0], [0.0, 1.0]]
    """
    x = _checked("x", x, 2)
    grad_out = _checked("grad_out", grad_out, 2, x.dtype)
    if len(grad_out) != len(x):
        raise ValueError(f"grad_out of shape {grad_out.shape} does not fit x of shape {x.shape}")
    grad = np.empty((grad_out.shape[1], x.shape[1]), x.dtype)
    linear_weight_grad_at(
        _listed(x), grad_out.shape[1], grad_out.ctypes.data, grad.ctypes.data, num_threads()
    )
    return grad


def _pair(value: Pair) -> tuple[int, int]:
    y, x = (value, value) if isinstance(value, int) else value
    return y, x


def conv_axes(
    size: Pair, kernel: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> tuple[Axis, Axis]:
    """Describe the two axes of a convolution as its kernels expect them.

    Args:
        size: Height and width of the images.
        kernel: Height and width of the kernel.
        stride: Pixels between outputs.
        padding: Zeros before and after the image.
        dilation: Pixels between the taps of the kernel.

    Returns:
        For y and x: `(input size, output size, kernel, stride, padding, dilation)`.

    Raises:
        ValueError: The kernel is larger than the padded image.

    Example:
        >>> conv_axes((34, 20), 3, padding=1)
        ((34, 34, 3, 1, 1, 1), (20, 20, 3, 1, 1, 1))
    """
    axes = []
    pairs = (_pair(one) for one in (size, kernel, stride, padding, dilation))
    for n, k, s, p, d in zip(*pairs, strict=True):
        out = (n + 2 * p - d * (k - 1) - 1) // s + 1
        if out < 1:
            raise ValueError(f"a kernel of {k} taps (dilation {d}) does not fit into {n + 2 * p}")
        axes.append((n, out, k, s, p, d))
    return axes[0], axes[1]


def _images(
    x: np.ndarray, channels: int, groups: int, out_channels: int, axes: tuple[Axis, Axis]
) -> None:
    if x.shape[1] != channels:
        raise ValueError(f"weight of {channels // groups} channels in {groups} groups, x {x.shape}")
    if groups < 1 or channels % groups or out_channels % groups:
        raise ValueError(f"{channels} and {out_channels} channels do not make {groups} groups")
    if axes[0][0] < 1 or axes[1][0] < 1:
        raise ValueError(f"images must have pixels, got the shape {x.shape}")


def conv2d(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> np.ndarray:
    """Convolve images, skipping pixels that are zero.

    Args:
        x: Images, float32 or float64, `(rows, channels, height, width)`.
        weight: `(out_channels, channels / groups, kernel height, kernel width)`, dtype of `x`.
        bias: `(out_channels,)`, dtype of `x`; None for none.
        stride: Pixels between outputs, one number or two (y, x).
        padding: Zeros before and after the image.
        dilation: Pixels between the taps of the kernel.
        groups: Independent blocks of channels.

    Returns:
        `(rows, out_channels, out_height, out_width)`, as `torch.nn.functional.conv2d`.

    Raises:
        ValueError: A shape or dtype does not fit.

    Example:
        >>> x = np.zeros((1, 1, 3, 3)); x[0, 0, 1, 1] = 1
        >>> conv2d(x, np.arange(4.0).reshape(1, 1, 2, 2))[0, 0].tolist()
        [[3.0, 2.0], [1.0, 0.0]]
    """
    x = _checked("x", x, 4)
    weight = _checked("weight", weight, 4, x.dtype)
    axes = conv_axes(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    out_channels, channels = weight.shape[0], weight.shape[1] * groups
    _images(x, channels, groups, out_channels, axes)
    if bias is not None:
        bias = _checked("bias", bias, 1, x.dtype)
        if bias.shape != (out_channels,):
            raise ValueError(f"bias must have the shape {(out_channels,)}, not {bias.shape}")
    shape = (channels, out_channels, groups, *axes)
    double = x.dtype == np.float64
    packed = np.empty(packed_conv_size(*shape, double), x.dtype)
    pack_conv_weight(*shape, double, weight.ctypes.data, packed.ctypes.data)
    out = np.empty((len(x), out_channels, axes[0][1], axes[1][1]), x.dtype)
    start = 0 if bias is None else bias.ctypes.data
    conv2d_forward(_listed(x), *shape, packed.ctypes.data, start, out.ctypes.data, num_threads())
    return out


def conv2d_weight_grad(
    x: np.ndarray,
    grad_out: np.ndarray,
    kernel: Pair,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> np.ndarray:
    """Gradient of the weight of `conv2d`.

    Args:
        x: The images, `(rows, channels, height, width)`.
        grad_out: Gradient of the outputs, dtype of `x`.
        kernel: Height and width of the kernel.
        stride: As for `conv2d`; likewise the following.
        padding: Zeros before and after the image.
        dilation: Pixels between the taps of the kernel.
        groups: Independent blocks of channels.

    Returns:
        `(out_channels, channels / groups, kernel height, kernel width)`.

    Raises:
        ValueError: A shape or dtype does not fit.

    Example:
        >>> x = np.zeros((1, 1, 3, 3)); x[0, 0, 1, 1] = 1
        >>> conv2d_weight_grad(x, np.arange(4.0).reshape(1, 1, 2, 2), 2)[0, 0].tolist()
        [[3.0, 2.0], [1.0, 0.0]]
    """
    x = _checked("x", x, 4)
    grad_out = _checked("grad_out", grad_out, 4, x.dtype)
    axes = conv_axes(x.shape[2:], kernel, stride, padding, dilation)
    channels, out_channels = x.shape[1], grad_out.shape[1]
    _images(x, channels, groups, out_channels, axes)
    expected = (len(x), out_channels, axes[0][1], axes[1][1])
    if grad_out.shape != expected:
        raise ValueError(f"grad_out must have the shape {expected}, not {grad_out.shape}")
    grad = np.empty((out_channels, channels // groups, axes[0][2], axes[1][2]), x.dtype)
    shape = (channels, out_channels, groups, *axes)
    conv2d_weight_grad_at(_listed(x), *shape, grad_out.ctypes.data, grad.ctypes.data, num_threads())
    return grad
