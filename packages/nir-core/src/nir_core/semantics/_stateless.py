"""Nodes without a state: functions of (n, *shape) arrays, n being steps times batch."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided

from nir_core.nodes import (
    Affine,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Flatten,
    Linear,
    NIRNode,
    Scale,
    SumPool2d,
    Threshold,
)

__all__ = ["stateless"]

# Bytes of the unfolded windows of a convolution that are worked on at a time.
_UNFOLDED = 1 << 25

Function = Callable[[np.ndarray], np.ndarray]


def _matrix(node: Affine | Linear, dtype: np.dtype) -> Function:
    weight = np.asarray(node.weight, dtype)
    bias = np.asarray(node.bias, dtype) if isinstance(node, Affine) else None

    def apply(x: np.ndarray) -> np.ndarray:
        if weight.ndim == 2:
            y = x @ weight.T
        else:
            y = np.matmul(weight, x[..., None])[..., 0]
        if bias is not None:
            y += bias
        return y

    return apply


def _windows(x: np.ndarray, kernel: tuple, stride: tuple, dilation: tuple) -> np.ndarray:
    """View (n, c, *spatial) as (n, *out, c, *kernel)."""
    out = [
        (size - d * (k - 1) - 1) // s + 1
        for size, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)
    ]
    steps = x.strides[2:]
    return as_strided(
        x,
        (x.shape[0], *out, x.shape[1], *kernel),
        (
            x.strides[0],
            *(a * b for a, b in zip(steps, stride, strict=True)),
            x.strides[1],
            *(a * b for a, b in zip(steps, dilation, strict=True)),
        ),
        writeable=False,
    )


def _convolution(node: Conv1d | Conv2d, dtype: np.dtype) -> Function:
    weight = np.asarray(node.weight, dtype)
    bias = np.broadcast_to(np.asarray(node.bias, dtype), weight.shape[:1])
    groups, kernel = node.groups, weight.shape[2:]
    stride, dilation = node._spatial("stride"), node._spatial("dilation")
    pads = ((0, 0), (0, 0), *node.pads())
    per_group = weight.shape[0] // groups
    columns = [
        weight[g * per_group : (g + 1) * per_group].reshape(per_group, -1).T for g in range(groups)
    ]
    depth = weight.shape[1]

    def apply(x: np.ndarray) -> np.ndarray:
        out = node.output_of(x.shape[2:])
        result = np.empty((x.shape[0], *out), dtype)
        places = prod(out[1:])
        size = max(1, _UNFOLDED // max(1, places * depth * prod(kernel) * dtype.itemsize))
        for start in range(0, x.shape[0], size):
            piece = x[start : start + size]
            if any(map(any, pads)):
                piece = np.pad(piece, pads)
            for g in range(groups):
                view = _windows(piece[:, g * depth : (g + 1) * depth], kernel, stride, dilation)
                flat = np.ascontiguousarray(view).reshape(len(piece) * places, -1) @ columns[g]
                channels = slice(g * per_group, (g + 1) * per_group)
                flat += bias[channels]
                placed = np.moveaxis(flat.reshape(len(piece), places, per_group), 1, 2)
                result[start : start + size, channels] = placed.reshape(
                    len(piece), per_group, *out[1:]
                )
        return result

    return apply


def _pool(node: SumPool2d | AvgPool2d, dtype: np.dtype) -> Function:
    (kh, kw), (sh, sw), (ph, pw) = node.kernel_size, node.stride, node.padding

    def apply(x: np.ndarray) -> np.ndarray:
        if ph or pw:
            x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        rows = (x.shape[2] - kh) // sh + 1
        columns = (x.shape[3] - kw) // sw + 1
        total = np.zeros((*x.shape[:2], rows, columns), dtype)
        for i in range(kh):
            for j in range(kw):
                total += x[:, :, i : i + sh * rows : sh, j : j + sw * columns : sw]
        if isinstance(node, AvgPool2d):
            total /= kh * kw
        return total

    return apply


def _flatten(node: Flatten) -> Function:
    def apply(x: np.ndarray) -> np.ndarray:
        # One axis of steps and batch stands before those that the node counts.
        rank = x.ndim - 1
        start = node.start_dim + rank if node.start_dim < 0 else node.start_dim
        end = node.end_dim + rank if node.end_dim < 0 else node.end_dim
        if rank == 0:
            return x.reshape(len(x), 1)
        shape = x.shape
        return x.reshape(*shape[: start + 1], prod(shape[start + 1 : end + 2]), *shape[end + 2 :])

    return apply


def stateless(node: NIRNode, dtype: np.dtype) -> Function:
    """Give the function of a node without a state; Input and Output pass the signal on.

    Args:
        node: the node.
        dtype: number type to compute in.

    Returns:
        A function from (n, *input shape) to (n, *output shape).
    """
    if isinstance(node, (Affine, Linear)):
        return _matrix(node, dtype)
    if isinstance(node, (Conv1d, Conv2d)):
        return _convolution(node, dtype)
    if isinstance(node, (SumPool2d, AvgPool2d)):
        return _pool(node, dtype)
    if isinstance(node, Flatten):
        return _flatten(node)
    if isinstance(node, Scale):
        scale = np.asarray(node.scale, dtype)
        return lambda x: x * scale
    if isinstance(node, Threshold):
        threshold = np.asarray(node.threshold, dtype)
        return lambda x: (x > threshold).astype(dtype)
    return lambda x: x
