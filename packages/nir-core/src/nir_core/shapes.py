"""Shape inference: from the Inputs and the parameters to the shape of every signal.

Shapes have neither a time nor a batch axis. Every node is resolved once, as soon as one of
its sources is, so the time grows linearly with nodes and edges and cycles are no obstacle.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nir_core.findings import Finding, node_path
from nir_core.nodes import (
    Affine,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Flatten,
    Input,
    Linear,
    Output,
    Shape,
    SumPool2d,
)
from nir_core.nodes._base import NIRNode
from nir_core.nodes._conv import window_output
from nir_core.nodes._flow import flattened

__all__ = ["NodeShapes", "ShapeMap", "fill_shapes", "infer_shapes"]


@dataclass(frozen=True)
class NodeShapes:
    """The shapes at a node: what goes in and what comes out; None where it does not follow."""

    input: Shape | None
    output: Shape | None


_OWN_SHAPE = (Affine, Linear, Conv1d, Conv2d, SumPool2d, AvgPool2d, Flatten, Input, Output)
UNKNOWN = NodeShapes(None, None)


class ShapeMap(Mapping[str, NodeShapes]):
    """Shapes of the nodes of one graph by name.

    `nested[name]` is the ShapeMap of a nested graph, `problems` the findings met on the way.
    """

    def __init__(
        self,
        shapes: dict[str, NodeShapes],
        nested: dict[str, ShapeMap],
        problems: tuple[Finding, ...],
    ) -> None:
        self._shapes = shapes
        self.nested = nested
        self.problems = problems

    def __getitem__(self, name: str) -> NodeShapes:
        return self._shapes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)

    def __repr__(self) -> str:
        return f"ShapeMap({self._shapes!r})"


class _Stop(Exception):
    """A shape that cannot be: carries (code, message, expected, got, hint)."""


def _conv(node: Conv1d | Conv2d, given: Shape | None) -> NodeShapes:
    dims = node._dims
    own = node._input_shape()
    if len(node.weight.shape) != dims + 2 or min(node._spatial("stride")) < 1:
        return UNKNOWN
    shape = own if own is not None else given
    if shape is None:
        return UNKNOWN
    if own is None:
        if len(shape) != dims + 1:
            raise _Stop(
                "NIR030",
                f"{type(node).__name__} takes a signal with {dims + 1} axes",
                "(channels, length)" if dims == 1 else "(channels, height, width)",
                str(shape),
                "",
            )
        shape = (node.weight.shape[1] * node.groups, *shape[1:])
    output = node.output_of(shape[1:])
    if min(output[1:]) < 1:
        raise _Stop(
            "NIR026",
            "the kernel is larger than the padded input",
            f"at most {shape[1:]} plus padding",
            f"kernel {node.weight.shape[2:]} with dilation {node.dilation}",
            "enlarge padding, or shrink kernel or dilation",
        )
    return NodeShapes(shape, output)


def _pool(node: SumPool2d | AvgPool2d, given: Shape | None) -> NodeShapes:
    if given is None or min(node.stride) < 1 or min(node.kernel_size) < 1:
        return UNKNOWN
    if len(given) != 3:
        raise _Stop(
            "NIR030",
            f"{type(node).__name__} takes a signal with 3 axes",
            "(channels, height, width)",
            str(given),
            "",
        )
    sizes = tuple(
        window_output(n, k, s, p)
        for n, k, s, p in zip(given[1:], node.kernel_size, node.stride, node.padding, strict=True)
    )
    if min(sizes) < 1:
        raise _Stop(
            "NIR026",
            "the window is larger than the padded input",
            f"at most {given[1:]} plus padding",
            str(node.kernel_size),
            "",
        )
    return NodeShapes(given, (given[0], *sizes))


def _flatten(node: Flatten, given: Shape | None) -> NodeShapes:
    shape = node._input_shape()
    shape = given if shape is None else shape
    if shape is None:
        return UNKNOWN
    output = flattened(shape, node.start_dim, node.end_dim)
    if output is None:
        raise _Stop(
            "NIR029",
            "the axes to flatten do not exist",
            f"axes of {shape}",
            f"start_dim {node.start_dim}, end_dim {node.end_dim}",
            "axes are counted without a batch axis",
        )
    return NodeShapes(shape, output)


def _elementwise(node: NIRNode, given: Shape | None) -> NodeShapes:
    own = node._input_shape()
    if own is None:
        own = given
    elif given is not None and given != own and len(given) == len(own):
        try:
            if np.broadcast_shapes(own, given) == given:
                own = given
        except ValueError:
            pass
    return NodeShapes(own, own)


def resolve(node: NIRNode, given: Shape | None) -> NodeShapes:
    """Give the shapes at a plain node for the shape that arrives (None: not known yet)."""
    if isinstance(node, (Affine, Linear)):
        return NodeShapes(node._input_shape(), node._output_shape())
    if isinstance(node, (Conv1d, Conv2d)):
        return _conv(node, given)
    if isinstance(node, (SumPool2d, AvgPool2d)):
        return _pool(node, given)
    if isinstance(node, Flatten):
        return _flatten(node, given)
    if isinstance(node, (Input, Output)):
        shape = node.shape if node.shape is not None else given
        return NodeShapes(shape, shape)
    return _elementwise(node, given)


class _Inference:
    def __init__(self, graph: Any, path: tuple[str, ...], given: Mapping[str, Shape]) -> None:
        self.graph, self.path, self.given = graph, path, given
        self.shapes: dict[str, NodeShapes] = dict.fromkeys(graph.nodes, UNKNOWN)
        self.nested: dict[str, ShapeMap] = {}
        self.problems: list[Finding] = []
        self.failed: set[str] = set()
        self.pending: set[str] = set()
        self.successors: dict[str, list[str]] = {name: [] for name in graph.nodes}
        self.known_edges: list[tuple[str, str]] = []
        for source, target in graph.edges:
            if source in self.successors and target in self.successors:
                self.successors[source].append(target)
                self.known_edges.append((source, target))

    def attempt(self, name: str, given: Shape | None) -> bool:
        """Resolve one node; True when its output became known."""
        node = self.graph.nodes[name]
        try:
            if hasattr(node, "edges"):
                found = self.enter(name, node, given)
            else:
                found = resolve(node, given)
        except _Stop as stop:
            code, message, expected, got, hint = stop.args
            place = node_path(*self.path, name)
            self.problems.append(Finding(code, place, message, expected, got, hint))
            self.failed.add(name)
            return False
        self.shapes[name] = found
        return found.output is not None

    def enter(self, name: str, node: Any, given: Shape | None) -> NodeShapes:
        inputs, outputs = list(node.inputs), list(node.outputs)
        arriving = {inputs[0]: given} if len(inputs) == 1 and given is not None else {}
        self.pending.discard(name)
        inner = _Inference(node, (*self.path, name), arriving).run()
        self.nested[name] = inner
        return NodeShapes(
            inner[inputs[0]].output if len(inputs) == 1 else None,
            inner[outputs[0]].input if len(outputs) == 1 else None,
        )

    def run(self) -> ShapeMap:
        waiting: deque[str] = deque()
        for name, node in self.graph.nodes.items():
            # Nodes that adapt to their input wait for it. A nested graph is entered only once,
            # since entering it twice would double the work at every level.
            if _waits(node):
                self.pending.add(name)
            elif self.attempt(name, self.given.get(name)):
                waiting.append(name)
        self.spread(waiting)
        for name in self.graph.nodes:
            known = self.shapes[name].output is not None or name in self.failed
            if name in self.pending and not known and self.attempt(name, None):
                self.spread(deque([name]))
        # An Input without a shape takes that of what it feeds.
        for name, node in self.graph.nodes.items():
            if self.shapes[name].output is None and isinstance(node, Input):
                wanted = (self.shapes[s].input for s in self.successors[name])
                shape = next((s for s in wanted if s is not None), None)
                if shape is not None:
                    self.shapes[name] = NodeShapes(shape, shape)
                    self.spread(deque([name]))
        self.compare()
        problems = list(self.problems)
        for inner in self.nested.values():
            problems += inner.problems
        return ShapeMap(self.shapes, self.nested, tuple(problems))

    def spread(self, waiting: deque[str]) -> None:
        while waiting:
            name = waiting.popleft()
            given = self.shapes[name].output
            for target in self.successors[name]:
                if self.shapes[target].output is not None or target in self.failed:
                    continue
                node = self.graph.nodes[target]
                if isinstance(node, Input) or (target in self.nested):
                    continue
                if self.attempt(target, given):
                    waiting.append(target)

    def compare(self) -> None:
        for source, target in self.known_edges:
            sent, wanted = self.shapes[source].output, self.shapes[target].input
            if sent is None or wanted is None or sent == wanted:
                continue
            node = self.graph.nodes[target]
            if isinstance(node, Input):
                continue
            hint = ""
            before = self.graph.nodes[source]
            if isinstance(before, Flatten) and int(np.prod(sent)) == int(np.prod(wanted)):
                hint = "the axes of Flatten are counted without a batch axis; try start_dim=0"
            self.problems.append(
                Finding(
                    "NIR020",
                    node_path(*self.path, target),
                    f"the signal on edge {source!r} -> {target!r} has the wrong shape",
                    str(wanted),
                    str(sent),
                    hint,
                )
            )


def _waits(node: Any) -> bool:
    if hasattr(node, "edges"):
        inputs = list(node.inputs.values())
        return len(inputs) == 1 and inputs[0].shape is None
    if isinstance(node, _OWN_SHAPE):
        return False
    return 1 in (node._input_shape() or ())


def infer_shapes(graph: Any) -> ShapeMap:
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
        if hasattr(node, "edges"):
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
