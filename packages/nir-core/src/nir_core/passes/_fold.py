"""`fold`: chains of linear nodes become one, and factors vanish into their neighbours."""

from __future__ import annotations

from math import prod

import numpy as np

from nir_core.graph import NIRGraph
from nir_core.nodes import NEURONS as NEURON_CLASSES
from nir_core.nodes import AvgPool2d, Flatten, NIRNode, Scale, SumPool2d
from nir_core.passes._matrices import channel_factors, merge_linear
from nir_core.passes._net import Net, every_level

__all__ = ["fold"]


def fold(graph: NIRGraph) -> NIRGraph:
    """Fold chains of Scale, Linear, Affine and Flatten, and factors into what is beside them.

    A Scale goes into the weights before or after it, or into `r` or `w_in` of a neuron; it
    moves through a pooling or a Flatten to get there. A Scale by 1 and a Flatten that changes
    nothing are removed. Two matrices are multiplied when that does not take more operations.

    Args:
        graph: the graph.

    Returns:
        A graph with the same result up to the rounding of the folded numbers. The node that
        stays keeps its name: the later one, but a matrix or convolution before a Scale keeps
        its own.

    Raises:
        NirError: the graph has structural errors.

    Example:
        >>> from nir_core import Affine
        >>> graph = NIRGraph.from_list(Scale([2.0]), Affine([[3.0]], [1.0]), Scale([10.0]))
        >>> fold(graph).nodes["affine"]
        Affine(weight=float64[1x1] all 60.0, bias=[10.0])
    """
    return every_level(graph, _fold_level, "fold")


def _fold_level(net: Net) -> None:
    waiting = list(reversed(net.nodes))
    while waiting:
        name = waiting.pop()
        if name not in net.nodes:
            continue
        if _is_identity(net, name) and net.can_bypass(name):
            sources = list(net.before[name])
            net.bypass(name)
            waiting += sources
            continue
        target = net.follower(name)
        if target is None:
            continue
        again = _pair(net, name, target)
        if again is not None:
            # The merged node may now fit with what stands before it.
            waiting += [*net.before[again], again]


def _is_identity(net: Net, name: str) -> bool:
    node = net.nodes[name]
    if not net.before[name] or not net.after[name]:
        return False
    if isinstance(node, Flatten):
        return net.shapes[name].input == net.shapes[name].output
    return isinstance(node, Scale) and bool((np.asarray(node.scale) == 1).all())


def _pair(net: Net, name: str, target: str) -> str | None:
    """Merge or swap a chain of two; give the name to look at again."""
    first, second = net.nodes[name], net.nodes[target]
    if isinstance(first, Scale) and isinstance(second, (Flatten, SumPool2d, AvgPool2d)):
        return _swap(net, name, target, first, second)
    if _is_matrix_pair(first, second) and _product_is_larger(net, name, target):
        return None
    merged = merge_linear(first, second, net.shapes[name], net.shapes[target])
    if merged is None:
        return None
    if not _keeps_shape(net, merged, target):
        return None
    keep = name if isinstance(second, Scale) and not isinstance(first, Scale) else target
    net.join(name, target, merged, keep=keep)
    return keep


def _is_matrix_pair(first: NIRNode, second: NIRNode) -> bool:
    return {type(first).__name__, type(second).__name__} <= {"Affine", "Linear"}


def _product_is_larger(net: Net, name: str, target: str) -> bool:
    first, second = net.nodes[name].__dict__["weight"], net.nodes[target].__dict__["weight"]
    separate = prod(first.shape) + prod(second.shape)
    return prod(first.shape[:-2]) * second.shape[-2] * first.shape[-1] > separate


def _keeps_shape(net: Net, merged: NIRNode, target: str) -> bool:
    """A neuron must not take on the shape of a factor that its own parameters did not have."""
    own = merged._input_shape()
    return not isinstance(merged, NEURON_CLASSES) or own is None or own == net.shapes[target].output


def _swap(
    net: Net, name: str, target: str, scale: Scale, other: Flatten | SumPool2d | AvgPool2d
) -> str | None:
    """Scale after instead of before: the factor may meet a weight there."""
    after = net.follower(target)
    # Only towards something that can take the factor in; otherwise it stays where it was.
    takers = (Scale, Flatten, SumPool2d, AvgPool2d, *NEURON_CLASSES)
    weighted = after is not None and "weight" in net.nodes[after].__dict__
    if after is None or net.is_head(name):
        return None
    if not weighted and not isinstance(net.nodes[after], takers):
        return None
    shape, out = net.shapes[target].input, net.shapes[target].output
    if shape is None or out is None or isinstance(net.nodes[after], NIRGraph):
        return None
    factor = np.asarray(scale.scale)
    if factor.ndim:
        if isinstance(other, Flatten):
            factor = np.broadcast_to(factor, shape).reshape(out)
        else:
            channels = channel_factors(factor, shape)
            if channels is None:
                return None
            factor = np.broadcast_to(channels.reshape(-1, 1, 1), out).astype(factor.dtype)
    shapes = net.shapes[target]
    net.bypass(name)
    made = net.insert(name, Scale(factor, metadata=scale.metadata), shapes, before=after)
    net.shapes[made] = type(shapes)(out, out)
    return made
