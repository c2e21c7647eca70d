"""`diff`: what differs between two graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from nir_core._values import digest, same_array
from nir_core.errors import NirTypeError
from nir_core.findings import node_path
from nir_core.graph import NIRGraph
from nir_core.nodes import NIRNode

__all__ = ["Difference", "GraphDiff", "diff"]

Kind = Literal["added", "removed", "type", "field", "edge added", "edge removed", "metadata"]


@dataclass(frozen=True)
class Difference:
    """One difference.

    Args:
        kind: what sort of difference; "added" and "edge added" are in the second graph only.
        path: path of the node or graph.
        field: field or metadata key, where there is one.
        a: the first graph's side, as text.
        b: the second graph's side, as text.
        largest: largest absolute difference of two arrays of one shape.
        count: number of elements that differ in arrays of one shape.
    """

    kind: Kind
    path: str
    field: str = ""
    a: str = ""
    b: str = ""
    largest: float | None = None
    count: int | None = None

    def __str__(self) -> str:
        place = f"{self.path}.{self.field}" if self.field else self.path
        if self.kind == "added":
            return f"+ {place}: {self.b}"
        if self.kind == "removed":
            return f"- {place}: {self.a}"
        if self.kind.startswith("edge"):
            sign = "+" if self.kind == "edge added" else "-"
            return f"{sign} {place}: edge {self.b or self.a}"
        if self.count is not None:
            return f"~ {place}: {self.count} elements differ, by at most {self.largest:g}"
        return f"~ {place}: {self.a} -> {self.b}"


@dataclass(frozen=True)
class GraphDiff:
    """All differences; true when there is any.

    Args:
        differences: in the order of the first graph, additions last.
    """

    differences: tuple[Difference, ...]

    def __bool__(self) -> bool:
        return bool(self.differences)

    def __len__(self) -> int:
        return len(self.differences)

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.differences)

    def __str__(self) -> str:
        return "\n".join(map(str, self.differences)) or "no differences"

    def to_dict(self) -> dict[str, Any]:
        """Give the differences as plain data for JSON."""
        return {"differences": [asdict(d) for d in self.differences]}


def diff(a: NIRGraph, b: NIRGraph) -> GraphDiff:
    """Compare two graphs node by node, by name.

    Args:
        a: the first graph.
        b: the second graph.

    Returns:
        The differences; empty exactly when the graphs are equal, but for the order of edges.

    Raises:
        NirTypeError: an argument is not a NIRGraph.

    Example:
        >>> from nir_core import Scale
        >>> one, two = (NIRGraph.from_list(Scale([1.0, s])) for s in (2.0, 2.5))
        >>> print(diff(one, two))
        ~ /scale.scale: 1 elements differ, by at most 0.5
    """
    for graph in (a, b):
        if not isinstance(graph, NIRGraph):
            raise NirTypeError(f"diff needs two nir_core graphs, got a {type(graph).__name__}")
    return GraphDiff(tuple(_graphs(a, b, ())))


def _graphs(a: NIRGraph, b: NIRGraph, path: tuple[str, ...]) -> Iterator[Difference]:
    here = node_path(*path)
    for name, node in a.nodes.items():
        place = node_path(*path, name)
        if name not in b.nodes:
            yield Difference("removed", place, a=repr(node))
        else:
            yield from _nodes(node, b.nodes[name], (*path, name))
    for name, node in b.nodes.items():
        if name not in a.nodes:
            yield Difference("added", node_path(*path, name), b=repr(node))
    left, right = Counter(a.edges), Counter(b.edges)
    for edge in (left - right).elements():
        yield Difference("edge removed", here, a=f"{edge[0]!r} -> {edge[1]!r}")
    for edge in (right - left).elements():
        yield Difference("edge added", here, b=f"{edge[0]!r} -> {edge[1]!r}")
    yield from _metadata(a.metadata, b.metadata, here)


def _nodes(a: NIRNode, b: NIRNode, path: tuple[str, ...]) -> Iterator[Difference]:
    place = node_path(*path)
    if type(a) is not type(b):
        yield Difference("type", place, a=repr(a), b=repr(b))
        return
    if isinstance(a, NIRGraph):
        assert isinstance(b, NIRGraph)
        yield from _graphs(a, b, path)
        return
    for name in a.field_names():
        x, y = a.__dict__[name], b.__dict__[name]
        if name in a._parameters:
            if not same_array(x, y):
                yield _arrays(place, name, np.asarray(x), np.asarray(y))
        elif x != y:
            yield Difference("field", place, name, _text(x), _text(y))
    yield from _metadata(a.metadata, b.metadata, place)


def _arrays(place: str, name: str, x: np.ndarray, y: np.ndarray) -> Difference:
    if x.shape != y.shape or x.dtype != y.dtype:
        return Difference("field", place, name, f"{x.dtype}{x.shape}", f"{y.dtype}{y.shape}")
    bits = (np.ascontiguousarray(z).reshape(-1).view(np.uint8) for z in (x, y))
    one, two = (z.reshape(x.size, x.dtype.itemsize) for z in bits)
    count = int((one != two).any(1).sum())
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.abs(x.astype(np.float64) - y.astype(np.float64))
    largest = float(np.nanmax(gap)) if (~np.isnan(gap)).any() else float("nan")
    return Difference("field", place, name, _text(x), _text(y), largest, count)


def _metadata(a: Mapping[str, Any], b: Mapping[str, Any], place: str) -> Iterator[Difference]:
    for key in [*a, *(k for k in b if k not in a)]:
        in_a, in_b = key in a, key in b
        if in_a and in_b and digest(a[key]) == digest(b[key]):
            continue
        yield Difference(
            "metadata",
            place,
            f"metadata[{key!r}]",
            _text(a[key]) if in_a else "absent",
            _text(b[key]) if in_b else "absent",
        )


def _text(value: Any, most: int = 60) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= most else text[: most - 1] + "…"
