"""TorchGraph: modules and which of them feeds which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from nir_core.compat.nirtorch.utils import sanitize_name
from nir_core.errors import NirError

__all__ = ["Node", "TorchGraph"]


class Node:
    """A module in a graph, and where its output goes.

    Args:
        elem: the module.
        name: its name.
        outgoing_nodes: shape of the signal by target.
    """

    def __init__(self, elem: Any, name: str, outgoing_nodes: dict[Node, Any] | None = None) -> None:
        self.elem, self.name = elem, name
        self.outgoing_nodes: dict[Node, Any] = outgoing_nodes or {}

    def add_outgoing(self, node: Node, shape: Any = None) -> None:
        """Add a target."""
        self.outgoing_nodes[node] = shape

    def __repr__(self) -> str:
        return f"Node: {self.name} ({type(self.elem)}), Out: {len(self.outgoing_nodes)}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.elem is other.elem

    def __hash__(self) -> int:
        return id(self.elem)


class TorchGraph:
    """Modules and the edges between them.

    Args:
        module_names: name of each module that may be part of the graph.
        inputs: the nodes where the signal enters.
        module_output_types: shape of the output of each module.
    """

    def __init__(
        self,
        module_names: dict[nn.Module, str],
        inputs: Any = None,
        module_output_types: dict[nn.Module, Any] | None = None,
    ) -> None:
        self.module_names = module_names
        self.inputs: Any = inputs
        self.module_output_types = dict(module_output_types or {})
        self.node_list: list[Node] = []
        self._by_id: dict[int, Node] = {}

    @staticmethod
    def from_torch_modules(
        nodes: dict[str, nn.Module], edges: Sequence[tuple[str, str]]
    ) -> TorchGraph:
        """Build a graph from modules by name and pairs of names."""
        graph = TorchGraph({module: sanitize_name(name) for name, module in nodes.items()}, set())
        clean = {sanitize_name(name): module for name, module in nodes.items()}
        for source, target in edges:
            a, b = sanitize_name(source), sanitize_name(target)
            # An edge may name a nested graph instead of its Output or Input.
            a = f"{a}_output" if a not in clean and f"{a}_output" in clean else a
            b = f"{b}_input" if b not in clean and f"{b}_input" in clean else b
            graph.add_edge(clean[a], clean[b])
        graph.inputs = graph._roots()
        return graph

    def _roots(self) -> set[Node]:
        if len(self.node_list) == 1:
            return set(self.node_list)
        targets = {target for node in self.node_list for target in node.outgoing_nodes}
        return {node for node in self.node_list if node not in targets}

    def num_edges(self) -> int:
        """Give the number of edges."""
        return sum(len(node.outgoing_nodes) for node in self.node_list)

    def __contains__(self, elem: Any) -> bool:
        return id(elem) in self._by_id

    def add_elem(self, elem: Any, name: str) -> Node:
        """Add a module, or give its node where it is part of the graph already."""
        if elem not in self:
            self._by_id[id(elem)] = Node(elem, name)
            self.node_list.append(self._by_id[id(elem)])
        return self._by_id[id(elem)]

    def add_or_get_node_for_elem(self, elem: Any) -> Node:
        """Add a module under its name, or give its node."""
        if elem in self:
            return self._by_id[id(elem)]
        if elem not in self.module_names:
            raise NirError(f"{type(elem).__name__} is not one of the named modules")
        return self.add_elem(elem, self.module_names[elem])

    def find_node(self, elem: Any) -> Node:
        """Give the node of a module.

        Raises:
            NirError: the module is not part of the graph.
        """
        if elem not in self:
            raise NirError(f"{type(elem).__name__} is not part of the graph")
        return self._by_id[id(elem)]

    def add_edge(self, source: Any, destination: Any, shape: Any = None) -> Any:
        """Join two modules; modules without a name are left out."""
        if source not in self.module_names or destination not in self.module_names:
            return None
        a = self.add_or_get_node_for_elem(source)
        b = self.add_or_get_node_for_elem(destination)
        a.add_outgoing(b, shape)
        return a, b

    def get_edges(self) -> list[tuple[str, str]]:
        """Give the edges as pairs of names."""
        return [(node.name, out.name) for node in self.node_list for out in node.outgoing_nodes]

    def get_root(self) -> Any:
        """Give the nodes where the signal enters."""
        return self.inputs

    def find_source_nodes_of(self, node: Node) -> list[Node]:
        """Give the nodes that feed a node."""
        return [source for source in self.node_list if node in source.outgoing_nodes]

    def get_leaf_modules(self) -> dict[nn.Module, str]:
        """Give the modules of which no child is part of the graph."""
        return {
            module: name
            for module, name in self.module_names.items()
            if not any(child in self for child in module.children())
        }

    def populate_from(self, other_graph: TorchGraph) -> None:
        """Add the edges of another graph between modules that this one names."""
        self.module_output_types.update(other_graph.module_output_types)
        for node in other_graph.node_list:
            for target, shape in node.outgoing_nodes.items():
                self.add_edge(node.elem, target.elem, shape)

    def _only(self, names: dict[nn.Module, str]) -> TorchGraph:
        graph = TorchGraph(names, self.inputs, self.module_output_types)
        graph.populate_from(self)
        return graph

    def leaf_only(self) -> TorchGraph:
        """Give the graph of the innermost modules."""
        return self._only(self.get_leaf_modules())

    def ignore_submodules_of(self, classes: Sequence[type]) -> TorchGraph:
        """Give the graph without what is inside modules of some classes."""
        inside = {
            inner
            for module in self.module_names
            if type(module) in tuple(classes)
            for inner in module.modules()
            if inner is not module
        }
        return self._only({m: n for m, n in self.module_names.items() if m not in inside})

    def ignore_nodes(self, class_type: type) -> TorchGraph:
        """Give the graph without modules of a class; what fed them feeds what they fed."""
        kept = {m: n for m, n in self.module_names.items() if not isinstance(m, class_type)}
        graph = TorchGraph(kept, self.inputs, self.module_output_types)

        def beyond(node: Node, seen: set[Node]) -> list[Node]:
            found = []
            for target in node.outgoing_nodes:
                if target in seen:
                    continue
                if isinstance(target.elem, class_type):
                    found += beyond(target, seen | {target})
                else:
                    found.append(target)
            return found

        for node in self.node_list:
            if not isinstance(node.elem, class_type):
                for target in beyond(node, set()):
                    graph.add_edge(node.elem, target.elem, node.outgoing_nodes.get(target))
        return graph

    def ignore_tensors(self) -> TorchGraph:
        """Give the graph itself: its nodes are modules only."""
        return self.ignore_nodes(torch.Tensor)

    def to_md(self) -> str:
        """Give the graph as a Mermaid diagram in Markdown."""
        lines = []
        for node in self.node_list:
            lines += [f"{node.name} --> {out.name};" for out in node.outgoing_nodes] or [
                f"{node.name};"
            ]
        return "\n".join(["```mermaid", "graph TD;", *lines, "", "```", ""])

    __str__ = to_md

    def debug_str(self) -> str:
        """Give the nodes with their classes, and below each where its output goes."""
        lines = []
        for node in self.node_list:
            lines.append(f"{node.name} ({type(node.elem).__name__})")
            lines += [f"\t-> {o.name} ({type(o.elem).__name__})" for o in node.outgoing_nodes]
        return "\n".join(lines)
