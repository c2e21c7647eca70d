"""`fuse`: convolutions and poolings in a row become one convolution or one pooling."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from nir_core.graph import NIRGraph
from nir_core.nodes import AvgPool2d, Conv1d, Conv2d, NIRNode, SumPool2d
from nir_core.nodes._base import Shape
from nir_core.passes._fold import fold
from nir_core.passes._net import Net, every_level, merged_array

__all__ = ["fuse"]

_POOLS = (SumPool2d, AvgPool2d)
_CONVS = (Conv1d, Conv2d)


def fuse(graph: NIRGraph, *, always: bool = False) -> NIRGraph:
    """Fold, then fuse windows in a row: pool and pool, conv and pool, pool and conv, conv and conv.

    The kernel of the fused window spans both, its stride is the product of both. A pair is
    left alone where padding between the two could be seen in the result, where a convolution
    has groups and the other one mixes channels, or where the fused node takes more operations.

    Args:
        graph: the graph.
        always: fuse also where that takes more operations.

    Returns:
        A graph with the same result up to rounding.

    Raises:
        NirError: the graph has structural errors.

    Example:
        >>> from nir_core import Input
        >>> conv = Conv2d(None, np.ones((1, 1, 3, 3)), 1, 0, 1, 1, np.zeros(1))
        >>> graph = NIRGraph.from_list(Input((1, 10, 10)), conv, SumPool2d(2, 2, 0))
        >>> fused = fuse(graph)
        >>> list(fused.nodes), fused.nodes["conv2d"].weight.shape, fused.nodes["conv2d"].stride
        (['input', 'conv2d', 'output'], (1, 1, 4, 4), (2, 2))
    """

    def rewrite(net: Net) -> None:
        _fuse_level(net, always)

    return every_level(fold(graph), rewrite, "fuse")


def _fuse_level(net: Net, always: bool) -> None:
    waiting = list(reversed(net.nodes))
    while waiting:
        name = waiting.pop()
        if name not in net.nodes:
            continue
        target = net.follower(name)
        if target is None:
            continue
        first, second = net.nodes[name], net.nodes[target]
        shape = net.shapes[name].input
        if shape is None:
            continue
        merged = _merge(first, second, shape)
        if merged is None:
            continue
        middle, out = net.shapes[target].input, net.shapes[target].output
        if not always and middle is not None and out is not None:
            separate = _work(first, middle) + _work(second, out)
            if _work(merged, out) > separate:
                continue
        keep = name if isinstance(first, _CONVS) else target
        net.join(name, target, merged, keep=keep)
        waiting += [*net.before[keep], keep]


def _work(node: NIRNode, out: Shape) -> int:
    """Operations of a window for one step of dense input."""
    if isinstance(node, _CONVS):
        return prod(out) * prod(node.weight.shape[1:])
    return prod(out) * prod(node.__dict__["kernel_size"])


def _merge(first: NIRNode, second: NIRNode, shape: Shape) -> NIRNode | None:
    if isinstance(first, _POOLS) and type(first) is type(second):
        return _pools(first, second)
    if isinstance(first, Conv2d) and isinstance(second, _POOLS):
        return _conv_pool(first, second)
    if isinstance(first, _POOLS) and isinstance(second, Conv2d):
        return _pool_conv(first, second, shape)
    if isinstance(first, _CONVS) and type(first) is type(second):
        return _convs(first, second)
    return None


def _pools(first: Any, second: Any) -> NIRNode | None:
    # Windows that overlap would count some places more often than others.
    if first.kernel_size != first.stride or any(second.padding):
        return None
    kernel = tuple(a * b for a, b in zip(first.kernel_size, second.kernel_size, strict=True))
    stride = tuple(a * b for a, b in zip(first.stride, second.stride, strict=True))
    return type(first)(kernel, stride, first.padding)


def _dense(kernel: np.ndarray, dilation: tuple[int, ...]) -> np.ndarray:
    """Give a kernel (out, in, ...) with its gaps filled with zeros."""
    sizes = [(k - 1) * d + 1 for k, d in zip(kernel.shape[2:], dilation, strict=True)]
    full = np.zeros((*kernel.shape[:2], *sizes))
    full[(slice(None), slice(None), *(slice(None, None, d) for d in dilation))] = kernel
    return full


def _symmetric(node: Conv1d | Conv2d) -> tuple[int, ...] | None:
    pads = node.pads()
    return tuple(a for a, _ in pads) if all(a == b for a, b in pads) else None


def _spread(count: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...]) -> list[int]:
    """Size of the window that covers `count` windows of a kernel, `stride` apart."""
    return [(n - 1) * s + k for n, k, s in zip(count, kernel, stride, strict=True)]


def _conv_like(node: Any, **changes: Any) -> NIRNode:
    dims = node._dims

    def plain(value: Any) -> Any:
        return value[0] if dims == 1 and isinstance(value, tuple) else value

    return node.replace(dilation=1, **{key: plain(value) for key, value in changes.items()})


def _conv_pool(conv: Conv2d, pool: Any) -> NIRNode | None:
    padding = _symmetric(conv)
    if padding is None or any(pool.padding):
        return None
    weight = _dense(np.asarray(conv.weight, np.float64), conv._spatial("dilation"))
    share = 1.0 / prod(pool.kernel_size) if isinstance(pool, AvgPool2d) else 1.0
    stride = conv._spatial("stride")
    kernel = weight.shape[2:]
    wide = np.zeros((*weight.shape[:2], *_spread(pool.kernel_size, kernel, stride)))
    for y, x in np.ndindex(*pool.kernel_size):
        top, left = y * stride[0], x * stride[1]
        wide[:, :, top : top + kernel[0], left : left + kernel[1]] += share * weight
    bias = np.asarray(conv.bias, np.float64) * (share * prod(pool.kernel_size))
    return _conv_like(
        conv,
        weight=merged_array(wide, conv.weight),
        bias=merged_array(bias, conv.bias),
        stride=tuple(a * b for a, b in zip(stride, pool.stride, strict=True)),
        padding=padding,
    )


def _pool_conv(pool: Any, conv: Conv2d, shape: Shape) -> NIRNode | None:
    padding = _symmetric(conv)
    if padding is None:
        return None
    for size, kernel, stride, before, pad in zip(
        shape[1:], pool.kernel_size, pool.stride, pool.padding, padding, strict=True
    ):
        # A padded place of the second window must see nothing but padding of the first.
        fits = before == 0 and kernel <= stride and (size - kernel) % stride == 0
        if pad and not fits:
            return None
    weight = _dense(np.asarray(conv.weight, np.float64), conv._spatial("dilation"))
    share = 1.0 / prod(pool.kernel_size) if isinstance(pool, AvgPool2d) else 1.0
    kernel, stride = pool.kernel_size, pool.stride
    wide = np.zeros((*weight.shape[:2], *_spread(weight.shape[2:], kernel, stride)))
    for y, x in np.ndindex(*weight.shape[2:]):
        top, left = y * stride[0], x * stride[1]
        place = (..., slice(top, top + kernel[0]), slice(left, left + kernel[1]))
        wide[place] += share * weight[:, :, y, x, None, None]
    return _conv_like(
        conv,
        input_shape=tuple(shape[1:]),
        weight=merged_array(wide, conv.weight),
        stride=tuple(a * b for a, b in zip(conv._spatial("stride"), stride, strict=True)),
        padding=tuple(b + p * s for b, p, s in zip(pool.padding, padding, stride, strict=True)),
    )


def _convs(first: Any, second: Any) -> NIRNode | None:
    padding, between = _symmetric(first), _symmetric(second)
    if padding is None or between is None or any(between):
        return None
    if first.groups != 1 or second.groups != 1:
        return None
    a = _dense(np.asarray(first.weight, np.float64), first._spatial("dilation"))
    b = _dense(np.asarray(second.weight, np.float64), second._spatial("dilation"))
    stride = first._spatial("stride")
    size = _spread(b.shape[2:], a.shape[2:], stride)
    wide = np.zeros((b.shape[0], a.shape[1], *size))
    for place in np.ndindex(*b.shape[2:]):
        at = tuple(
            slice(p * s, p * s + k) for p, s, k in zip(place, stride, a.shape[2:], strict=True)
        )
        mix = b[(slice(None), slice(None), *place)]
        wide[(slice(None), slice(None), *at)] += np.tensordot(mix, a, axes=(1, 0))
    inner = np.broadcast_to(np.asarray(first.bias, np.float64), a.shape[:1])
    bias = b.reshape(*b.shape[:2], -1).sum(2) @ inner + np.asarray(second.bias, np.float64)
    return _conv_like(
        first,
        weight=merged_array(wide, first.weight, second.weight),
        bias=merged_array(bias, first.bias, second.bias),
        stride=tuple(x * y for x, y in zip(stride, second._spatial("stride"), strict=True)),
        padding=padding,
    )
