"""Reference definitions of the layers in `neuro_kernels.sparse`: sums in the order it states."""

import numpy as np

from neuro_kernels.sparse import Pair, conv_axes


def linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """Add up the weights of nonzero inputs, row by row."""
    out = np.zeros((len(x), len(weight)), x.dtype)
    if bias is not None:
        out += bias
    for r, row in enumerate(x):
        for k in np.flatnonzero(row):
            out[r] += row[k] * weight[:, k]
    return out


def linear_weight_grad(x: np.ndarray, grad_out: np.ndarray) -> np.ndarray:
    """Add up the gradients of the rows in which an input is nonzero."""
    grad = np.zeros((grad_out.shape[1], x.shape[1]), x.dtype)
    for r, row in enumerate(x):
        for k in np.flatnonzero(row):
            grad[:, k] += row[k] * grad_out[r]
    return grad


def _taps(
    x: np.ndarray, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> list[tuple[int, int, int, int, int, int, int, int]]:
    """All (row, channel, y, x, ky, kx, oy, ox) in which a nonzero pixel reaches an output."""
    axes = conv_axes(x.shape[2:], kernel, stride, padding, dilation)

    def reached(i: int, axis: int) -> list[tuple[int, int]]:
        _, out, k, s, p, d = axes[axis]
        places = [(tap, i + p - tap * d) for tap in range(k)]
        return [(tap, at // s) for tap, at in places if at >= 0 and at % s == 0 and at // s < out]

    return [
        (r, c, i, j, ky, kx, oy, ox)
        for r, c, i, j in np.argwhere(x)
        for ky, oy in reached(i, 0)
        for kx, ox in reached(j, 1)
    ]


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
    """Let every nonzero pixel add its weights to the outputs it reaches."""
    y_axis, x_axis = conv_axes(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    out = np.zeros((len(x), len(weight), y_axis[1], x_axis[1]), x.dtype)
    if bias is not None:
        out += bias[:, None, None]
    inner, outer = weight.shape[1], len(weight) // groups
    for r, c, i, j, ky, kx, oy, ox in _taps(x, weight.shape[2:], stride, padding, dilation):
        group = slice(c // inner * outer, (c // inner + 1) * outer)
        out[r, group, oy, ox] += x[r, c, i, j] * weight[group, c % inner, ky, kx]
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
    """Add up the gradients of the outputs that a nonzero pixel reaches."""
    y_axis, x_axis = conv_axes(x.shape[2:], kernel, stride, padding, dilation)
    inner, outer = x.shape[1] // groups, grad_out.shape[1] // groups
    grad = np.zeros((grad_out.shape[1], inner, y_axis[2], x_axis[2]), x.dtype)
    for r, c, i, j, ky, kx, oy, ox in _taps(x, kernel, stride, padding, dilation):
        group = slice(c // inner * outer, (c // inner + 1) * outer)
        grad[group, c % inner, ky, kx] += x[r, c, i, j] * grad_out[r, group, oy, ox]
    return grad


def pack_bits(x: np.ndarray) -> np.ndarray | None:
    """Pack zeros and ones, the first of eight into the lowest bit; None for other values."""
    if not ((x == 0) | (x == 1)).all():
        return None
    return np.packbits(x.ravel() != 0, bitorder="little")


def mean_pool(x: np.ndarray, windows: tuple[int, int]) -> np.ndarray:
    """Sum each window row by row, and divide by the number of its values."""
    ky, kx = windows
    rows, columns = x.shape[2] // ky, x.shape[3] // kx
    out = np.zeros((*x.shape[:2], rows, columns), x.dtype)
    for i in range(ky):
        for j in range(kx):
            out += x[:, :, i : rows * ky : ky, j : columns * kx : kx]
    return out / x.dtype.type(ky * kx)


def mean_pool_backward(
    grad_out: np.ndarray, size: tuple[int, int], windows: tuple[int, int]
) -> np.ndarray:
    """Give every value of a window its share of the window's gradient."""
    ky, kx = windows
    grad = np.zeros((*grad_out.shape[:2], *size), grad_out.dtype)
    share = grad_out / grad_out.dtype.type(ky * kx)
    rows, columns = (n * k for n, k in zip(grad_out.shape[2:], windows, strict=True))
    grad[:, :, :rows, :columns] = share.repeat(ky, 2).repeat(kx, 3)
    return grad
