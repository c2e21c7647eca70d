"""`dedupe`: nodes that compute the same from the same are merged."""

from __future__ import annotations

from nir_core.graph import NIRGraph
from nir_core.nodes import Input, Output
from nir_core.passes._net import Net, every_level

__all__ = ["dedupe"]


def dedupe(graph: NIRGraph) -> NIRGraph:
    """Merge nodes with equal parameters and equal sources into the first of them.

    Two such nodes stay apart where both feed the same node, since their sum counts twice.

    Args:
        graph: the graph.

    Returns:
        A graph that gives the same result, up to the order in which a node adds its inputs.

    Raises:
        NirError: the graph has structural errors.

    Example:
        >>> from nir_core import Scale, Threshold
        >>> nodes = {"in": Input([1]), "a": Scale([2.0]), "b": Scale([2.0])}
        >>> nodes |= {"t": Threshold([1.0]), "u": Threshold([3.0])}
        >>> nodes |= {"x": Output([1]), "y": Output([1])}
        >>> edges = [("in", "a"), ("in", "b"), ("a", "t"), ("b", "u"), ("t", "x"), ("u", "y")]
        >>> list(dedupe(NIRGraph(nodes, edges)).nodes)
        ['in', 'a', 't', 'u', 'x', 'y']
    """
    return every_level(graph, _dedupe_level, "dedupe")


def _dedupe_level(net: Net) -> None:
    waiting = dict.fromkeys(net.nodes)
    known: dict[tuple[object, ...], str] = {}
    while waiting:
        name = next(iter(waiting))
        del waiting[name]
        node = net.nodes.get(name)
        if (
            node is None
            or net.is_frozen(name)
            or isinstance(node, (Input, Output))
            or not net.before[name]
        ):
            continue
        # The order of sources does not matter; a node that feeds itself differs from all others.
        key = (type(node).__name__, node.digest, frozenset(net.before[name]))
        twin = known.setdefault(key, name)
        if twin == name:
            continue
        if twin not in net.nodes or frozenset(net.before[twin]) != key[2]:
            known[key] = name
            continue
        if set(net.after[twin]) & set(net.after[name]) or node != net.nodes[twin]:
            continue
        targets = list(net.after[name])
        for target in targets:
            net.before[target] = {twin if s == name else s: None for s in net.before[target]}
            net.after[twin][target] = None
        net.after[name] = {}
        net.remove(name)
        waiting.update(dict.fromkeys(targets))
