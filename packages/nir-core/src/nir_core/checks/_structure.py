"""Checks of names, edges, ports, reachability and cycles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nir_core.findings import Finding, node_path
from nir_core.nodes import STATEFUL, Input, Output
from nir_core.nodes._network import Network
from nir_core.topology import edge_table, strong_components

__all__ = ["structure"]


def structure(graph: Network, path: tuple[str, ...]) -> Iterator[Finding]:
    """Yield the findings about one graph, without those of its nested graphs."""
    here = node_path(*path)
    if not graph.nodes:
        yield Finding("NIR010", here, "the graph has no nodes")
        return
    if not _plain_edges(graph):
        yield from _edges(graph, path)
    inputs, outputs = graph.inputs, graph.outputs
    if not inputs:
        yield Finding("NIR003", here, "the graph has no Input", hint="nothing can be fed into it")
    if not outputs:
        yield Finding("NIR004", here, "the graph has no Output", hint="its result cannot be read")
    place = graph.index.__getitem__
    if inputs:
        fed = graph.successors.reached(map(place, inputs))
        for name in _without(graph, fed):
            yield Finding("NIR005", node_path(*path, name), "no Input reaches the node")
    if outputs:
        sources, targets = graph.ends
        used = edge_table(len(graph.nodes), targets, sources).reached(map(place, outputs))
        for name in _without(graph, used):
            yield Finding("NIR006", node_path(*path, name), "the node reaches no Output")
    yield from _loops(graph, path)


def _without(graph: Network, marks: bytearray) -> list[str]:
    if all(marks):
        return []
    return [name for name, mark in zip(graph.nodes, marks, strict=True) if not mark]


def _plain_edges(graph: Network) -> bool:
    """Whether a look at all edges together shows that `_edges` would find nothing."""
    sources, targets = graph.ends
    if len(sources) < len(graph.edges) or len(set(graph.edges)) < len(graph.edges):
        return False
    place = graph.index.__getitem__
    return (
        set(map(place, graph.inputs)).isdisjoint(targets)
        and set(map(place, graph.outputs)).isdisjoint(sources)
        and not any(issubclass(kind, Network) for kind in graph.by_class)
    )


def _edges(graph: Network, path: tuple[str, ...]) -> Iterator[Finding]:
    nodes = graph.nodes
    seen: set[tuple[str, str]] = set()
    for edge in graph.edges:
        source, target = edge
        label = f"{source!r} -> {target!r}"
        missing = [name for name in edge if name not in nodes]
        for name in missing:
            yield Finding(
                "NIR001",
                node_path(*path),
                f"edge {label} names a node that does not exist",
                "one of the nodes",
                repr(name),
                _nearest(name, nodes),
            )
        if edge in seen:
            yield Finding(
                "NIR002",
                node_path(*path, target),
                f"edge {label} stands twice",
                hint="signals of several edges add up; scale the source to count it twice",
            )
        seen.add(edge)
        if missing:
            continue
        if isinstance(nodes[target], Input):
            yield Finding("NIR008", node_path(*path, target), f"edge {label} ends at an Input")
        if isinstance(nodes[source], Output):
            yield Finding("NIR008", node_path(*path, source), f"edge {label} starts at an Output")
        for name, side in ((source, "outputs"), (target, "inputs")):
            node = nodes[name]
            if isinstance(node, Network) and len(getattr(node, side)) != 1:
                yield Finding(
                    "NIR009",
                    node_path(*path, name),
                    f"edge {label} cannot tell which of the {side} of the nested graph it means",
                    "one",
                    str(len(getattr(node, side))),
                    "flatten the nested graph into its parent",
                )


def _nearest(name: str, nodes: Any) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, list(nodes)[:1000], n=1)
    return f"did you mean {close[0]!r}?" if close else ""


def _keeps_state(node: Any) -> bool:
    if isinstance(node, Network):
        return any(_keeps_state(inner) for inner in node.nodes.values())
    return isinstance(node, STATEFUL)


def _loops(graph: Network, path: tuple[str, ...]) -> Iterator[Finding]:
    loose = bytearray(len(graph.nodes))
    for kind, names in graph.by_class.items():
        if issubclass(kind, Network):
            names = [name for name in names if not _keeps_state(graph.nodes[name])]
        elif issubclass(kind, STATEFUL):
            continue
        for name in names:
            loose[graph.index[name]] = 1
    names = list(graph.nodes)
    inner: dict[str, list[str]] = {}
    for source, target in zip(*graph.ends, strict=True):
        if loose[source] and loose[target]:
            inner.setdefault(names[source], []).append(names[target])
            inner.setdefault(names[target], [])
    if not inner:
        return
    ordered = {name: inner[name] for name in graph.nodes if name in inner}
    for component in strong_components(ordered):
        if len(component) > 1 or component[0] in inner[component[0]]:
            names = sorted(component)
            yield Finding(
                "NIR007",
                node_path(*path, names[0]),
                f"the cycle through {', '.join(map(repr, names[:6]))} holds no node with a state",
                hint="its value exists only because simulators delay one edge by a step; "
                "put a Delay or a neuron into it",
            )
