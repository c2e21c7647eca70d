"""From a graph to an order of execution.

Nested graphs are dissolved, strongly connected parts are found, and each of them is cut at
the edges that close a cycle; such an edge carries the value of the step before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from nir_core.errors import NirRunError
from nir_core.findings import node_path
from nir_core.graph import NIRGraph
from nir_core.nodes import Input, NIRNode, Output
from nir_core.shapes import NodeShapes, ShapeMap
from nir_core.topology import adjacency, cut_cycles, strong_components

__all__ = ["Part", "Plan", "make_plan"]

Edge = tuple[str, str]


@dataclass(frozen=True)
class Part:
    """A strongly connected part: its nodes in order of execution within a step.

    Args:
        names: the nodes; a single one without a self-edge runs over all steps at once.
        delayed: edges inside the part that carry the value of the step before.
        early: nodes whose output does not depend on the input of the same step.
        cyclic: whether the part must be run step by step.
    """

    names: tuple[str, ...]
    delayed: frozenset[Edge]
    early: frozenset[str]
    cyclic: bool


@dataclass(frozen=True)
class Plan:
    """A flat network in order of execution.

    Args:
        nodes: plain nodes by path, such as "lif" or "block/lif".
        shapes: shapes by path.
        sources: the paths that feed each node, in the order of the edges.
        parts: parts in order.
        inputs: path of each Input of the outermost graph by name.
        outputs: path of each Output of the outermost graph by name.
    """

    nodes: dict[str, NIRNode]
    shapes: dict[str, NodeShapes]
    sources: dict[str, tuple[str, ...]]
    parts: tuple[Part, ...]
    inputs: dict[str, str]
    outputs: dict[str, str]


def _key(*names: str) -> str:
    return node_path(*names)[1:]


def _dissolve(
    graph: NIRGraph,
    shapes: ShapeMap,
    path: tuple[str, ...],
    nodes: dict[str, NIRNode],
    known: dict[str, NodeShapes],
    edges: list[Edge],
) -> None:
    entry: dict[str, str] = {}
    leave: dict[str, str] = {}
    for name, node in graph.nodes.items():
        key = _key(*path, name)
        if isinstance(node, NIRGraph):
            _dissolve(node, shapes.nested[name], (*path, name), nodes, known, edges)
            for table, terminals in ((entry, node.inputs), (leave, node.outputs)):
                if len(terminals) == 1:
                    table[name] = _key(*path, name, next(iter(terminals)))
        else:
            nodes[key], known[key] = node, shapes[name]
            entry[name] = leave[name] = key
    for source, target in graph.edges:
        if source not in leave or target not in entry:
            raise NirRunError(
                f"edge {source!r} -> {target!r} cannot tell which port of a nested graph it means"
            )
        edges.append((leave[source], entry[target]))


def _ranks(starts: list[str], after: dict[str, list[str]]) -> dict[str, int]:
    """Give the number of edges from the nearest Input."""
    ranks = dict.fromkeys(starts, 0)
    waiting = deque(starts)
    while waiting:
        name = waiting.popleft()
        for target in after[name]:
            if target not in ranks:
                ranks[target] = ranks[name] + 1
                waiting.append(target)
    return ranks


def make_plan(graph: NIRGraph, emits_early: Callable[[NIRNode], bool]) -> Plan:
    """Order a graph for execution.

    The cut of a cycle does not depend on the order of nodes in the file: the search starts
    where the part is entered nearest to an Input, and ties are broken by name.

    Args:
        graph: a checked graph.
        emits_early: whether the output of a node in a step is known before its input.

    Returns:
        The plan.
    """
    nodes: dict[str, NIRNode] = {}
    shapes: dict[str, NodeShapes] = {}
    edges: list[Edge] = []
    _dissolve(graph, graph.shapes, (), nodes, shapes, edges)
    after, before = adjacency(nodes, edges)
    starts = [name for name, node in nodes.items() if isinstance(node, Input)]
    ranks = _ranks(starts, after)
    parts = []
    for component in strong_components(after):
        inside = set(component)
        cyclic = len(component) > 1 or component[0] in after[component[0]]
        if not cyclic:
            parts.append(Part((component[0],), frozenset(), frozenset(), False))
            continue
        order = sorted(component, key=lambda n: (ranks.get(n, len(nodes)), n))
        early = frozenset(n for n in component if emits_early(nodes[n]))
        place = {n: i for i, n in enumerate(order)}
        links = {
            n: [] if n in early else sorted(inside.intersection(after[n]), key=place.__getitem__)
            for n in order
        }
        entries = [n for n in order if any(p not in inside for p in before[n])]
        ordered, cuts = cut_cycles(order, links, entries)
        parts.append(Part(tuple(ordered), frozenset(cuts), early, True))
    return Plan(
        nodes,
        shapes,
        {name: tuple(found) for name, found in before.items()},
        tuple(parts),
        {name: _key(name) for name, n in graph.nodes.items() if isinstance(n, Input)},
        {name: _key(name) for name, n in graph.nodes.items() if isinstance(n, Output)},
    )
