"""Shape inference: from the Inputs and the parameters to the shape of every signal.

Shapes have neither a time nor a batch axis. Every node is resolved once, as soon as one of
its sources is, so the time grows linearly with nodes and edges and cycles are no obstacle.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nir_core._shape_rules import UNKNOWN, ImpossibleShape, NodeShapes, adapting, resolve, settled
from nir_core.findings import Finding, node_path
from nir_core.nodes import Conv1d, Conv2d, Flatten, Input, Output, Shape
from nir_core.nodes._base import NIRNode
from nir_core.nodes._network import Network

__all__ = ["NodeShapes", "ShapeMap", "fill_shapes", "infer_shapes", "resolve"]


class ShapeMap(Mapping[str, NodeShapes]):
    """Shapes of the nodes of one graph by name.

    `nested[name]` is the ShapeMap of a nested graph, `problems` the findings met on the way.
    `regular` has a 1 in the place of every node whose parameters go with each other and with
    the signal in the plainest way.
    """

    def __init__(
        self,
        shapes: dict[str, NodeShapes],
        nested: dict[str, ShapeMap],
        problems: tuple[Finding, ...],
        regular: bytearray,
    ) -> None:
        self._shapes = shapes
        self.nested = nested
        self.problems = problems
        self.regular = regular

    def __getitem__(self, name: str) -> NodeShapes:
        return self._shapes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)

    def __repr__(self) -> str:
        return f"ShapeMap({self._shapes!r})"


class _Inference:
    """Works on the places of nodes, since a graph can have very many."""

    def __init__(self, graph: Network, path: tuple[str, ...], given: Mapping[str, Shape]) -> None:
        self.graph, self.path, self.given = graph, path, given
        self.names, self.nodes = list(graph.nodes), list(graph.nodes.values())
        self.successors = graph.successors
        self.shapes = [UNKNOWN] * len(self.nodes)
        self.nested: dict[str, ShapeMap] = {}
        self.problems: list[Finding] = []
        self.own: list[NodeShapes | None] = [None] * len(self.nodes)
        self.waits = bytearray(len(self.nodes))
        self.look_up()
        # Nodes whose parameters all have the shape of the signal: nothing to check there.
        self.regular = bytearray(len(self.nodes))
        self.inputs = [graph.index[name] for name in graph.inputs]
        # Nodes whose shapes are not looked for any more: Inputs, nested graphs that were
        # entered, nodes whose output is known or cannot be.
        self.closed = bytearray(len(self.nodes))
        for place in self.inputs:
            self.closed[place] = 1

    def look_up(self) -> None:
        """Note what the parameters alone say, and which nodes adapt to their input.

        Those wait for it. A nested graph is entered only once, since entering it twice would
        double the work at every level.
        """
        index = self.graph.index
        for kind, names in self.graph.by_class.items():
            places = [index[name] for name in names]
            shapes = settled(kind, self.graph.columns(kind), len(places))
            for place, known in zip(places, shapes, strict=True):
                self.own[place] = known
            if issubclass(kind, Network):
                for place in places:
                    self.waits[place] = _open_ended(self.nodes[place])
            elif adapting(kind):
                for place in places:
                    known = self.own[place]
                    shape = known[0] if known else self.nodes[place]._input_shape()
                    self.waits[place] = 1 in (shape or ())

    def attempt(self, place: int, given: Shape | None) -> bool:
        """Resolve one node; True when its output became known."""
        own = self.own[place]
        if own is not None and (given is None or own[0] == given):
            self.shapes[place] = own
            self.closed[place] = self.regular[place] = 1
            return True
        node = self.nodes[place]
        try:
            if isinstance(node, Network):
                found = self.enter(place, node, given)
            else:
                found = resolve(node, given)
        except ImpossibleShape as stop:
            code, message, expected, got, hint = stop.args
            here = node_path(*self.path, self.names[place])
            self.problems.append(Finding(code, here, message, expected, got, hint))
            self.closed[place] = 1
            return False
        self.shapes[place] = found
        if found[1] is None:
            return False
        self.closed[place] = 1
        return True

    def enter(self, place: int, node: Network, given: Shape | None) -> NodeShapes:
        inputs, outputs = list(node.inputs), list(node.outputs)
        arriving = {inputs[0]: given} if len(inputs) == 1 and given is not None else {}
        self.closed[place] = 1
        name = self.names[place]
        inner = self.nested[name] = _Inference(node, (*self.path, name), arriving).run()
        return NodeShapes(
            inner[inputs[0]].output if len(inputs) == 1 else None,
            inner[outputs[0]].input if len(outputs) == 1 else None,
        )

    def run(self) -> ShapeMap:
        given = {self.graph.index[name]: shape for name, shape in self.given.items()}
        known: deque[int] = deque()
        waiting: list[int] = []
        for place, waits in enumerate(self.waits):
            if waits:
                waiting.append(place)
            elif self.attempt(place, given.get(place)):
                known.append(place)
        self.spread(known)
        for place in waiting:
            if not self.closed[place] and self.attempt(place, None):
                self.spread(deque([place]))
        self.fill_inputs()
        self.compare()
        problems = list(self.problems)
        for inner in self.nested.values():
            problems += inner.problems
        shapes = dict(zip(self.names, self.shapes, strict=True))
        return ShapeMap(shapes, self.nested, tuple(problems), self.regular)

    def spread(self, known: deque[int]) -> None:
        shapes, closed, attempt = self.shapes, self.closed, self.attempt
        starts, ends = self.successors.starts, self.successors.ends
        while known:
            place = known.popleft()
            given = shapes[place][1]
            for target in ends[starts[place] : starts[place + 1]]:
                if not closed[target] and attempt(target, given):
                    known.append(target)

    def fill_inputs(self) -> None:
        """Give an Input without a shape that of what it feeds."""
        starts, ends = self.successors.starts, self.successors.ends
        for place in self.inputs:
            if self.shapes[place].output is None:
                fed = ends[starts[place] : starts[place + 1]]
                wanted = (self.shapes[target].input for target in fed)
                shape = next((s for s in wanted if s is not None), None)
                if shape is not None:
                    self.shapes[place] = NodeShapes(shape, shape)
                    self.spread(deque([place]))

    def compare(self) -> None:
        shapes = self.shapes
        for source, target in zip(*self.graph.ends, strict=True):
            sent, wanted = shapes[source][1], shapes[target][0]
            if sent == wanted or sent is None or wanted is None:
                continue
            before, node = self.nodes[source], self.nodes[target]
            if isinstance(node, Input):
                continue
            hint = ""
            if isinstance(before, Flatten) and int(np.prod(sent)) == int(np.prod(wanted)):
                hint = "the axes of Flatten are counted without a batch axis; try start_dim=0"
            names = self.names[source], self.names[target]
            self.problems.append(
                Finding(
                    "NIR020",
                    node_path(*self.path, names[1]),
                    f"the signal on edge {names[0]!r} -> {names[1]!r} has the wrong shape",
                    str(wanted),
                    str(sent),
                    hint,
                )
            )


def _open_ended(graph: Any) -> bool:
    """Whether a nested graph takes the shape of what arrives."""
    inputs = list(graph.inputs.values())
    return len(inputs) == 1 and inputs[0].shape is None


def infer_shapes(graph: Network) -> ShapeMap:
    """Work out the shape of every signal of a graph.

    Args:
        graph: a NIRGraph, checked or not.

    Returns:
        Shapes by node name, with the contradictions found as `problems`.

    Example:
        >>> from nir_core import Conv2d, Input, NIRGraph, SumPool2d
        >>> conv = Conv2d(None, np.ones((4, 1, 3, 5)), 1, 0, 1, 1, np.zeros(4))
        >>> graph = NIRGraph.from_list(Input((1, 10, 10)), conv, SumPool2d(2, 2, 0))
        >>> infer_shapes(graph)["sumpool2d"]
        NodeShapes(input=(4, 8, 6), output=(4, 4, 3))
    """
    return _Inference(graph, (), {}).run()


def fill_shapes(graph: Any, shapes: ShapeMap | None = None) -> Any:
    """Give a graph whose Inputs, Outputs, convolutions and Flatten nodes carry their shapes."""
    shapes = graph.shapes if shapes is None else shapes
    nodes: dict[str, NIRNode] = {}
    for name, node in graph.nodes.items():
        found = shapes[name]  # type: ignore
        if isinstance(node, Network):
            node = fill_shapes(node, shapes.nested.get(name))  # type: ignore
        elif found.input is not None:
            if isinstance(node, (Input, Output)) and node.shape is None:
                field = "input_type" if isinstance(node, Input) else "output_type"
                node = node.replace(**{field: found.input})
            elif isinstance(node, Conv2d) and node.input_shape is None:
                node = node.replace(input_shape=found.input[1:])
            elif isinstance(node, Conv1d) and node.input_shape is None:
                node = node.replace(input_shape=found.input[1])
            elif isinstance(node, Flatten) and node._input_shape() is None:
                node = node.replace(input_type=found.input)
        nodes[name] = node
    return graph.replace(nodes=nodes, type_check=False)
