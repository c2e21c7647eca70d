"""`quantize`: weights, biases and thresholds on a fixed-point grid."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from nir_core.errors import NirError
from nir_core.graph import NIRGraph
from nir_core.nodes import IF, Affine, Conv1d, Conv2d, Linear, NIRNode, Threshold
from nir_core.passes._net import Net, every_level, merged_array

__all__ = ["WEIGHTED", "quantize"]

WEIGHTED = (Affine, Linear, Conv1d, Conv2d)


def quantize(
    graph: NIRGraph,
    *,
    bits: int = 8,
    bias_bits: int = 16,
    scale: Literal["max", "power_of_two"] = "max",
    per_channel: bool = False,
    thresholds: bool = True,
    nodes: Iterable[str] | None = None,
) -> NIRGraph:
    """Round weights, biases and thresholds to signed fixed-point numbers.

    Each weight becomes n * step with a whole number |n| <= 2^(bits - 1) - 1, where the step is
    max |w| / (2^(bits - 1) - 1), or the next power of two. The bias and the threshold of an IF
    or Threshold behind it are rounded to the same step, as chips do that add whole numbers.

    Args:
        graph: the graph.
        bits: bits of a weight, sign included; 2 to 32.
        bias_bits: bits of a bias or threshold; larger ones are clipped.
        scale: how the step is chosen: "max" or "power_of_two" (a shift in hardware).
        per_channel: a step for each output channel instead of one for the node.
        thresholds: round thresholds too.
        nodes: names of the nodes to quantize at the outermost level; all when not given.

    Returns:
        A graph with numbers on the grid; each quantized node records `bits` and `step` in its
        metadata under `quantization`, so that weight / step gives the whole numbers.

    Raises:
        NirError: bits are out of range, a name is unknown, or the graph has errors.

    Example:
        >>> graph = NIRGraph.from_list(Linear([[0.5, -1.27]]))
        >>> (quantize(graph).nodes["linear"].weight / 0.01).round(6)
        array([[  50., -127.]])
    """
    if not (2 <= bits <= 32 and 2 <= bias_bits <= 64):
        raise NirError(f"bits are 2 to 32 and bias_bits 2 to 64, got {bits} and {bias_bits}")
    if scale not in ("max", "power_of_two"):
        raise NirError(f"scale is 'max' or 'power_of_two', got {scale!r}")
    wanted = None if nodes is None else set(nodes)
    for name in sorted(wanted or ()):
        if name not in graph.nodes:
            raise NirError(f"quantize: the graph has no node {name!r}")
    options = (bits, bias_bits, scale, per_channel)

    def rewrite(net: Net) -> None:
        chosen = wanted
        if chosen is not None and net.graph is not graph:
            return
        for name, node in list(net.nodes.items()):
            if not isinstance(node, WEIGHTED) or (chosen is not None and name not in chosen):
                continue
            made, step = _rounded(node, *options)
            net.put(name, made)
            target = net.only_target(name)
            if thresholds and target is not None and net.only_source(target) == name:
                _round_threshold(net, target, step, bias_bits)

    return every_level(graph, rewrite, "quantize")


def _steps(weight: np.ndarray, matrix: bool, bits: int, scale: str, per_channel: bool) -> Any:
    """Give the step, in the shape that multiplies the weight."""
    most = (1 << (bits - 1)) - 1
    size = np.abs(weight)
    if not per_channel:
        top = np.asarray(size.max(initial=0.0))
    elif matrix:
        top = size.max(axis=-1, keepdims=True, initial=0.0)
    else:
        top = size.reshape(len(weight), -1).max(axis=1, initial=0.0)
        top = top.reshape(-1, *(1,) * (weight.ndim - 1))
    top = np.where(top > 0, top, 1.0)
    step = top / most
    return np.exp2(np.ceil(np.log2(step))) if scale == "power_of_two" else step


def _on_grid(value: Any, step: Any, bits: int) -> np.ndarray:
    most = (1 << (bits - 1)) - 1
    return np.clip(np.rint(np.asarray(value, np.float64) / step), -most, most) * step


def _rounded(
    node: Any, bits: int, bias_bits: int, scale: str, per_channel: bool
) -> tuple[NIRNode, Any]:
    weight = np.asarray(node.weight, np.float64)
    matrix = isinstance(node, (Affine, Linear))
    step = _steps(weight, matrix, bits, scale, per_channel)
    changes = {"weight": merged_array(_on_grid(weight, step, bits), node.weight)}
    # One step per output: for a matrix the last axis of `step` runs over inputs.
    per_output = step if step.ndim == 0 else step[..., 0] if matrix else step.reshape(len(weight))
    if not isinstance(node, Linear):
        changes["bias"] = merged_array(_on_grid(node.bias, per_output, bias_bits), node.bias)
    note = {"bits": bits, "bias_bits": bias_bits, "step": np.asarray(per_output)}
    return node.replace(**changes, metadata={**node.metadata, "quantization": note}), per_output


def _round_threshold(net: Net, name: str, step: Any, bits: int) -> None:
    """Round the threshold of a neuron that adds whole numbers of steps."""
    node = net.nodes[name]
    if np.ndim(step) or not isinstance(node, (IF, Threshold)):
        return
    if isinstance(node, Threshold):
        rounded = _on_grid(node.threshold, step, bits)
        net.put(name, node.replace(threshold=merged_array(rounded, node.threshold)))
        return
    r = np.asarray(node.r, np.float64)
    unit = step * (r.flat[0] if r.size else 1.0)
    if not r.size or (r != r.flat[0]).any() or unit <= 0:
        return
    changes = {
        key: merged_array(_on_grid(node.__dict__[key], unit, bits), node.__dict__[key])
        for key in ("v_threshold", "v_reset")
    }
    # A threshold of zero steps would fire for ever.
    changes["v_threshold"] = merged_array(
        np.where(np.asarray(node.v_threshold) > 0, np.maximum(changes["v_threshold"], unit), 0.0)
        + np.where(np.asarray(node.v_threshold) > 0, 0.0, changes["v_threshold"]),
        node.v_threshold,
    )
    net.put(name, node.replace(**changes))
