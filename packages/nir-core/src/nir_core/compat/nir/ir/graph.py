"""NIRGraph, Input and Output, mutable as in nir."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nir_core.compat._errors import NirAssertionError
from nir_core.compat.nir.ir import _inference
from nir_core.compat.nir.ir.conv import Conv1d, Conv2d
from nir_core.compat.nir.ir.flatten import Flatten
from nir_core.compat.nir.ir.node import NIRNode
from nir_core.compat.nir.ir.pooling import AvgPool2d, SumPool2d
from nir_core.compat.nir.ir.typing import Edges, Nodes, Types
from nir_core.compat.nir.ir.utils import (
    calc_flatten_output,
    calculate_conv_output,
    ensure_str,
    parse_shape_argument,
)
from nir_core.errors import NirError

# nir's module of this name offers what it imports, too.
__all__ = [
    "AvgPool2d",
    "Conv1d",
    "Conv2d",
    "Edges",
    "Flatten",
    "Identity",
    "Input",
    "NIRGraph",
    "NIRNode",
    "Nodes",
    "Output",
    "SumPool2d",
    "Types",
    "calc_flatten_output",
    "calculate_conv_output",
    "ensure_str",
    "parse_shape_argument",
]


@dataclass(eq=False)
class NIRGraph(NIRNode):
    """A network: named nodes, and edges along which signals flow.

    `nodes` and `edges` are the graph's own dictionary and list and may be edited; call
    `infer_types` and `check_types` after that.

    Args:
        nodes: nodes by name.
        edges: (source name, target name) pairs.
        metadata: anything worth keeping beside the graph.
        type_check: infer and check the shapes; an Input is put before every node without a
            source, and an Output behind every node without a target.

    Raises:
        NirError: with `type_check`, what is wrong.
    """

    nodes: Nodes
    edges: Edges

    def __init__(
        self,
        nodes: Nodes,
        edges: Edges,
        metadata: dict[str, Any] | None = None,
        type_check: bool = True,
    ) -> None:
        self.nodes = dict(nodes)
        self.edges = list(edges)
        self.metadata = metadata if isinstance(metadata, dict) else {}
        if type_check:
            self.infer_types()
            self.check_types()
        self.__post_init__()

    def __post_init__(self) -> None:
        self._update_input_output_types()

    def _update_input_output_types(self) -> None:
        inputs, outputs = self.inputs, self.outputs
        self.input_type = (
            {name: node.input_type["input"] for name, node in inputs.items()} if inputs else None
        )  # type: ignore[assignment]
        self.output_type = {name: node.output_type["output"] for name, node in outputs.items()}

    @property
    def inputs(self) -> dict[str, Input]:
        """The Input nodes by name."""
        return {name: node for name, node in self.nodes.items() if isinstance(node, Input)}

    @property
    def outputs(self) -> dict[str, Output]:
        """The Output nodes by name."""
        return {name: node for name, node in self.nodes.items() if isinstance(node, Output)}

    @staticmethod
    def from_list(*nodes: Any, type_check: bool = True) -> NIRGraph:
        """Chain nodes one after the other and add an Input and an Output where missing.

        Args:
            *nodes: the nodes in order, or one list of them.
            type_check: as for `NIRGraph`.

        Returns:
            The graph; names come from the classes ("lif", "lif_1", ...).
        """
        if len(nodes) == 1 and isinstance(nodes[0], (list, tuple)):
            nodes = tuple(nodes[0])
        if not nodes:
            raise NirError("from_list needs at least one node")
        named: dict[str, NIRNode] = {}
        if not isinstance(nodes[0], Input):
            named["input"] = Input(next(iter((nodes[0].input_type or {"": None}).values())))
        counts: Counter[str] = Counter()
        for node in nodes:
            base = type(node).__name__.lower()
            named[f"{base}_{counts[base]}" if counts[base] else base] = node
            counts[base] += 1
        if not isinstance(nodes[-1], Output):
            shape = next(iter((nodes[-1].output_type or {"": None}).values()))
            # A last node of single numbers gives what arrives, which is not known yet.
            adapts = shape is None or (len(nodes) > 1 and not len(shape))
            named["output"] = Output(None if adapts else shape)
        return NIRGraph(named, list(pairwise(named)), type_check=type_check)

    def infer_types(self) -> None:
        """Work out the types of all nodes from the Inputs on, in place and in linear time.

        Raises:
            NirError: the structure is wrong, or types contradict each other.
        """
        _inference.infer(self)

    def check_types(self) -> bool:
        """Return True when the types at both ends of every edge are known and agree.

        Raises:
            NirError: naming the edge.
        """
        return _inference.check(self)

    def validate_structure(self) -> None:
        """Check that edges join nodes of the graph, each once, in nested graphs too.

        Raises:
            NirError: naming the edge.
        """
        _inference.validate(self)

    def to_dict(self) -> dict[str, Any]:
        """Give nodes as dictionaries, edges, metadata, and "NIRGraph" under `type`."""
        return {
            "metadata": deepcopy(self.metadata),
            "nodes": {name: node.to_dict() for name, node in self.nodes.items()},
            "edges": deepcopy(self.edges),
            "type": type(self).__name__,
        }

    @classmethod
    def from_dict(cls, kwargs: dict[str, Any]) -> NIRNode:
        """Build a graph from what `to_dict` gives; `type_check` may be one of the entries.

        Raises:
            NirAssertionError: nodes or edges are missing, or the type is another one.
        """
        from nir_core.compat.nir.ir import dict2NIRNode

        for name in ("nodes", "edges"):
            if name not in kwargs:
                raise NirAssertionError(f"NIRGraph.from_dict: the dictionary has no {name!r}")
        content = {"type": "NIRGraph", **kwargs}
        content["nodes"] = {name: dict2NIRNode(node) for name, node in kwargs["nodes"].items()}
        content["edges"] = [(ensure_str(a), ensure_str(b)) for a, b in kwargs["edges"]]
        return super().from_dict(content)


def _copied(value: Any) -> Any:
    return None if value is None else value.copy()


@dataclass(eq=False)
class Input(NIRNode):
    """Where a signal enters the graph.

    Args:
        input_type: the shape without time and batch, or `{"input": shape}`.
    """

    input_type: Types | Any

    def __post_init__(self) -> None:
        self.input_type = _only(self.input_type, "input")
        self.output_type = {"output": _copied(self.input_type["input"])}

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "shape": self.input_type["input"]}

    @classmethod
    def from_dict(cls, node: dict[str, Any]) -> NIRNode:  # type: ignore[override]  # nir's name
        return super().from_dict(_from_shape(node, "input"))


@dataclass(eq=False)
class Output(NIRNode):
    """Where a signal leaves the graph.

    Args:
        output_type: the shape without time and batch, or `{"output": shape}`.
    """

    output_type: Types | Any

    def __post_init__(self) -> None:
        self.output_type = _only(self.output_type, "output")
        self.input_type = {"input": _copied(self.output_type["output"])}

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "shape": self.output_type["output"]}

    @classmethod
    def from_dict(cls, node: dict[str, Any]) -> NIRNode:  # type: ignore[override]  # nir's name
        return super().from_dict(_from_shape(node, "output"))


@dataclass(eq=False)
class Identity(NIRNode):
    """Passes the signal on; not one of the nodes that files hold.

    Args:
        input_type: the shape, as for `Input`.
    """

    input_type: Types

    def __post_init__(self) -> None:
        self.input_type = _only(self.input_type, "input")
        self.output_type = {"output": _copied(self.input_type["input"])}


def _only(value: Any, port: str) -> dict[str, Any]:
    """Give a shape argument as an own dictionary under the right key."""
    types = parse_shape_argument(value, port)
    if port in types:
        return types
    if len(types) != 1:
        raise NirError(f"expected one shape as {{{port!r}: shape}}, got the keys {list(types)}")
    return {port: next(iter(types.values()))}


def _from_shape(kwargs: dict[str, Any], port: str) -> dict[str, Any]:
    content = dict(kwargs)
    if "shape" in content:
        content[f"{port}_type"] = {port: content.pop("shape")}
    return content
