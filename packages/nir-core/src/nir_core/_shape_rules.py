"""What a plain node makes of the shape that arrives: one rule per class."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from nir_core.nodes import (
    Affine,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Flatten,
    Input,
    Linear,
    Output,
    Shape,
    SumPool2d,
)
from nir_core.nodes._base import NIRNode
from nir_core.nodes._conv import window_output
from nir_core.nodes._flow import flattened

__all__ = ["UNKNOWN", "ImpossibleShape", "NodeShapes", "adapting", "resolve", "settled"]


class NodeShapes(NamedTuple):
    """The shapes at a node: what goes in and what comes out; None where it does not follow."""

    input: Shape | None
    output: Shape | None


UNKNOWN = NodeShapes(None, None)
_SHAPE = attrgetter("shape")


class ImpossibleShape(Exception):
    """A shape that cannot be: carries (code, message, expected, got, hint)."""


def _conv(node: Conv1d | Conv2d, given: Shape | None) -> NodeShapes:
    dims = node._dims
    own = node._input_shape()
    if len(node.weight.shape) != dims + 2 or min(node._spatial("stride")) < 1:
        return UNKNOWN
    shape = own if own is not None else given
    if shape is None:
        return UNKNOWN
    if own is None:
        if len(shape) != dims + 1:
            raise ImpossibleShape(
                "NIR030",
                f"{type(node).__name__} takes a signal with {dims + 1} axes",
                "(channels, length)" if dims == 1 else "(channels, height, width)",
                str(shape),
                "",
            )
        shape = (node.weight.shape[1] * node.groups, *shape[1:])
    output = node.output_of(shape[1:])
    if min(output[1:]) < 1:
        raise ImpossibleShape(
            "NIR026",
            "the kernel is larger than the padded input",
            f"at most {shape[1:]} plus padding",
            f"kernel {node.weight.shape[2:]} with dilation {node.dilation}",
            "enlarge padding, or shrink kernel or dilation",
        )
    return NodeShapes(shape, output)


def _pool(node: SumPool2d | AvgPool2d, given: Shape | None) -> NodeShapes:
    if given is None or min(node.stride) < 1 or min(node.kernel_size) < 1:
        return UNKNOWN
    if len(given) != 3:
        raise ImpossibleShape(
            "NIR030",
            f"{type(node).__name__} takes a signal with 3 axes",
            "(channels, height, width)",
            str(given),
            "",
        )
    sizes = tuple(
        window_output(n, k, s, p)
        for n, k, s, p in zip(given[1:], node.kernel_size, node.stride, node.padding, strict=True)
    )
    if min(sizes) < 1:
        raise ImpossibleShape(
            "NIR026",
            "the window is larger than the padded input",
            f"at most {given[1:]} plus padding",
            str(node.kernel_size),
            "",
        )
    return NodeShapes(given, (given[0], *sizes))


def _flatten(node: Flatten, given: Shape | None) -> NodeShapes:
    shape = node._input_shape()
    shape = given if shape is None else shape
    if shape is None:
        return UNKNOWN
    output = flattened(shape, node.start_dim, node.end_dim)
    if output is None:
        raise ImpossibleShape(
            "NIR029",
            "the axes to flatten do not exist",
            f"axes of {shape}",
            f"start_dim {node.start_dim}, end_dim {node.end_dim}",
            "axes are counted without a batch axis",
        )
    return NodeShapes(shape, output)


def _elementwise(node: NIRNode, given: Shape | None) -> NodeShapes:
    own = node._input_shape()
    if own == given:
        return NodeShapes(own, own)
    if own is None:
        own = given
    elif given is not None and given != own and len(given) == len(own):
        try:
            if np.broadcast_shapes(own, given) == given:
                own = given
        except ValueError:
            pass
    return NodeShapes(own, own)


def _matrix(node: Affine | Linear, given: Shape | None) -> NodeShapes:
    shape = node.weight.shape
    if len(shape) == 2:
        return NodeShapes((shape[1],), (shape[0],))
    return NodeShapes(node._input_shape(), node._output_shape())


def _terminal(node: Input | Output, given: Shape | None) -> NodeShapes:
    shape = node.shape if node.shape is not None else given
    return NodeShapes(shape, shape)


Rule = Callable[[Any, Shape | None], NodeShapes]
_RULES: dict[type, Rule] = {
    Affine: _matrix,
    Linear: _matrix,
    Conv1d: _conv,
    Conv2d: _conv,
    SumPool2d: _pool,
    AvgPool2d: _pool,
    Flatten: _flatten,
    Input: _terminal,
    Output: _terminal,
}


def _rule(kind: type) -> Rule:
    """Give the rule of a class, which its subclasses share."""
    found = next((_RULES[base] for base in kind.__mro__ if base in _RULES), _elementwise)
    _RULES[kind] = found
    return found


def resolve(node: NIRNode, given: Shape | None) -> NodeShapes:
    """Give the shapes at a plain node for the shape that arrives (None: not known yet).

    Raises:
        ImpossibleShape: the node cannot take what arrives.
    """
    kind = type(node)
    return (_RULES.get(kind) or _rule(kind))(node, given)


def settled(kind: type, columns: dict[str, list[Any]], count: int) -> list[NodeShapes | None]:
    """Give what follows at once for all nodes of a class, from their parameters alone.

    A neuron whose parameters have one shape takes and gives that shape unless it adapts; an
    Affine or Linear with two axes and a bias that fits them takes and gives what they say.

    Args:
        kind: the class of the nodes.
        columns: their parameters by name, each as one list.
        count: how many nodes there are.

    Returns:
        The shapes of each node, or None where it takes a closer look.
    """
    shapes = [list(map(_SHAPE, arrays)) for arrays in columns.values()]
    known: dict[Any, NodeShapes | None] = {}
    if kind in (Affine, Linear):
        for pair in set(zip(*shapes, strict=True)):
            weight = pair[0]
            fits = len(weight) == 2 and 0 not in weight and pair[1:] in ((), (weight[:1],))
            known[pair] = NodeShapes(weight[1:], weight[:1]) if fits else None
        return [known[pair] for pair in zip(*shapes, strict=True)]
    if not columns or not adapting(kind):
        return [None] * count
    first, *others = shapes
    if all(other == first for other in others):
        for shape in set(first):
            known[shape] = NodeShapes(shape, shape) if shape and 0 not in shape else None
        return [known[shape] for shape in first]
    for sets in set(zip(*shapes, strict=True)):
        same = sets[0] and 0 not in sets[0] and len(set(sets)) == 1
        known[sets] = NodeShapes(sets[0], sets[0]) if same else None
    return [known[sets] for sets in zip(*shapes, strict=True)]


def adapting(kind: type) -> bool:
    """Whether nodes of a class take the shape of what arrives where their own has length one."""
    return (_RULES.get(kind) or _rule(kind)) is _elementwise
