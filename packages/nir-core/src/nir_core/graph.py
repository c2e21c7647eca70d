"""NIRGraph: named nodes and the edges between them, as one immutable value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nir_core._values import EMPTY, FrozenDict, FrozenList
from nir_core.checks import check, check_structure
from nir_core.errors import NirError, NirTypeError
from nir_core.findings import Report, summary
from nir_core.nodes._base import NIRNode, _as_type, _checked_metadata
from nir_core.nodes._flow import Input, Output
from nir_core.nodes._network import Edge, Network
from nir_core.shapes import ShapeMap, fill_shapes, infer_shapes

__all__ = ["NIRGraph"]


class _GraphTypes:
    """`input_type` and `output_type` of a graph: the shape at each Input or Output by name."""

    def __init__(self, port: str) -> None:
        self.port = port

    def __get__(self, graph: NIRGraph | None, owner: type | None = None) -> Any:
        if graph is None:
            raise AttributeError(f"{self.port}_type")
        terminals = graph.inputs if self.port == "input" else graph.outputs
        shapes = graph.shapes
        return FrozenDict({name: _as_type("s", shapes[name].output)["s"] for name in terminals})


@dataclass(frozen=True, eq=False, repr=False, init=False)
class NIRGraph(Network):
    """A network: named nodes, and edges along which signals flow; several edges into a node add up.

    Args:
        nodes: nodes by name; their order is kept. A node may be another NIRGraph.
        edges: (source name, target name) pairs.
        metadata: anything worth keeping beside the graph; it never changes a result.
        type_check: raise when the structure or the shapes cannot be right.

    Raises:
        NirError: with `type_check`, listing what is wrong.
        NirTypeError: a node is not a node, or an edge is not a pair of names.

    Example:
        >>> from nir_core import LIF, Affine
        >>> graph = NIRGraph(
        ...     nodes={
        ...         "input": Input([2]),
        ...         "fc": Affine([[1.0, 1.0]], [0.0]),
        ...         "lif": LIF(tau=[0.01], r=[1.0], v_leak=[0.0], v_threshold=[1.0]),
        ...         "output": Output([1]),
        ...     },
        ...     edges=[("input", "fc"), ("fc", "lif"), ("lif", "output")],
        ... )
        >>> graph
        NIRGraph(4 nodes, 3 edges: input -> fc -> lif -> output)
    """

    input_type = _GraphTypes("input")  # type: ignore[assignment]
    output_type = _GraphTypes("output")  # type: ignore[assignment]

    def __init__(
        self,
        nodes: Mapping[str, NIRNode],
        edges: Iterable[Sequence[str]],
        metadata: Mapping[str, Any] | None = None,
        type_check: bool = True,
    ) -> None:
        own = self.__dict__
        if not isinstance(nodes, Mapping):
            raise NirTypeError(f"nodes is a dictionary of nodes, got {type(nodes).__name__}")
        for name, node in nodes.items():
            if not name or not isinstance(name, str):
                raise NirTypeError(f"a node name is text and not empty, got {name!r}")
            if not isinstance(node, NIRNode):
                raise NirTypeError(
                    f"node {name!r} is a {type(node).__name__}, expected a nir_core node"
                    " (objects of the nir package are turned by nir_core.from_nir)"
                )
        own["nodes"] = nodes if type(nodes) is FrozenDict else FrozenDict(nodes)
        if edges is None:
            raise NirTypeError("edges is a list of pairs of names, got None")
        own["edges"] = edges if type(edges) is FrozenList else FrozenList(map(_edge, edges))
        own["metadata"] = EMPTY if metadata is None else _checked_metadata(metadata)
        if type_check:
            errors = check_structure(self).errors
            if errors:
                raise NirError(summary(errors))

    @staticmethod
    def from_list(*nodes: Any, type_check: bool = True) -> NIRGraph:
        """Chain nodes one after the other and add an Input and an Output where missing.

        Args:
            *nodes: the nodes in order, or one list of them; names come from the classes
                ("lif", "lif_1", ...).
            type_check: as for `NIRGraph`.

        Returns:
            The graph.

        Raises:
            NirError: there is no node, or the shape of the Input does not follow from the
                first node.

        Example:
            >>> from nir_core import Affine, Threshold
            >>> list(NIRGraph.from_list(Affine([[1.0]], [0.0]), Threshold([0.5])).nodes)
            ['input', 'affine', 'threshold', 'output']
        """
        if len(nodes) == 1 and isinstance(nodes[0], (list, tuple)):
            nodes = tuple(nodes[0])
        if not nodes:
            raise NirError("from_list needs at least one node")
        for node in nodes:
            if not isinstance(node, NIRNode):
                raise NirTypeError(f"from_list takes nodes, got {type(node).__name__}")
        named: dict[str, NIRNode] = {}
        counts: Counter[str] = Counter()
        if not isinstance(nodes[0], Input):
            (shape,) = nodes[0].input_type.values() or (None,)
            if shape is None:
                raise NirError(
                    f"the input shape of {type(nodes[0]).__name__} does not follow from its "
                    "parameters: put an Input with the shape first"
                )
            named["input"] = Input(shape)
        for node in nodes:
            base = type(node).__name__.lower()
            named[f"{base}_{counts[base]}" if counts[base] else base] = node
            counts[base] += 1
        if not isinstance(nodes[-1], Output):
            named["output"] = Output(None)
        names = list(named)
        edges = list(pairwise(names))
        graph = NIRGraph(named, edges, type_check=type_check)
        return graph.infer_types()

    @property
    def shapes(self) -> ShapeMap:
        """The shape of every signal, worked out once and kept."""
        own = self.__dict__
        if "_shapes" not in own:
            own["_shapes"] = infer_shapes(self)
        return own["_shapes"]

    def _single(self, port: str) -> Any:
        terminals = list((self.inputs if port == "input" else self.outputs).values())
        return terminals[0].shape if len(terminals) == 1 else None

    def _input_shape(self) -> Any:
        return self._single("input")

    def _output_shape(self) -> Any:
        return self._single("output")

    def replace(self, **changes: Any) -> NIRGraph:
        """Give a copy with other `nodes`, `edges` or `metadata`; `type_check` as for NIRGraph."""
        known = ("nodes", "edges", "metadata", "type_check")
        for name in changes:
            if name not in known:
                raise NirTypeError(f"NIRGraph has no field {name!r}; it has {', '.join(known)}")
        own = {"nodes": self.nodes, "edges": self.edges, "metadata": self.metadata}
        return NIRGraph(**{**own, **changes})

    def with_nodes(self, **changes: NIRNode) -> NIRGraph:
        """Give a copy in which some nodes are replaced, in their old places.

        Raises:
            NirError: the graph has no node of a given name.
        """
        return self.swap(changes)

    def swap(self, changes: Mapping[str, NIRNode]) -> NIRGraph:
        """Give a copy in which nodes are replaced by name (any name, as a mapping)."""
        for name in changes:
            if name not in self.nodes:
                raise NirError(f"the graph has no node {name!r}; it has {_names(self.nodes)}")
        return self.replace(nodes={k: changes.get(k, v) for k, v in self.nodes.items()})

    def infer_types(self) -> NIRGraph:
        """Give the graph with every shape filled in that follows from the others.

        Convolutions and Flatten get their input shape, Input and Output theirs; a node
        without a successor or predecessor gets no Output or Input of its own.

        Returns:
            A graph with the same nodes and edges.
        """
        return fill_shapes(self)

    def check_types(self) -> bool:
        """Return True when structure and shapes are right.

        Raises:
            NirError: listing what is wrong.
        """
        errors = check_structure(self).errors
        if errors:
            raise NirError(summary(errors))
        return True

    validate_structure = check_types

    def check(self) -> Report:
        """Give every finding about the graph: the same as `nir_core.check(graph)`."""
        return check(self)

    def to_dict(self) -> dict[str, Any]:
        content = super().to_dict()
        content["nodes"] = {name: node.to_dict() for name, node in self.nodes.items()}
        content["edges"] = [tuple(edge) for edge in self.edges]
        return content

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> NIRGraph:
        from nir_core.dictionaries import graph_from_dict

        return graph_from_dict(content)

    def __repr__(self) -> str:
        names = list(self.nodes)
        chain = list(pairwise(names))
        text = f"NIRGraph({len(names)} nodes, {len(self.edges)} edges"
        if names and len(names) <= 8 and chain == list(self.edges):
            return f"{text}: {' -> '.join(names)})"
        return text + ")"

    def _repr_html_(self) -> str:
        from nir_core.drawing import draw

        return draw(self)

    def __getstate__(self) -> dict[str, Any]:
        return {"nodes": self.nodes, "edges": self.edges, "metadata": self.metadata}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _edge(edge: Any) -> Edge:
    if type(edge) is tuple and len(edge) == 2 and type(edge[0]) is type(edge[1]) is str:
        return edge
    if isinstance(edge, str) or not hasattr(edge, "__len__") or len(edge) != 2:
        raise NirTypeError(f"an edge is a pair of node names, got {edge!r}")
    source, target = edge
    if not isinstance(source, str) or not isinstance(target, str):
        raise NirTypeError(f"an edge is a pair of node names, got {edge!r}")
    return (str(source), str(target))


def _names(nodes: Mapping[str, Any], most: int = 8) -> str:
    names = [repr(n) for n in nodes]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
