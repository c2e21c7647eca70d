"""A graph as a tree of plain JSON values, with arrays handed to the container around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from math import isfinite
from typing import Any

import numpy as np

from nir_core.errors import NirError, NirFileError, NirTypeError
from nir_core.files._limits import Budget
from nir_core.findings import Finding, node_path
from nir_core.graph import NIRGraph
from nir_core.nodes import PRIMITIVES, NIRNode
from nir_core.nodes._base import build

__all__ = ["DocumentReader", "describe"]

_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_GRAPH_ENTRIES = ("type", "nodes", "edges", "metadata")
Store = Callable[[np.ndarray], Any]
StoreAll = Callable[[list[np.ndarray]], list[Any]]
Load = Callable[[Any, tuple[str, ...]], np.ndarray]
LoadAll = Callable[[list[Any]], list[np.ndarray] | None]


def describe(node: NIRNode, store: Store, store_all: StoreAll | None = None) -> dict[str, Any]:
    """Give a node or graph as plain values.

    Args:
        node: what to describe.
        store: called with each array; what it gives stands in its place.
        store_all: the same for many arrays at once: one parameter of all nodes of a class.

    Returns:
        A dictionary with `type`, the fields, and `metadata` where there is some.
    """
    content: dict[str, Any] = {"type": type(node).__name__}
    if isinstance(node, NIRGraph):
        together = {} if store_all is None else _together(node, store_all)
        content["nodes"] = {
            name: together.get(name) or describe(inner, store, store_all)
            for name, inner in node.nodes.items()
        }
        content["edges"] = [list(edge) for edge in node.edges]
    else:
        own, parameters = node.__dict__, node._parameters
        for name in node.field_names():
            value = own[name]
            if name in parameters:
                content[name] = store(value)
            elif isinstance(value, dict):
                shape = next(iter(value.values()))
                content[name] = None if shape is None else [int(n) for n in shape]
            else:
                content[name] = list(value) if isinstance(value, tuple) else value
    if node.metadata:
        content["metadata"] = _plain(node.metadata, store)
    return content


def _together(graph: NIRGraph, store_all: StoreAll) -> dict[str, dict[str, Any]]:
    """Describe the nodes that have nothing but parameters, class by class."""
    described: dict[str, dict[str, Any]] = {}
    for kind, names in graph.by_class.items():
        if not _only_parameters(kind):
            continue
        fields = ("type", *kind._parameters)
        columns = [store_all(arrays) for arrays in graph.columns(kind).values()]
        for name, *tokens in zip(names, *columns, strict=True):
            if not graph.nodes[name].metadata:
                described[name] = dict(zip(fields, (kind.__name__, *tokens), strict=True))
    return described


def _only_parameters(kind: type[NIRNode]) -> bool:
    return kind.field_names() == kind._parameters


def _plain(value: Any, store: Store) -> Any:
    """Give a metadata value as JSON; what JSON does not know is wrapped under a "$" key."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, np.generic):
        return {"$scalar": store(np.asarray(value))}
    if isinstance(value, (int, float)):
        return value if isinstance(value, int) or isfinite(value) else {"$float": repr(value)}
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiub":
            raise NirTypeError(f"metadata arrays hold real numbers, got {value.dtype}")
        return {"$array": store(value)}
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, Mapping):
        plain = {key: _plain(item, store) for key, item in value.items()}
        if any(key.startswith("$") for key in plain):
            return {"$dict": [[key, item] for key, item in plain.items()]}
        return plain
    return [_plain(item, store) for item in value]


class DocumentReader:
    """Builds nodes from plain values that nobody has checked."""

    def __init__(self, load: Load, budget: Budget, load_all: LoadAll | None = None) -> None:
        self.load, self.budget, self.load_all = load, budget, load_all
        self.findings: list[Finding] = []

    def graph(self, content: Any, path: tuple[str, ...] = (), level: int = 1) -> NIRGraph:
        """Build a graph from its description."""
        here = node_path(*path)
        self.budget.depth(level, here)
        nodes = _entry(content, "nodes", dict, path)
        edges = _entry(content, "edges", list, path)
        self.budget.take_nodes(len(nodes), here)
        self.budget.take_edges(len(edges), here)
        together = self.together(nodes)
        built = {
            name: together.get(name) or self.node(item, (*path, name), level)
            for name, item in nodes.items()
        }
        pairs = []
        for edge in edges:
            if not (
                type(edge) is list and len(edge) == 2 and type(edge[0]) is type(edge[1]) is str
            ):
                raise NirFileError(f"{here}: an edge is a pair of names, got {str(edge)[:80]}")
            pairs.append((edge[0], edge[1]))
        self.unknown(content, _GRAPH_ENTRIES, path)
        metadata = self.metadata(content, path)
        try:
            return NIRGraph(built, pairs, metadata, type_check=False)
        except NirError as error:
            raise NirFileError(f"{here}: {error}") from None

    def together(self, nodes: dict[str, Any]) -> dict[str, NIRNode]:
        """Build the nodes in which a look at all of a class at once shows nothing unusual."""
        if self.load_all is None:
            return {}
        alike: dict[tuple[str, ...], dict[str, dict[str, Any]]] = {}
        for name, content in nodes.items():
            if type(content) is dict and type(kind := content.get("type")) is str:
                alike.setdefault((kind, *content), {})[name] = content
        built: dict[str, NIRNode] = {}
        for (kind, *entries), contents in alike.items():
            cls = PRIMITIVES.get(kind)
            if cls is None or not _only_parameters(cls):
                continue
            if len(entries) != len(cls._parameters) + 1 or {*entries} != {"type", *cls._parameters}:
                continue
            columns = []
            for name in cls._parameters:
                column = self.load_all([content[name] for content in contents.values()])
                if column is None:
                    break  # `node` tells what is wrong, and where
                columns.append(column)
            else:
                built.update(zip(contents, cls.of_settled(columns), strict=True))
        return built

    def node(self, content: Any, path: tuple[str, ...], level: int) -> NIRNode:
        """Build a node from its description."""
        kind = _entry(content, "type", str, path)
        if kind == "NIRGraph":
            return self.graph(content, path, level + 1)
        cls = PRIMITIVES.get(kind)
        if cls is None:
            raise NirFileError(f"{node_path(*path)}: unknown node type {kind[:80]!r}")
        fields: dict[str, Any] = {}
        names, parameters = cls.field_names(), cls._parameters
        for name in names:
            if name in content:
                value = content[name]
                fields[name] = self.load(value, path) if name in parameters else value
        if len(content) != len(fields) + 1:
            self.unknown(content, {"type", "metadata", *names}, path)
            metadata = self.metadata(content, path)
            if metadata:
                fields["metadata"] = metadata
        try:
            return build(cls, fields)
        except (NirError, TypeError, ValueError, OverflowError) as error:
            raise NirFileError(f"{node_path(*path)}: {error}") from None

    def metadata(self, content: dict[str, Any], path: tuple[str, ...]) -> Any:
        if "metadata" not in content:
            return None
        return self.value(_entry(content, "metadata", dict, path), path, 1)

    def value(self, value: Any, path: tuple[str, ...], level: int) -> Any:
        """Undo `_plain`."""
        self.budget.depth(level, f"{node_path(*path)} metadata")
        if isinstance(value, list):
            return tuple(self.value(item, path, level + 1) for item in value)
        if not isinstance(value, dict):
            return value
        tag = next((key for key in value if key.startswith("$")), None)
        if tag is None:
            return {key: self.value(item, path, level + 1) for key, item in value.items()}
        if len(value) == 1:
            inner = value[tag]
            if tag == "$array":
                return self.load(inner, path)
            if tag == "$scalar" and (array := self.load(inner, path)).ndim == 0:
                return array[()]
            if tag == "$float" and inner in ("nan", "inf", "-inf"):
                return float(inner)
            if tag == "$bytes" and _is_text(inner) and _HEX.fullmatch(inner):
                return bytes.fromhex(inner)
            if tag == "$dict" and isinstance(inner, list):
                pairs = [p for p in inner if isinstance(p, list) and len(p) == 2]
                if len(pairs) == len(inner) and all(_is_text(key) for key, _ in pairs):
                    return {key: self.value(item, path, level + 1) for key, item in pairs}
        raise NirFileError(f"{node_path(*path)} metadata: the entry {tag!r} cannot be read")

    def unknown(
        self, content: dict[str, Any], known: Collection[str], path: tuple[str, ...]
    ) -> None:
        for name in content:
            if name not in known:
                message = f"{content.get('type')} has no field {name[:80]!r}"
                self.findings.append(Finding("NIR070", node_path(*path), message))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _entry(content: Any, name: str, kind: type, path: tuple[str, ...]) -> Any:
    if type(content) is not dict:
        raise NirFileError(
            f"{node_path(*path)}: expected a dictionary, got {type(content).__name__}"
        )
    value = content.get(name)
    if type(value) is not kind:
        raise NirFileError(
            f"{node_path(*path)}: the entry {name!r} is missing or of the wrong kind"
        )
    return value
