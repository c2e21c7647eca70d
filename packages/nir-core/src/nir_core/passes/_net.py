"""One level of a graph while it is being rewritten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nir_core.errors import NirError, NirTypeError
from nir_core.findings import node_path, summary
from nir_core.graph import NIRGraph
from nir_core.nodes import NIRNode
from nir_core.passes._loops import Loops, find_loops
from nir_core.shapes import NodeShapes, fill_shapes

__all__ = ["Net", "every_level", "merged_array", "require_graph"]


class Net:
    """Nodes, edges and shapes of one level; edges into a node keep their order.

    Args:
        graph: a graph without structural errors.
        path: names of the nested graphs down to this level.
        loops: the loops of the outermost graph.
    """

    def __init__(self, graph: NIRGraph, path: tuple[str, ...], loops: Loops) -> None:
        self.graph, self.path, self.loops = graph, path, loops
        shapes = graph.shapes
        self.nodes: dict[str, NIRNode] = dict(fill_shapes(graph).nodes)
        self.shapes: dict[str, NodeShapes] = {name: shapes[name] for name in self.nodes}
        # Ordered sets: dictionaries without values.
        self.before: dict[str, dict[str, None]] = {name: {} for name in self.nodes}
        self.after: dict[str, dict[str, None]] = {name: {} for name in self.nodes}
        for source, target in graph.edges:
            self.connect(source, target)
        # Places in the order of nodes; a place ends with 1, and what is put in front of it
        # continues it with 0 instead, which sorts before it and behind all others before it.
        self.places: dict[str, tuple[int, ...]] = {n: (i, 1) for i, n in enumerate(self.nodes)}
        self.changed = False

    def connect(self, source: str, target: str) -> None:
        """Add an edge."""
        self.before[target][source] = None
        self.after[source][target] = None

    def disconnect(self, source: str, target: str) -> None:
        """Take an edge away."""
        del self.before[target][source]
        del self.after[source][target]

    def only_target(self, name: str) -> str | None:
        """Give the target of a node that has one alone."""
        targets = self.after[name]
        return next(iter(targets)) if len(targets) == 1 else None

    def only_source(self, name: str) -> str | None:
        """Give the source of a node that has one alone."""
        sources = self.before[name]
        return next(iter(sources)) if len(sources) == 1 else None

    def _key(self, name: str) -> str:
        return node_path(*self.path, name)[1:]

    def is_frozen(self, name: str) -> bool:
        """Whether a node lies in a loop that must stay as it is."""
        return self._key(name) in self.loops.frozen

    def is_head(self, name: str) -> bool:
        """Whether a loop is entered at a node."""
        return self._key(name) in self.loops.heads

    def follower(self, name: str) -> str | None:
        """Give the node that a node may be merged with: its only target, fed by it alone."""
        target = self.only_target(name)
        if target is None or target == name or self.only_source(target) != name:
            return None
        return None if self.is_frozen(name) or self.is_frozen(target) else target

    def unused(self, name: str) -> str:
        """Give the name, with a number behind it when it is taken."""
        found, number = name, 1
        while found in self.nodes:
            found = f"{name}_{number}"
            number += 1
        return found

    def put(self, name: str, node: NIRNode) -> None:
        """Replace a node; its shapes stay."""
        self.nodes[name] = node
        self.changed = True

    def insert(self, name: str, node: NIRNode, shapes: NodeShapes, *, before: str) -> str:
        """Put a new node in front of another: it takes over all sources of the other."""
        name = self.unused(name)
        self.nodes[name], self.shapes[name] = node, shapes
        self.before[name], self.after[name] = self.before[before], {}
        self.before[before] = {}
        for source in self.before[name]:
            del self.after[source][before]
            self.after[source][name] = None
        self.connect(name, before)
        # A new node stands where it is executed, so that files read in order.
        self.places[name] = (*self.places[before][:-1], 0, len(self.places), 1)
        self.changed = True
        return name

    def remove(self, name: str) -> None:
        """Take a node and its edges away."""
        for source in list(self.before[name]):
            self.disconnect(source, name)
        for target in list(self.after[name]):
            self.disconnect(name, target)
        for table in (self.nodes, self.shapes, self.before, self.after):
            del table[name]
        self.changed = True

    def can_bypass(self, name: str) -> bool:
        """Whether a node may be left out: no edge would stand twice, no loop be cut elsewhere."""
        sources, targets = self.before[name], self.after[name]
        if name in sources or self.is_frozen(name) or (self.is_head(name) and len(targets) > 1):
            return False
        return not any(t in self.after[s] for s in sources for t in targets)

    def bypass(self, name: str) -> None:
        """Remove a node that passes its signal on; its sources feed its targets.

        The new edges take the place of the old one among the edges of each target, so that
        sums are formed in the same order.
        """
        sources, targets = list(self.before[name]), list(self.after[name])
        for target in targets:
            order: dict[str, None] = {}
            for source in self.before[target]:
                order.update(dict.fromkeys(sources) if source == name else {source: None})
            self.before[target] = order
        for source in sources:
            del self.after[source][name]
            self.after[source].update(dict.fromkeys(targets))
        for table in (self.nodes, self.shapes, self.before, self.after):
            del table[name]
        self.changed = True

    def join(self, first: str, second: str, node: NIRNode, *, keep: str) -> None:
        """Replace the chain first -> second by one node under one of the two names."""
        shapes = NodeShapes(self.shapes[first].input, self.shapes[second].output)
        gone = second if keep == first else first
        self.bypass(gone)
        self.nodes[keep], self.shapes[keep] = node, shapes

    def finish(self) -> NIRGraph:
        """Give the graph: the one it began with when nothing was changed."""
        if not self.changed:
            return self.graph
        nodes = {name: self.nodes[name] for name in sorted(self.nodes, key=self.places.__getitem__)}
        edges = [(source, name) for name in nodes for source in self.before[name]]
        return NIRGraph(nodes, edges, self.graph.metadata)


def require_graph(graph: Any, what: str) -> NIRGraph:
    """Give a graph that can be rewritten.

    Raises:
        NirTypeError: the argument is not a NIRGraph.
        NirError: the graph has structural errors.
    """
    if not isinstance(graph, NIRGraph):
        raise NirTypeError(f"{what} needs a nir_core.NIRGraph, got {type(graph).__name__}")
    from nir_core.checks import check_structure

    errors = check_structure(graph).errors
    if errors:
        raise NirError(f"{what}: the graph has errors: {summary(errors)}")
    return graph


def every_level(graph: NIRGraph, rewrite: Callable[[Net], None], what: str) -> NIRGraph:
    """Rewrite the nested graphs first, innermost before all others, then the graph itself.

    Args:
        graph: the graph.
        rewrite: changes one level in place.
        what: name of the pass, for errors.

    Returns:
        A new graph; or the same object when no level was changed, or when the change would
        have moved the delay of a loop.
    """
    loops = find_loops(require_graph(graph, what))
    made = _level(graph, (), loops, rewrite)
    return made if made is graph or loops.kept(made) else graph


def _level(
    graph: NIRGraph, path: tuple[str, ...], loops: Loops, rewrite: Callable[[Net], None]
) -> NIRGraph:
    net = Net(graph, path, loops)
    for name, node in list(net.nodes.items()):
        if isinstance(node, NIRGraph):
            inner = _level(node, (*path, name), loops, rewrite)
            if inner is not node:
                net.put(name, inner)
    rewrite(net)
    return net.finish()


def merged_array(value: Any, *like: Any) -> np.ndarray:
    """Round a result of float64 to the number type that its ingredients share."""
    dtype = np.result_type(*(np.asarray(a).dtype for a in like))
    return np.asarray(value).astype(dtype if dtype.kind == "f" else np.float64)
