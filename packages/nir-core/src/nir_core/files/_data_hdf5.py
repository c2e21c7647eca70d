"""NIRGraphData in HDF5 files, in the layout of nir 1.0.8.

The class of every group stands in its attribute `__type__`: NIRGraphData has a group `nodes`,
NIRNodeData a group `observables`; a TimeGriddedData has the dataset `data` and the attribute
`dt`, an EventData the datasets `idx` and `time` and the attributes `n_neurons` and `t_max`, a
ValuedEventData also the dataset `value`.
"""

# pyright: reportAttributeAccessIssue=false
# The compiled modules of h5py come without type information.
from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5g, h5t

from nir_core.data import (
    EventData,
    NIRGraphData,
    NIRNodeData,
    TimeGriddedData,
    ValuedEventData,
)
from nir_core.errors import NirError, NirFileError
from nir_core.files._hdf5_read import with_reader
from nir_core.files._hdf5_safe import Group, read_numbers
from nir_core.files._hdf5_write import Compression, Writer, legal_name
from nir_core.files._limits import Budget, Limits

__all__ = ["read_data_hdf5", "write_data_hdf5"]

_ARRAYS = {
    "TimeGriddedData": ("data",),
    "EventData": ("idx", "time"),
    "ValuedEventData": ("idx", "time", "value"),
}
_MOST_TEXT = 64  # characters of a class name


def _attribute(group: Group, name: str) -> h5a.AttrID:
    if not h5a.exists(group.id, name.encode()):
        raise NirFileError(f"{group.path or '/'}: the attribute {name!r} is missing")
    attribute = h5a.open(group.id, name.encode())
    if attribute.get_space().get_simple_extent_npoints() != 1:
        raise NirFileError(f"{group.path or '/'}: the attribute {name!r} is not a single value")
    return attribute


def _kind(group: Group) -> str:
    attribute = _attribute(group, "__type__")
    tid = attribute.get_type()
    if tid.get_class() != h5t.STRING or tid.get_size() > _MOST_TEXT:
        raise NirFileError(f"{group.path or '/'}: the attribute '__type__' is not a short text")
    if tid.is_variable_str():
        value = np.empty(attribute.shape, dtype=h5py.string_dtype())
        attribute.read(value)
        found = value.reshape(-1)[0]
    else:
        value = np.empty(attribute.shape, f"S{tid.get_size()}")
        attribute.read(value, mtype=h5t.py_create(value.dtype))
        found = value.reshape(-1)[0].item()
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)


def _number(group: Group, name: str) -> float | int:
    attribute = _attribute(group, name)
    if attribute.get_type().get_class() not in (h5t.INTEGER, h5t.FLOAT):
        raise NirFileError(f"{group.path}: the attribute {name!r} is not a number")
    dtype = attribute.dtype.newbyteorder("=")
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise NirFileError(f"{group.path}: the attribute {name!r} is not a number of 64 bits")
    value = np.empty(attribute.shape, dtype)
    attribute.read(value, mtype=h5t.py_create(dtype))
    return value.reshape(-1)[0].item()


def _signal(group: Group, budget: Budget) -> Any:
    kind = _kind(group)
    if kind not in _ARRAYS:
        raise NirFileError(
            f"{group.path}: unknown data class {kind[:80]!r}; known are {', '.join(_ARRAYS)}"
        )
    names = group.names()
    for name in names:
        if name not in _ARRAYS[kind]:
            raise NirFileError(f"{group.path}: {kind} has no field {name[:80]!r}")
    arrays = {}
    for name in _ARRAYS[kind]:
        if name not in names:
            raise NirFileError(f"{group.path}: {kind} needs the field {name!r}, which is missing")
        arrays[name] = read_numbers(group.dataset(name), f"{group.path}/{name}", budget)
    try:
        if kind == "TimeGriddedData":
            return TimeGriddedData(dt=_number(group, "dt"), **arrays)
        n_neurons = _number(group, "n_neurons")
        if n_neurons != int(n_neurons):
            raise NirFileError(f"{group.path}: n_neurons is not a whole number")
        extent = {"n_neurons": int(n_neurons), "t_max": float(_number(group, "t_max"))}
        cls = EventData if kind == "EventData" else ValuedEventData
        return cls(**arrays, **extent)
    except NirFileError:
        raise
    except (NirError, OverflowError, ValueError) as error:
        raise NirFileError(f"{group.path}: {error}") from None


def _members(group: Group, name: str, budget: Budget) -> tuple[Group, list[str]]:
    if name not in group.names():
        raise NirFileError(f"{group.path or '/'}: the group {name!r} is missing")
    inner = group.group(name)
    names = inner.names()
    budget.take_nodes(len(names), inner.path)
    return inner, names


def _graph(group: Group, budget: Budget, level: int) -> NIRGraphData:
    budget.depth(level, group.path)
    inner, names = _members(group, "nodes", budget)
    nodes: dict[str, Any] = {}
    for name in names:
        child = inner.group(name)
        kind = _kind(child)
        if kind == "NIRGraphData":
            nodes[name] = _graph(child, budget, level + 1)
        elif kind == "NIRNodeData":
            observables, keys = _members(child, "observables", budget)
            nodes[name] = NIRNodeData({k: _signal(observables.group(k), budget) for k in keys})
        else:
            raise NirFileError(
                f"{child.path}: unknown data class {kind[:80]!r}; "
                "known are NIRNodeData and NIRGraphData"
            )
    return NIRGraphData(nodes)


def read_data_hdf5(source: str | bytes, limits: Limits) -> NIRGraphData:
    """Read the recordings of a file.

    Raises:
        NirFileError: the file is damaged, unsafe or holds no NIRGraphData.
    """
    budget = Budget(limits)

    def action(root: Group, reader: Any) -> NIRGraphData:
        reader.heap.walk_all()
        if not h5a.exists(root.id, b"__type__"):
            hint = "; it looks like a graph: use read" if "node" in root.names() else ""
            raise NirFileError(f"/: the file holds no NIRGraphData{hint}")
        kind = _kind(root)
        if kind != "NIRGraphData":
            raise NirFileError(f"/: expected NIRGraphData, got {kind[:80]!r}")
        return _graph(root, budget, 1)

    return with_reader(source, budget, action)


class _DataWriter:
    def __init__(self, out: Writer) -> None:
        self.out = out

    def attribute(self, group: h5g.GroupID, name: str, value: Any) -> None:
        if isinstance(value, str):
            attribute = h5a.create(group, name.encode(), self.out.text, self.out.scalar)
            attribute.write(np.array(value, dtype=h5py.string_dtype()))
            return
        array = np.asarray(value)
        attribute = h5a.create(group, name.encode(), h5t.py_create(array.dtype), self.out.scalar)
        attribute.write(array)

    def graph(self, group: h5g.GroupID, data: NIRGraphData, path: str) -> None:
        self.attribute(group, "__type__", "NIRGraphData")
        inner = self.out.group(group, "nodes", ordered=True)
        for name, entry in data.nodes.items():
            legal_name(name, path or "/")
            child = self.out.group(inner, name)
            if isinstance(entry, NIRGraphData):
                self.graph(child, entry, f"{path}/{name}")
            else:
                self.node(child, entry, f"{path}/{name}")

    def node(self, group: h5g.GroupID, data: NIRNodeData, path: str) -> None:
        self.attribute(group, "__type__", "NIRNodeData")
        inner = self.out.group(group, "observables", ordered=True)
        for name, one in data.observables.items():
            legal_name(name, path)
            child = self.out.group(inner, name)
            kind = type(one).__name__
            self.attribute(child, "__type__", kind)
            for field in _ARRAYS[kind]:
                self.out.put(child, field, getattr(one, field))
            for field in ("dt",) if kind == "TimeGriddedData" else ("n_neurons", "t_max"):
                self.attribute(child, field, getattr(one, field))


def write_data_hdf5(
    file: Any, data: NIRGraphData, compression: Compression, options: Any = None
) -> None:
    """Write recordings into an empty, open HDF5 file."""
    writer = _DataWriter(Writer(file, compression, options))
    writer.graph(h5g.open(file, b"/"), data, "")
