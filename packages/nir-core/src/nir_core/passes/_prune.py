"""`prune`: nodes that cannot change any output are removed."""

from __future__ import annotations

import numpy as np

from nir_core.graph import NIRGraph
from nir_core.nodes import (
    IF,
    LI,
    LIF,
    Affine,
    Conv1d,
    Conv2d,
    CubaLI,
    CubaLIF,
    Input,
    NIRNode,
    Output,
    Threshold,
)
from nir_core.passes._net import Net, every_level
from nir_core.topology import reachable

__all__ = ["prune"]


def prune(graph: NIRGraph) -> NIRGraph:
    """Remove nodes that reach no Output, and nodes that stay silent for ever.

    A node is silent when no Input reaches it and neither a bias nor a resting potential at or
    above the threshold makes it speak. Inputs and Outputs always stay.

    Args:
        graph: the graph.

    Returns:
        A graph that gives the same result, bit for bit.

    Raises:
        NirError: the graph has structural errors.

    Example:
        >>> from nir_core import Scale
        >>> graph = NIRGraph(
        ...     {"in": Input([1]), "a": Scale([2.0]), "b": Scale([3.0]), "out": Output([1])},
        ...     [("in", "a"), ("a", "out"), ("in", "b")],
        ... )
        >>> list(prune(graph).nodes)
        ['in', 'a', 'out']
    """
    return every_level(graph, _prune_level, "prune")


def _prune_level(net: Net) -> None:
    _drop_unread(net)
    silent = dict.fromkeys(_silent(net))
    held = [
        name
        for name in silent
        if any(t not in silent and not _can_lose_a_source(net, t) for t in net.after[name])
    ]
    # What feeds a node that has to stay, stays as well: its shape may come from there.
    kept = reachable(held, {name: list(sources) for name, sources in net.before.items()})
    for name in silent:
        if name not in kept:
            net.remove(name)
    _drop_unread(net)


def _drop_unread(net: Net) -> None:
    outputs = [n for n, node in net.nodes.items() if isinstance(node, Output)]
    used = reachable(outputs, {name: list(sources) for name, sources in net.before.items()})
    for name in [*net.nodes]:
        if name not in used and not isinstance(net.nodes[name], (Input, Output)):
            net.remove(name)


def _silent(net: Net) -> list[str]:
    """Give the nodes that never send anything but zeros.

    All are taken for silent but those that speak by themselves; whatever hears one of these
    may speak as well.
    """
    loud = [name for name, node in net.nodes.items() if _speaks(node)]
    after = {name: list(targets) for name, targets in net.after.items()}
    heard = reachable(loud, after)
    return [n for n, node in net.nodes.items() if n not in heard and not isinstance(node, Output)]


def _any(value: object) -> bool:
    return bool(np.asarray(value).any())


def _speaks(node: NIRNode) -> bool:
    """Whether a node may send something else than zeros when it hears zeros."""
    if isinstance(node, (Input, NIRGraph)):
        return True
    if isinstance(node, (Affine, Conv1d, Conv2d)):
        return _any(node.bias)
    if isinstance(node, (LI, CubaLI)):
        return _any(node.v_leak)
    if isinstance(node, (LIF, CubaLIF)):
        rest = np.maximum(np.asarray(node.v_leak), 0)
        return _any(rest >= np.asarray(node.v_threshold))
    if isinstance(node, IF):
        return _any(np.asarray(node.v_threshold) <= 0)
    if isinstance(node, Threshold):
        return _any(np.asarray(node.threshold) < 0)
    return False


def _can_lose_a_source(net: Net, name: str) -> bool:
    """Whether the shape of a node, and the place where its loop is entered, stay known."""
    if net.is_frozen(name) or net.is_head(name):
        return False
    return net.nodes[name]._input_shape() is not None
