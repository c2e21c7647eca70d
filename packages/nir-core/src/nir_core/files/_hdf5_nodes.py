"""From the groups of a .nir file to nodes, by an allow-list of classes and fields."""

# pyright: reportAttributeAccessIssue=false
# The compiled modules of h5py come without type information.
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import h5py
import numpy as np
from h5py import h5d

from nir_core._lazy import LazyArray
from nir_core.errors import NirError, NirFileError
from nir_core.files._hdf5_headers import PlainGroups
from nir_core.files._hdf5_heap import TextHeap
from nir_core.files._hdf5_safe import (
    Group,
    attribute_shape,
    check_numbers,
    has_attributes,
    number_type,
    read_numbers,
    read_text,
    shape_of,
    texts,
)
from nir_core.files._limits import Budget
from nir_core.findings import Finding, node_path
from nir_core.graph import NIRGraph
from nir_core.nodes import PRIMITIVES, NIRNode
from nir_core.nodes._base import build

__all__ = ["BROADCAST", "INFERRED", "SEQUENCE", "TERMINALS", "Reader"]

# Attributes that our writer leaves on a dataset; other programs do not look at attributes.
BROADCAST = "broadcast_from"  # the parameter had this shape and was spread over the layer
INFERRED = "inferred"  # the shape was not given but followed from the graph
SEQUENCE = "sequence"  # the metadata value was a tuple

LAZY_FROM = 1 << 16  # bytes; smaller arrays are read at once
TERMINALS = {"Input": "input_type", "Output": "output_type"}
# Fields of writers before 1.0.8 that follow from the others.
_LEGACY = ("input_type", "output_type")


class Reader:
    """Turns the groups of one open file into nodes."""

    def __init__(self, budget: Budget, heap: TextHeap, lazy_from: str | None = None) -> None:
        self.budget, self.heap, self.lazy_from = budget, heap, lazy_from
        data = heap.raw.data
        self.plain = None if data is None else PlainGroups(data, heap.base)
        self.findings: list[Finding] = []

    def text(self, dataset: h5d.DatasetID, path: str) -> str:
        return read_text(dataset, path, self.budget, self.heap)

    def node(self, group: Group, path: tuple[str, ...], level: int) -> NIRNode:
        self.budget.depth(level, group.path)
        names = group.names(ordered=False)
        if "type" not in names:
            hint = ""
            if names and path:
                hint = (
                    f"; a node named {'/'.join((path[-1], names[0]))!r} written by nir looks like"
                    " this: '/' cannot stand in a name of a .nir file"
                )
            raise NirFileError(f"{group.path}: the node has no 'type'{hint}")
        kind = self.text(group.dataset("type"), f"{group.path}/type")
        if kind == "NIRGraph":
            return self.graph(group, names, path, level)
        if kind not in PRIMITIVES:
            raise NirFileError(
                f"{group.path}/type: unknown node type {kind[:80]!r}; "
                f"known are {', '.join([*PRIMITIVES, 'NIRGraph'])}"
            )
        metadata = None
        if "metadata" in names:
            metadata = self.metadata(group.group("metadata"), 1)
        take = partial(self.field, group)
        return self.primitive(PRIMITIVES[kind], take, names, metadata, group.path, path)

    def plain_nodes(
        self, members: dict[str, int], where: str, path: tuple[str, ...]
    ) -> dict[str, NIRNode]:
        """Build the nodes of a graph that can be read without libhdf5."""
        if self.plain is None:
            return {}
        built: dict[str, NIRNode] = {}
        for name, content in zip(members, self.plain.read(list(members.values())), strict=True):
            if content is None:
                continue
            node = self.plain_node(content, f"{where}/{name}", (*path, name))
            if node is not None:
                built[name] = node
        return built

    def plain_node(
        self, content: dict[str, Any], where: str, path: tuple[str, ...]
    ) -> NIRNode | None:
        """Build a node from what `PlainGroups` read; None where `node` must look at it."""
        kind = content.get("type")
        texts = {name for name, value in content.items() if isinstance(value, str)}
        if kind not in PRIMITIVES or "metadata" in content or texts - {"type", "padding"}:
            return None
        size = sum(len(v) if isinstance(v, str) else v.nbytes for v in content.values())
        self.budget.take_bytes(size, where)
        take = content.__getitem__
        return self.primitive(PRIMITIVES[kind], take, sorted(content), None, where, path)

    def primitive(
        self,
        cls: type[NIRNode],
        take: Callable[[str], Any],
        names: list[str],
        metadata: Any,
        where: str,
        path: tuple[str, ...],
    ) -> NIRNode:
        """Build a node of a class from its fields, which `take` gives by name."""
        fields = cls.field_names()
        stored = {TERMINALS.get(cls.__name__, ""): "shape"}
        content: dict[str, Any] = {}
        for field in fields:
            name = stored.get(field, field)
            if name in names:
                content[field] = take(name)
            elif field == "input_shape" or (cls.__name__, field) == ("Flatten", "input_type"):
                content[field] = None
        if metadata is not None:
            content["metadata"] = metadata
        if len(names) > len(content) + 1:
            known = {*(stored.get(f, f) for f in fields), "type", "metadata"}
            for name in names:
                if name not in known and name not in _LEGACY:
                    self.unknown(name, cls.__name__, path)
        try:
            return build(cls, content)
        except NirError as error:
            raise NirFileError(f"{where}: {error}") from None

    def field(self, group: Group, name: str) -> Any:
        dataset, path = group.dataset(name), f"{group.path}/{name}"
        if name == "padding" and dataset.get_type().get_class() == h5py.h5t.STRING:
            return self.text(dataset, path)
        if self.lazy_from is not None and name not in ("shape", "input_shape"):
            shape, dtype = number_type(dataset, path)
            if prod(shape) * dtype.itemsize >= LAZY_FROM and not has_attributes(dataset):
                check_numbers(dataset, path, self.budget)
                return LazyArray(self.lazy_from, path, shape, dtype, self.budget.limits)
        array = read_numbers(dataset, path, self.budget)
        if not has_attributes(dataset):
            return array
        if attribute_shape(dataset, INFERRED, path) is not None:
            return None
        shape = attribute_shape(dataset, BROADCAST, path)
        return array if shape is None else _gathered(array, shape, path)

    def graph(self, group: Group, names: list[str], path: tuple[str, ...], level: int) -> NIRGraph:
        for name in ("nodes", "edges"):
            if name not in names:
                raise NirFileError(f"{group.path}: the graph has no {name!r}")
        inner = group.group("nodes")
        members = inner.links()
        self.budget.take_nodes(len(members), inner.path)
        nodes = self.plain_nodes(members, inner.path, path)
        nodes = {
            name: nodes.get(name) or self.node(inner.group(name), (*path, name), level + 1)
            for name in members
        }
        edges = self.edges(group)
        metadata = None
        if "metadata" in names:
            metadata = self.metadata(group.group("metadata"), 1)
        for name in names:
            if name not in ("type", "nodes", "edges", "metadata", *_LEGACY):
                self.unknown(name, "NIRGraph", path)
        try:
            return NIRGraph(nodes, edges, metadata, type_check=False)
        except NirError as error:
            raise NirFileError(f"{group.path}: {error}") from None

    def edges(self, group: Group) -> list[tuple[str, str]]:
        dataset, path = group.dataset("edges"), f"{group.path}/edges"
        shape = shape_of(dataset, path)
        if 0 in shape:
            return []  # an empty list is stored with a shape and a type of its own
        if len(shape) != 2 or shape[1] != 2:
            raise NirFileError(f"{path}: expected pairs of names (E, 2), got shape {shape}")
        self.budget.take_edges(shape[0], path)
        return [(a, b) for a, b in texts(dataset, path, self.budget, self.heap).tolist()]

    def metadata(self, group: Group, level: int) -> dict[str, Any]:
        self.budget.depth(level, group.path)
        result: dict[str, Any] = {}
        for name in group.names():
            found = group.open(name)
            path = f"{group.path}/{name}"
            result[name] = (
                self.metadata(found, level + 1)
                if isinstance(found, Group)
                else self.value(found, path)
            )
        return result

    def value(self, dataset: h5d.DatasetID, path: str) -> Any:
        if dataset.get_type().get_class() == h5py.h5t.STRING:
            found = texts(dataset, path, self.budget, self.heap)
            return found.item() if found.ndim == 0 else tuple(found.reshape(-1).tolist())
        array = read_numbers(dataset, path, self.budget)
        if array.ndim == 0:
            return array[()]
        if attribute_shape(dataset, SEQUENCE, path) is not None:
            return tuple(array.tolist())
        return array

    def unknown(self, name: str, kind: str, path: tuple[str, ...]) -> None:
        self.findings.append(
            Finding("NIR070", node_path(*path), f"{kind} has no field {name[:80]!r}")
        )


def _gathered(array: np.ndarray, shape: tuple[int, ...], path: str) -> np.ndarray:
    """Undo the broadcasting of a parameter: keep one element of every axis that was spread."""
    lead = array.ndim - len(shape)
    if lead < 0 or any(n not in (1, m) for n, m in zip(shape, array.shape[lead:], strict=True)):
        raise NirFileError(f"{path}: shape {array.shape} was not spread from {shape}")
    if not array.size:
        return array
    index = (0,) * lead + tuple(slice(0, n) for n in shape)
    small = np.array(array[index]).reshape(shape)
    if not np.array_equal(np.broadcast_to(small, array.shape), array, equal_nan=True):
        raise NirFileError(f"{path}: the values differ, but the file says they were one")
    return small
