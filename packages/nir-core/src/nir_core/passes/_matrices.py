"""How two linear nodes in a row become one."""

from __future__ import annotations

from typing import Any

import numpy as np

from nir_core.nodes import NEURONS as NEURON_CLASSES
from nir_core.nodes import Affine, Conv1d, Conv2d, Flatten, Linear, NIRNode, Scale
from nir_core.passes._net import merged_array
from nir_core.shapes import NodeShapes

__all__ = ["channel_factors", "merge_linear"]

Matrix = (Affine, Linear)
Convolution = (Conv1d, Conv2d)


def _f64(value: Any) -> np.ndarray:
    return np.asarray(value, np.float64)


def merge_linear(
    first: NIRNode, second: NIRNode, one: NodeShapes, two: NodeShapes
) -> NIRNode | None:
    """Give one node for a chain of two linear ones, or None where there is none.

    Args:
        first: the node that works first.
        second: the node that takes its output, and nothing else.
        one: shapes at the first node.
        two: shapes at the second node.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        merged = _merged(first, second, one, two)
    if merged is None or not all(np.isfinite(merged.__dict__[p]).all() for p in merged._parameters):
        return None  # numbers that are fine one after the other may overflow together
    return merged


def _merged(first: NIRNode, second: NIRNode, one: NodeShapes, two: NodeShapes) -> NIRNode | None:
    if isinstance(first, Scale):
        return _scale_first(first, second, one)
    if isinstance(second, Scale):
        return _scale_last(first, second, two)
    if isinstance(first, Matrix) and isinstance(second, Matrix):
        return _product(first, second)
    if isinstance(first, Flatten) and isinstance(second, Flatten):
        return _flattened_twice(first, second, one, two)
    return None


def _product(first: Affine | Linear, second: Affine | Linear) -> NIRNode:
    a, b = _f64(first.weight), _f64(second.weight)
    weight = merged_array(b @ a, first.weight, second.weight)
    biases = [n.bias for n in (first, second) if isinstance(n, Affine)]
    if not biases:
        return Linear(weight, metadata={**first.metadata, **second.metadata})
    bias = np.zeros(b.shape[:-1])
    if isinstance(first, Affine):
        inner = np.broadcast_to(_f64(first.bias), a.shape[:-1])
        bias = bias + np.matmul(b, inner[..., None])[..., 0]
    if isinstance(second, Affine):
        bias = bias + _f64(second.bias)
    return Affine(
        weight,
        merged_array(bias, *biases, weight),
        metadata={**first.metadata, **second.metadata},
    )


def _scale_first(scale: Scale, second: NIRNode, one: NodeShapes) -> NIRNode | None:
    factor = _f64(scale.scale)
    if isinstance(second, Scale):
        return second.replace(scale=merged_array(factor * _f64(second.scale), *_all(scale, second)))
    if isinstance(second, Matrix):
        weight = _f64(second.weight)
        spread = factor if factor.ndim == 0 else factor[..., None, :]
        return second.replace(weight=merged_array(weight * spread, scale.scale, second.weight))
    if isinstance(second, Convolution):
        factors = channel_factors(factor, one.output)
        if factors is None:
            return None
        weight = _f64(second.weight)
        out, depth = weight.shape[:2]
        # Output channel o belongs to the group o // (out / groups), which reads `depth` inputs.
        groups = np.arange(out) // (out // second.groups)
        taken = factors[groups[:, None] * depth + np.arange(depth)]
        scaled = weight * taken.reshape(out, depth, *(1,) * (weight.ndim - 2))
        return second.replace(weight=merged_array(scaled, scale.scale, second.weight))
    if isinstance(second, NEURON_CLASSES):
        field = "w_in" if type(second).__name__.startswith("Cuba") else "r"
        old = second.__dict__[field]
        new = merged_array(factor * _f64(old), scale.scale, old)
        return second.replace(**{field: new})
    return None


def _scale_last(first: NIRNode, scale: Scale, two: NodeShapes) -> NIRNode | None:
    factor = _f64(scale.scale)
    if isinstance(first, Matrix):
        weight = _f64(first.weight)
        spread = factor if factor.ndim == 0 else factor[..., :, None]
        changes = {"weight": merged_array(weight * spread, scale.scale, first.weight)}
        if isinstance(first, Affine):
            changes["bias"] = merged_array(_f64(first.bias) * factor, scale.scale, first.bias)
        return first.replace(**changes)
    if isinstance(first, Convolution):
        factors = channel_factors(factor, two.input)
        if factors is None:
            return None
        weight = _f64(first.weight)
        return first.replace(
            weight=merged_array(
                weight * factors.reshape(-1, *(1,) * (weight.ndim - 1)), scale.scale, first.weight
            ),
            bias=merged_array(_f64(first.bias) * factors, scale.scale, first.bias),
        )
    return None


def _all(first: Scale, second: Scale) -> tuple[Any, Any]:
    return first.scale, second.scale


def channel_factors(factor: np.ndarray, shape: tuple[int, ...] | None) -> np.ndarray | None:
    """Give one factor per channel of a signal (channels, ...), or None when places differ."""
    if shape is None:
        return None
    try:
        full = np.broadcast_to(factor, shape).reshape(shape[0], -1)
    except ValueError:
        return None
    first = full[:, :1]
    return np.array(first[:, 0]) if full.size and (full == first).all() else None


def _flattened_twice(
    first: Flatten, second: Flatten, one: NodeShapes, two: NodeShapes
) -> Flatten | None:
    """Two reshapes make one when a single run of axes gives the same shape."""
    from nir_core.nodes._flow import flattened

    if one.input is None or two.output is None:
        return None
    rank = len(one.input)
    for start in range(rank):
        for end in range(start, rank):
            if flattened(one.input, start, end) == two.output:
                return Flatten(one.input, start, end)
    return None
