"""`flatten`: nested graphs dissolve into their parent."""

from __future__ import annotations

import numpy as np

from nir_core.errors import NirError
from nir_core.findings import node_path
from nir_core.graph import NIRGraph
from nir_core.nodes import Input, NIRNode, Output, Scale
from nir_core.passes._loops import Loops, find_loops
from nir_core.passes._net import Net, require_graph
from nir_core.shapes import NodeShapes, fill_shapes

__all__ = ["flatten"]


def flatten(graph: NIRGraph, *, separator: str = ".") -> NIRGraph:
    """Dissolve nested graphs: a node "lif" of the nested graph "block" becomes "block.lif".

    The Inputs and Outputs of nested graphs vanish. Where that would make the same edge twice,
    a Scale by 1 stands in their place. Metadata of the nested graphs themselves is dropped.

    Args:
        graph: the graph.
        separator: what stands between the names; a name that is taken gets a number.

    Returns:
        A graph without nested graphs that gives the same result, up to the order in which a
        node adds its inputs.

    Raises:
        NirError: the graph has structural errors, or a loop that is entered at several places
            would be cut elsewhere.

    Example:
        >>> from nir_core import Threshold
        >>> block = NIRGraph.from_list(Threshold([0.5]))
        >>> list(flatten(NIRGraph.from_list(block)).nodes)
        ['input', 'nirgraph.threshold', 'output']
    """
    require_graph(graph, "flatten")
    if not any(isinstance(node, NIRGraph) for node in graph.nodes.values()):
        return graph
    spread = _Spread(separator, set(graph.nodes))
    spread.level(fill_shapes(graph), ())
    loops = find_loops(graph)
    renamed = Loops(
        frozenset(spread.renamed[name] for name in loops.heads),
        frozenset(spread.renamed[name] for name in loops.frozen),
        (),
    )
    net = Net(NIRGraph({}, [], graph.metadata, type_check=False), (), renamed)
    net.nodes, net.shapes, net.changed = spread.nodes, spread.shapes, True
    net.places = {name: (index, 1) for index, name in enumerate(spread.nodes)}
    net.before = {name: {} for name in spread.nodes}
    net.after = {name: {} for name in spread.nodes}
    for source, target in spread.edges:
        net.connect(source, target)
    for name in spread.joints:
        if net.can_bypass(name):
            net.bypass(name)
        else:
            net.put(name, Scale(np.ones(())))
    made = net.finish()
    if not loops.kept(made, spread.renamed):
        raise NirError(
            "flatten: a loop is entered at several places, and where it is cut depends on the "
            "names inside; put a Delay into the loop, or enter it at one node"
        )
    return made


class _Spread:
    """The nodes of all levels side by side.

    `joints` are the Inputs and Outputs of nested graphs, which pass their signal on.
    """

    def __init__(self, separator: str, taken: set[str]) -> None:
        self.separator, self.taken = separator, taken
        self.nodes: dict[str, NIRNode] = {}
        self.shapes: dict[str, NodeShapes] = {}
        self.edges: list[tuple[str, str]] = []
        self.joints: list[str] = []
        self.renamed: dict[str, str] = {}  # new names by path

    def level(self, graph: NIRGraph, path: tuple[str, ...]) -> tuple[list[str], list[str]]:
        """Copy one level; give the new names of its Inputs and Outputs."""
        entry: dict[str, str] = {}
        leave: dict[str, str] = {}
        for name, node in graph.nodes.items():
            if isinstance(node, NIRGraph):
                ins, outs = self.level(node, (*path, name))
                entry.update((name, key) for key in ins[:1])
                leave.update((name, key) for key in outs[:1])
                continue
            key = self._name(path, name)
            self.nodes[key], self.shapes[key] = node, graph.shapes[name]
            entry[name] = leave[name] = key
            self.renamed[node_path(*path, name)[1:]] = node_path(key)[1:]
            if path and isinstance(node, (Input, Output)):
                self.joints.append(key)
        self.edges += [(leave[source], entry[target]) for source, target in graph.edges]
        return [entry[n] for n in graph.inputs], [leave[n] for n in graph.outputs]

    def _name(self, path: tuple[str, ...], name: str) -> str:
        if not path:
            return name
        wanted = self.separator.join((*path, name))
        found, number = wanted, 1
        while found in self.taken:
            found = f"{wanted}_{number}"
            number += 1
        self.taken.add(found)
        return found
