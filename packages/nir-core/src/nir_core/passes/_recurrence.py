"""`recurrence` and `mark_recurrence`: which nodes form loops, and where a step is lost in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nir_core.graph import NIRGraph
from nir_core.nodes import STATEFUL
from nir_core.passes._net import require_graph
from nir_core.semantics._plan import make_plan

__all__ = ["Recurrence", "mark_recurrence", "recurrence"]


@dataclass(frozen=True)
class Recurrence:
    """The loops of a graph, by paths such as "lif" or "block/lif".

    Args:
        components: strongly connected parts with more than one node or a self-edge, each in
            order of execution.
        delayed: edges (source, target) that carry the value of the step before when no node
            of the loop has a latency of its own.
        stateless: indices of the components that hold neither a neuron nor a Delay; their
            values exist only by that delay.
    """

    components: tuple[tuple[str, ...], ...]
    delayed: tuple[tuple[str, str], ...]
    stateless: tuple[int, ...]

    def __bool__(self) -> bool:
        return bool(self.components)

    def to_dict(self) -> dict[str, Any]:
        """Give the loops as plain data for JSON."""
        return {
            "components": [list(names) for names in self.components],
            "delayed": [list(edge) for edge in self.delayed],
            "stateless": list(self.stateless),
        }


def recurrence(graph: NIRGraph) -> Recurrence:
    """Find the loops of a graph, those through nested graphs among them.

    Args:
        graph: the graph.

    Returns:
        Components and delayed edges in order of execution.

    Raises:
        NirError: the graph has structural errors.

    Example:
        >>> import nir_core as nc
        >>> nodes = {"in": nc.Input([1]), "lif": nc.LIF([0.01], [1.0], [0.0], [1.0])}
        >>> nodes |= {"w": nc.Linear([[0.5]]), "out": nc.Output([1])}
        >>> edges = [("in", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "out")]
        >>> recurrence(nc.NIRGraph(nodes, edges)).delayed
        (('w', 'lif'),)
    """
    require_graph(graph, "recurrence")
    plan = make_plan(graph, lambda node: False)
    parts = [part for part in plan.parts if part.cyclic]
    order = {name: i for part in parts for i, name in enumerate(part.names)}
    return Recurrence(
        tuple(part.names for part in parts),
        tuple(e for p in parts for e in sorted(p.delayed, key=lambda e: (order[e[0]], e))),
        tuple(
            i
            for i, part in enumerate(parts)
            if not any(isinstance(plan.nodes[n], STATEFUL) for n in part.names)
        ),
    )


def mark_recurrence(graph: NIRGraph) -> NIRGraph:
    """Record the loops in the metadata of the graph, under `recurrence`.

    Args:
        graph: the graph.

    Returns:
        The graph with `recurrence` = {"components": {"0": names, ...}, "delayed_from": names,
        "delayed_to": names} in its metadata, or without that entry when it has no loops.
        Programs that do not know it read the graph as before.

    Raises:
        NirError: the graph has structural errors.

    Example:
        >>> import nir_core as nc
        >>> nodes = {"in": nc.Input([1]), "lif": nc.LIF([0.01], [1.0], [0.0], [1.0])}
        >>> nodes |= {"out": nc.Output([1])}
        >>> edges = [("in", "lif"), ("lif", "lif"), ("lif", "out")]
        >>> mark_recurrence(nc.NIRGraph(nodes, edges)).metadata["recurrence"]["components"]["0"]
        ('lif',)
    """
    found = recurrence(graph)
    metadata = {key: value for key, value in graph.metadata.items() if key != "recurrence"}
    if found:
        metadata["recurrence"] = {
            "components": {str(i): list(names) for i, names in enumerate(found.components)},
            "delayed_from": [source for source, _ in found.delayed],
            "delayed_to": [target for _, target in found.delayed],
        }
    if metadata == graph.metadata:
        return graph
    return graph.replace(metadata=metadata, type_check=False)
