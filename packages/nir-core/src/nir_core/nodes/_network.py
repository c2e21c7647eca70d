"""What every graph is, before anyone checks it: nodes by name and the edges between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from nir_core.nodes._base import NIRNode
from nir_core.nodes._flow import Input, Output
from nir_core.topology import EdgeTable, edge_table

__all__ = ["Edge", "Network"]

Edge = tuple[str, str]
T = TypeVar("T", bound=NIRNode)


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Network(NIRNode):
    """A node made of nodes; `NIRGraph` is the one to use.

    Shape inference and the checks work on this class, so that graphs can be built on them.
    What is worked out from the nodes and edges is kept, since neither can change.
    """

    nodes: Mapping[str, NIRNode]
    edges: Sequence[Edge]

    @property
    def index(self) -> dict[str, int]:
        """The place of each node in the order of the graph."""
        own = self.__dict__
        if "_index" not in own:
            own["_index"] = dict(zip(self.nodes, range(len(self.nodes)), strict=True))
        return own["_index"]

    @property
    def ends(self) -> tuple[list[int], list[int]]:
        """The places of the two ends of each edge; edges that name no node are left out."""
        own = self.__dict__
        if "_ends" not in own:
            find = self.index.get
            sources = [find(source, -1) for source, _ in self.edges]
            targets = [find(target, -1) for _, target in self.edges]
            if min(sources, default=0) < 0 or min(targets, default=0) < 0:
                known = [(a, b) for a, b in zip(sources, targets, strict=True) if min(a, b) >= 0]
                sources, targets = [a for a, _ in known], [b for _, b in known]
            own["_ends"] = sources, targets
        return own["_ends"]

    @property
    def successors(self) -> EdgeTable:
        """The edges sorted by where they start, as places."""
        own = self.__dict__
        if "_successors" not in own:
            own["_successors"] = edge_table(len(self.nodes), *self.ends)
        return own["_successors"]

    @property
    def by_class(self) -> dict[type[NIRNode], list[str]]:
        """The names of the nodes of each class, in order."""
        own = self.__dict__
        if "_by_class" not in own:
            found: dict[type[NIRNode], list[str]] = {}
            for name, node in self.nodes.items():
                kind = type(node)
                if kind in found:
                    found[kind].append(name)
                else:
                    found[kind] = [name]
            own["_by_class"] = found
        return own["_by_class"]

    def columns(self, kind: type[NIRNode]) -> dict[str, list[Any]]:
        """Give the parameters of all nodes of a class, each as one list in the order of names."""
        own = self.__dict__.setdefault("_columns", {})
        if kind not in own:
            contents = [self.nodes[name].__dict__ for name in self.by_class[kind]]
            own[kind] = {key: [content[key] for content in contents] for key in kind._parameters}
        return own[kind]

    def of_class(self, *classes: type[T]) -> dict[str, T]:
        """Give the nodes of some classes by name, in the order of the graph."""
        kinds = [kind for kind in self.by_class if issubclass(kind, classes)]
        nodes: Mapping[str, Any] = self.nodes
        if len(kinds) == 1:
            return {name: nodes[name] for name in self.by_class[kinds[0]]}
        if not kinds:
            return {}
        return {name: node for name, node in nodes.items() if isinstance(node, classes)}

    @property
    def inputs(self) -> dict[str, Input]:
        """The Input nodes by name, in order."""
        return self.of_class(Input)

    @property
    def outputs(self) -> dict[str, Output]:
        """The Output nodes by name, in order."""
        return self.of_class(Output)
