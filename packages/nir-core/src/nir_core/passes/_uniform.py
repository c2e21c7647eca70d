"""`compress_uniform` and `expand_uniform`: one number for a layer, or one per neuron."""

from __future__ import annotations

from typing import Any

import numpy as np

from nir_core.graph import NIRGraph
from nir_core.nodes import NEURONS, Delay, NIRNode, Scale, Threshold
from nir_core.passes._net import Net, every_level
from nir_core.shapes import infer_shapes

__all__ = ["compress_uniform", "expand_uniform"]

_ELEMENTWISE = (*NEURONS, Scale, Threshold, Delay)


def compress_uniform(graph: NIRGraph) -> NIRGraph:
    """Store a parameter whose numbers are all the same as a single number.

    Only where the shape of the layer still follows from what stands before it.

    Args:
        graph: the graph.

    Returns:
        A graph that gives the same result, bit for bit.

    Raises:
        NirError: the graph has structural errors.

    Example:
        >>> import nir_core as nc
        >>> fc = nc.Linear(np.ones((3, 2)))
        >>> lif = nc.LIF([0.01] * 3, [1.0] * 3, [0.0] * 3, [1.0, 2.0, 3.0])
        >>> compress_uniform(nc.NIRGraph.from_list(fc, lif)).nodes["lif"].tau
        array(0.01)
    """
    return every_level(graph, _compress_level, "compress_uniform")


def _compress_level(net: Net) -> None:
    short: dict[str, NIRNode] = {}
    for name, node in net.nodes.items():
        if isinstance(node, _ELEMENTWISE) and net.before[name]:
            changes = _uniform(node)
            if changes:
                short[name] = node.replace(**changes)
    while short:
        nodes = {**net.nodes, **short}
        found = infer_shapes(NIRGraph(nodes, net.graph.edges, type_check=False))
        lost = [name for name in short if found[name] != net.shapes[name]]
        # A shape lost further down the line comes from one of these.
        if not lost and any(found[n] != net.shapes[n] for n in nodes):
            lost = list(short)
        if not lost:
            break
        for name in lost:
            del short[name]
    for name, node in short.items():
        net.put(name, node)


def _uniform(node: NIRNode) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name in node._parameters:
        value = np.asarray(node.__dict__[name])
        if value.ndim and value.size and (value == value.flat[0]).all():
            # Minus zero equals zero, but is another number.
            if np.signbit(value).any() != np.signbit(value).all():
                continue
            changes[name] = value.reshape(-1)[0]
    # w_in takes the shape of the threshold or of v_leak, and is a single number only with it.
    if "w_in" in changes:
        like = "v_threshold" if "v_threshold" in node._parameters else "v_leak"
        if np.ndim(changes.get(like, node.__dict__[like])):
            del changes["w_in"]
    return changes


def expand_uniform(graph: NIRGraph) -> NIRGraph:
    """Give every parameter of a neuron, Scale, Threshold or Delay the shape of its layer.

    Args:
        graph: the graph; the shapes of all layers must follow from it.

    Returns:
        A graph that gives the same result, bit for bit, and that readers which know no single
        numbers take.

    Raises:
        NirError: the graph has structural errors.

    Example:
        >>> import nir_core as nc
        >>> graph = nc.NIRGraph.from_list(nc.Input([3]), nc.Scale(2.0))
        >>> expand_uniform(graph).nodes["scale"].scale
        array([2., 2., 2.])
    """
    return every_level(graph, _expand_level, "expand_uniform")


def _expand_level(net: Net) -> None:
    for name, node in list(net.nodes.items()):
        shape = net.shapes[name].input
        if not isinstance(node, _ELEMENTWISE) or shape is None:
            continue
        changes = {
            key: np.array(np.broadcast_to(np.asarray(node.__dict__[key]), shape))
            for key in node._parameters
            if np.shape(node.__dict__[key]) != shape
        }
        if changes:
            net.put(name, node.replace(**changes))
