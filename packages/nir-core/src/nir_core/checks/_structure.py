"""Checks of names, edges, ports, reachability and cycles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nir_core.findings import Finding, node_path
from nir_core.graph import NIRGraph
from nir_core.nodes import STATEFUL, Input, Output
from nir_core.topology import adjacency, reachable, strong_components

__all__ = ["structure"]


def structure(graph: NIRGraph, path: tuple[str, ...]) -> Iterator[Finding]:
    """Yield the findings about one graph, without those of its nested graphs."""
    here = node_path(*path)
    if not graph.nodes:
        yield Finding("NIR010", here, "the graph has no nodes")
        return
    yield from _edges(graph, path)
    inputs, outputs = graph.inputs, graph.outputs
    if not inputs:
        yield Finding("NIR003", here, "the graph has no Input", hint="nothing can be fed into it")
    if not outputs:
        yield Finding("NIR004", here, "the graph has no Output", hint="its result cannot be read")
    after, before = adjacency(graph.nodes, graph.edges)
    if inputs:
        fed = reachable(inputs, after)
        for name in graph.nodes:
            if name not in fed:
                yield Finding("NIR005", node_path(*path, name), "no Input reaches the node")
    if outputs:
        used = reachable(outputs, before)
        for name in graph.nodes:
            if name not in used:
                yield Finding("NIR006", node_path(*path, name), "the node reaches no Output")
    yield from _loops(graph, path, after)


def _edges(graph: NIRGraph, path: tuple[str, ...]) -> Iterator[Finding]:
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
            if isinstance(node, NIRGraph) and len(getattr(node, side)) != 1:
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
    if isinstance(node, NIRGraph):
        return any(_keeps_state(inner) for inner in node.nodes.values())
    return isinstance(node, STATEFUL)


def _loops(
    graph: NIRGraph, path: tuple[str, ...], after: dict[str, list[str]]
) -> Iterator[Finding]:
    loose = {name for name, node in graph.nodes.items() if not _keeps_state(node)}
    inner = {name: [n for n in after[name] if n in loose] for name in loose}
    ordered = {name: inner[name] for name in graph.nodes if name in loose}
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
