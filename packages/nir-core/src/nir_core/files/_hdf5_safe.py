"""HDF5 access that trusts nothing: plain groups and datasets, sizes checked before reading.

A group or dataset is opened only through a hard link inside the file, a group only through
its single one; soft, external and user-defined links, external and virtual storage, plug-in
filters and every type but numbers and text are refused. A dataset is read only when the file
holds the bytes for it.
"""

# pyright: reportAttributeAccessIssue=false
# The compiled modules of h5py come without type information.
from __future__ import annotations

from functools import cache
from math import prod
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5l, h5o, h5p, h5s, h5t, h5z

from nir_core.errors import NirFileError
from nir_core.files._hdf5_heap import TextHeap
from nir_core.files._limits import Budget

__all__ = [
    "Group",
    "attribute_shape",
    "check_numbers",
    "has_attributes",
    "number_type",
    "read_numbers",
    "read_text",
    "shape_of",
    "texts",
]

_FILTERS = {
    h5z.FILTER_DEFLATE: "gzip",
    h5z.FILTER_SHUFFLE: "shuffle",
    h5z.FILTER_FLETCHER32: "fletcher32",
    h5z.FILTER_SZIP: "szip",
    h5z.FILTER_LZF: "lzf",
}
# Deflate makes at most 1032 bytes of one; the other filters less.
_MAX_RATIO = 1032
# The types that nearly all arrays have; to compare with them is cheaper than to take apart.
_COMMON = (
    (h5t.IEEE_F64LE, np.dtype(np.float64)),
    (h5t.IEEE_F32LE, np.dtype(np.float32)),
    (h5t.STD_I64LE, np.dtype(np.int64)),
)
_KINDS = {h5t.INTEGER: "iu", h5t.FLOAT: "f", h5t.ENUM: "b"}


class Group:
    """A group and its path, whose links are looked at before they are followed."""

    def __init__(self, gid: h5g.GroupID, path: str, budget: Budget) -> None:
        if h5o.get_info(gid).rc > 1:
            # A second link is either a cycle or a copy that costs nothing to declare.
            raise NirFileError(f"{path}: the group is linked from more than one place")
        self.id, self.path, self.budget = gid, path, budget

    def names(self, *, ordered: bool = True) -> list[str]:
        """Give the names of the links.

        Args:
            ordered: in the order of their creation, where the file keeps it.

        Raises:
            NirFileError: a link is not a hard link, or a name is not UTF-8 text.
        """
        return list(self.links(ordered=ordered))

    def links(self, *, ordered: bool = True) -> dict[str, int]:
        """Give the addresses of the members by name, as `names` gives the names."""
        links: list[tuple[bytes, Any, int]] = []
        kind = h5py.h5.INDEX_NAME
        if ordered:
            order = self.id.get_create_plist().get_link_creation_order()
            if order & h5p.CRT_ORDER_TRACKED:
                kind = h5py.h5.INDEX_CRT_ORDER

        def note(name: bytes, info: Any) -> None:
            links.append((name, info.type, info.u))

        self.id.links.iterate(note, info=True, idx_type=kind)
        found: dict[str, int] = {}
        for raw, link, address in links:
            name = raw.decode("utf-8", "backslashreplace") if isinstance(raw, bytes) else raw
            if link != h5l.TYPE_HARD:
                what = {h5l.TYPE_SOFT: "a soft", h5l.TYPE_EXTERNAL: "an external"}
                raise NirFileError(
                    f"{self.path}/{name}: {what.get(link, 'a user-defined')} link is not followed; "
                    "a NIR file holds its own data"
                )
            found[name] = address
        return found

    def open(self, name: str) -> Group | h5d.DatasetID:
        """Open the group or dataset with a name that `names` gave."""
        path = self.budget.at = f"{self.path}/{name}"
        found = h5o.open(self.id, name.encode("utf-8", "surrogateescape"))
        if isinstance(found, h5g.GroupID):
            return Group(found, path, self.budget)
        if isinstance(found, h5d.DatasetID):
            return found
        raise NirFileError(f"{path}: expected a group or a dataset, got a stored type")

    def group(self, name: str) -> Group:
        """Open a name that must be a group."""
        found = self.open(name)
        if not isinstance(found, Group):
            raise NirFileError(f"{self.path}/{name}: expected a group, got a dataset")
        return found

    def dataset(self, name: str) -> h5d.DatasetID:
        """Open a name that must be a dataset."""
        self.budget.at = f"{self.path}/{name}"
        try:
            return h5d.open(self.id, name.encode("utf-8", "surrogateescape"))
        except Exception:  # not a dataset, or damaged: the general way says what it is
            found = self.open(name)
        if isinstance(found, Group):
            raise NirFileError(f"{self.path}/{name}: expected a dataset, got a group")
        return found


def shape_of(dataset: h5d.DatasetID, path: str) -> tuple[int, ...]:
    """Give the shape of a dataset that has one."""
    space = dataset.get_space()
    if space.get_simple_extent_type() == h5s.NULL:
        raise NirFileError(f"{path}: the dataset is empty")
    return space.get_simple_extent_dims()


def _check_storage(dataset: h5d.DatasetID, path: str, nbytes: int, budget: Budget) -> None:
    """Refuse a dataset whose bytes are not all inside this file."""
    plist = dataset.get_create_plist()
    layout = plist.get_layout()
    if layout not in (h5d.COMPACT, h5d.CONTIGUOUS, h5d.CHUNKED):
        raise NirFileError(f"{path}: virtual datasets point to other files and are not followed")
    if plist.get_external_count():
        raise NirFileError(f"{path}: the data lie in another file; a NIR file holds its own data")
    budget.take_bytes(nbytes, path)
    if nbytes == 0 or layout == h5d.COMPACT:
        return
    stored = int(dataset.get_storage_size())
    if layout == h5d.CONTIGUOUS:
        if stored != nbytes:
            raise NirFileError(
                f"{path}: the dataset declares {nbytes} bytes, but the file holds {stored}"
            )
        return
    for index in range(plist.get_nfilters()):
        code = plist.get_filter(index)[0]
        if code not in _FILTERS:
            raise NirFileError(
                f"{path}: filter {code} is not one of {', '.join(_FILTERS.values())}"
            )
    shape = shape_of(dataset, path)
    chunk = plist.get_chunk()
    needed = prod(-(-n // c) for n, c in zip(shape, chunk, strict=True))
    if dataset.get_num_chunks() != needed:
        raise NirFileError(
            f"{path}: the dataset declares {needed} chunks, "
            f"but the file holds {dataset.get_num_chunks()}"
        )
    room = stored * _MAX_RATIO + 4096
    unpacked = prod(chunk) * dataset.get_type().get_size()  # a chunk is unpacked as a whole
    if nbytes > room or unpacked > max(4 * nbytes, 1 << 20):
        raise NirFileError(
            f"{path}: the dataset declares {nbytes} bytes in chunks of {unpacked}, "
            f"more than the {stored} stored ones can stand for"
        )


def number_type(dataset: h5d.DatasetID, path: str) -> tuple[tuple[int, ...], np.dtype]:
    """Give shape and native type of an array of real numbers or booleans.

    Raises:
        NirFileError: the type is another one.
    """
    shape, dtype, _ = _numbers(dataset, path)
    return shape, dtype


def _numbers(dataset: h5d.DatasetID, path: str) -> tuple[tuple[int, ...], np.dtype, int]:
    """Give shape, native type and bytes per stored number."""
    tid = dataset.get_type()
    for common, dtype in _COMMON:
        if tid.equal(common):
            return shape_of(dataset, path), dtype, dtype.itemsize
    kind = tid.get_class()
    if kind not in _KINDS:
        raise NirFileError(f"{path}: expected real numbers, got {_type_name(kind)}")
    shape = shape_of(dataset, path)
    try:
        dtype = tid.dtype
    except TypeError as error:
        raise NirFileError(f"{path}: the number type cannot be read: {error}") from error
    if kind == h5t.ENUM and dtype.kind != "b":
        raise NirFileError(f"{path}: expected real numbers, got an enumeration")
    if dtype.kind not in _KINDS[kind] or dtype.itemsize > 8:
        raise NirFileError(f"{path}: expected numbers of at most 64 bits, got {dtype}")
    return shape, dtype.newbyteorder("="), max(dtype.itemsize, tid.get_size())


def check_numbers(dataset: h5d.DatasetID, path: str, budget: Budget) -> None:
    """Refuse an array of numbers that the file does not hold in full."""
    shape, _, size = _numbers(dataset, path)
    _check_storage(dataset, path, prod(shape) * size, budget)


def read_numbers(dataset: h5d.DatasetID, path: str, budget: Budget) -> np.ndarray:
    """Read an array of real numbers or booleans.

    Raises:
        NirFileError: the type is another one, or the file does not hold the data.
    """
    shape, dtype, size = _numbers(dataset, path)
    count = prod(shape)
    _check_storage(dataset, path, count * size, budget)
    array = np.empty(shape, dtype)
    if count:
        dataset.read(h5s.ALL, h5s.ALL, array, mtype=_memory_type(dtype))
    array.setflags(write=False)
    return array


@cache
def _memory_type(dtype: np.dtype) -> h5t.TypeID:
    return h5t.py_create(dtype)


def _type_name(kind: int) -> str:
    names = {
        h5t.STRING: "text",
        h5t.COMPOUND: "records (or complex numbers)",
        h5t.VLEN: "lists of varying length",
        h5t.REFERENCE: "references",
        h5t.OPAQUE: "opaque bytes",
        h5t.BITFIELD: "bit fields",
        h5t.ARRAY: "arrays as elements",
        h5t.TIME: "times",
    }
    return names.get(kind, f"type class {kind}")


def texts(dataset: h5d.DatasetID, path: str, budget: Budget, heap: TextHeap) -> np.ndarray:
    """Read an array of text as objects of type str.

    Raises:
        NirFileError: the type is not text, or the text is not UTF-8.
    """
    tid = dataset.get_type()
    if tid.get_class() != h5t.STRING:
        kind = tid.get_class()
        got = "numbers" if kind in _KINDS else _type_name(kind)
        raise NirFileError(f"{path}: expected text, got {got}")
    shape = shape_of(dataset, path)
    count = prod(shape)
    result = np.empty(count, dtype=object)
    varying = tid.is_variable_str()
    _check_storage(dataset, path, count * (16 if varying else tid.get_size()), budget)
    if count == 0:
        return result.reshape(shape)
    if varying:
        offset = dataset.get_offset()
        if offset is None:
            raise NirFileError(f"{path}: text in chunks is not read; store it in one piece")
        result[:] = heap.texts(offset, count, path)
        budget.take_bytes(sum(map(len, {id(t): t for t in result}.values())), path)
        return result.reshape(shape)
    result[:] = _fixed(dataset, tid, shape, path)
    return result.reshape(shape)


def _fixed(dataset: h5d.DatasetID, tid: h5t.TypeID, shape: tuple[int, ...], path: str) -> list[str]:
    """Read texts of one length as they are stored; HDF5 would not turn UTF-8 into ASCII."""
    stored = np.empty(shape, f"S{tid.get_size()}")
    dataset.read(h5s.ALL, h5s.ALL, stored, mtype=tid)
    spaces = tid.get_strpad() == h5t.STR_SPACEPAD
    found = []
    for item in stored.reshape(-1).tolist():
        text = item.rstrip(b" ") if spaces else item.split(b"\0", 1)[0]
        try:
            found.append(text.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise NirFileError(f"{path}: the text is not UTF-8: {error}") from error
    return found


def read_text(dataset: h5d.DatasetID, path: str, budget: Budget, heap: TextHeap) -> str:
    """Read one text.

    Raises:
        NirFileError: it is not a single text.
    """
    tid = dataset.get_type()
    short = tid.get_class() == h5t.STRING and not tid.is_variable_str() and tid.get_size() <= 256
    if short and shape_of(dataset, path) == ():
        _check_storage(dataset, path, tid.get_size(), budget)
        return _fixed(dataset, tid, (), path)[0]
    found = texts(dataset, path, budget, heap)
    if found.size != 1:
        raise NirFileError(f"{path}: expected one text, got {found.size}")
    return str(found.reshape(-1)[0])


def has_attributes(dataset: h5d.DatasetID) -> bool:
    """Whether a dataset carries marks of our writer, or any others."""
    return bool(h5a.get_num_attrs(dataset))


def attribute_shape(dataset: h5d.DatasetID, name: str, path: str) -> tuple[int, ...] | None:
    """Read an attribute that holds a short list of whole numbers; None when it is absent."""
    if not has_attributes(dataset) or not h5a.exists(dataset, name.encode()):
        return None
    attribute = h5a.open(dataset, name.encode())
    shape = attribute.shape
    if len(shape) > 1 or prod(shape) > 32 or attribute.get_type().get_class() != h5t.INTEGER:
        raise NirFileError(f"{path}: attribute {name!r} is not a short list of whole numbers")
    values = np.zeros(shape, np.int64)
    if values.size:
        attribute.read(values)
    return tuple(int(n) for n in values.reshape(-1))
