"""Checks of the parameters of single nodes against each other and against the signal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nir_core._shape_rules import NodeShapes
from nir_core.findings import Finding
from nir_core.nodes import (
    Affine,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Flatten,
    Input,
    Linear,
    NIRNode,
    Output,
    SumPool2d,
)

__all__ = ["parameters"]


def parameters(node: NIRNode, place: str, shapes: NodeShapes) -> Iterator[Finding]:
    """Yield the findings about the shapes of one node's parameters."""
    if isinstance(node, (Affine, Linear)):
        yield from _matrix(node, place)
    elif isinstance(node, (Conv1d, Conv2d)):
        yield from _conv(node, place)
    elif isinstance(node, (SumPool2d, AvgPool2d)):
        yield from _pool(node, place)
    elif isinstance(node, (Input, Output)):
        if node.shape is not None and min(node.shape, default=1) < 1:
            yield Finding(
                "NIR032",
                place,
                "a shape has a length below one",
                "positive lengths",
                str(node.shape),
            )
    elif not isinstance(node, Flatten):
        yield from _elementwise(node, place, shapes)
    if shapes.output is None and not isinstance(node, Flatten):
        yield Finding(
            "NIR021",
            place,
            "the shape of the signal does not follow from the graph",
            hint="give an Input its shape, or the convolution its input_shape",
        )


def _matrix(node: Affine | Linear, place: str) -> Iterator[Finding]:
    shape = node.weight.shape
    if len(shape) < 2:
        yield Finding(
            "NIR023", place, "the weight has the wrong number of axes", "(..., m, n)", str(shape)
        )
        return
    if min(shape) < 1:
        yield Finding("NIR032", place, "the weight is empty", "positive lengths", str(shape))
    if isinstance(node, Affine):
        bias = node.bias.shape
        if bias not in ((), shape[-2:-1], shape[:-1]):
            yield Finding(
                "NIR024", place, "the bias does not fit the weight", str(shape[:-1]), str(bias)
            )


def _conv(node: Conv1d | Conv2d, place: str) -> Iterator[Finding]:
    dims, shape = node._dims, node.weight.shape
    if len(shape) != dims + 2:
        layout = "(C_out, C_in, K)" if dims == 1 else "(C_out, C_in, K_h, K_w)"
        yield Finding(
            "NIR023", place, "the weight has the wrong number of axes", layout, str(shape)
        )
        return
    if min(shape) < 1:
        yield Finding("NIR032", place, "the weight is empty", "positive lengths", str(shape))
        return
    for name in ("stride", "dilation"):
        if min(node._spatial(name)) < 1:
            yield _range(place, name, "at least 1", getattr(node, name))
    if not isinstance(node.padding, str) and min(node._spatial("padding")) < 0:
        yield _range(place, "padding", "at least 0", node.padding)
    if node.groups < 1:
        yield _range(place, "groups", "at least 1", node.groups)
    elif shape[0] % node.groups:
        yield Finding(
            "NIR025",
            place,
            "the output channels cannot be shared out to the groups",
            f"a multiple of {node.groups}",
            str(shape[0]),
        )
    if node.bias.shape not in ((), (shape[0],)):
        yield Finding(
            "NIR024",
            place,
            "the bias does not fit the weight",
            str((shape[0],)),
            str(node.bias.shape),
        )
    if node.padding == "same" and max(node._spatial("stride")) > 1:
        yield Finding("NIR027", place, "padding 'same' allows no stride", "1", str(node.stride))


def _range(place: str, name: str, expected: str, got: Any) -> Finding:
    return Finding("NIR028", place, f"{name} is out of range", expected, str(got))


def _pool(node: SumPool2d | AvgPool2d, place: str) -> Iterator[Finding]:
    for name, least in (("kernel_size", 1), ("stride", 1), ("padding", 0)):
        if min(getattr(node, name)) < least:
            yield _range(place, name, f"at least {least}", getattr(node, name))
    if any(p >= k for p, k in zip(node.padding, node.kernel_size, strict=True)):
        yield Finding(
            "NIR028",
            place,
            "padding makes windows that hold nothing but padding",
            f"below {node.kernel_size}",
            str(node.padding),
        )


def _elementwise(node: NIRNode, place: str, shapes: NodeShapes) -> Iterator[Finding]:
    own = node.__dict__
    target = shapes.input
    sizes = {name: own[name].shape for name in node._parameters}
    distinct = set(sizes.values())
    if len(distinct) == 1 and (target is None or target in distinct or () in distinct):
        if () not in distinct and min(next(iter(distinct)), default=1) < 1:
            yield Finding("NIR032", place, "the parameters are empty")
        return
    arrays = {name: shape for name, shape in sizes.items() if shape}
    widest = target if target is not None else ()
    for name, shape in arrays.items():
        try:
            common = np.broadcast_shapes(widest, shape) if widest else shape
            fits = not widest or len(shape) == len(widest)
        except ValueError:
            fits, common = False, widest
        if not fits or (target is not None and common != target):
            if target is not None and shape == node._input_shape():
                return  # the edge into the node is reported as NIR020
            yield Finding(
                "NIR022",
                place,
                f"the shape of {name} does not go with the others",
                str(widest),
                str(shape),
            )
            return
        widest = common
    stretched = [name for name, shape in arrays.items() if shape != widest]
    if stretched:
        yield Finding(
            "NIR031",
            place,
            f"{', '.join(stretched)} is stretched over axes of length one",
            str(widest),
            str(arrays[stretched[0]]),
            "nir 1.0.8 demands equal shapes; write() spreads the values",
        )
