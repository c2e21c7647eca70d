"""The .nirz container: a JSON header and one blob of aligned arrays, mapped into memory.

    8 bytes   magic  89 4E 49 52 5A 0D 0A 01
    8 bytes   length of the header, little-endian
    header    JSON, padded with spaces so that the blob starts at a multiple of 64
    blob      arrays one after the other, zeros between them for alignment, nothing else

Header: {"format": "nirz", "version": 1, "graph": {...}, "arrays": [[dtype, shape, begin, end]]}.
A parameter in the graph is an index into `arrays`; offsets count from the start of the blob.
Arrays follow each other in order without gap or overlap, and the last one ends the file.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
from collections.abc import Iterator
from itertools import chain
from math import prod
from typing import IO, Any

import numpy as np

from nir_core._values import in_order
from nir_core.errors import NirError, NirFileError
from nir_core.files._document import DocumentReader, describe
from nir_core.files._limits import Budget, Limits
from nir_core.findings import Finding, node_path
from nir_core.graph import NIRGraph

__all__ = ["MAGIC", "read_nirz", "write_nirz"]

MAGIC = b"\x89NIRZ\r\n\x01"
VERSION = 1
# As in safetensors: a header of this size would be damage or an attack.
MAX_HEADER = 100_000_000
_ALIGNMENT = 64
_LITTLE = sys.byteorder == "little"
_SMALL = 4096  # arrays below this are aligned to 8 bytes and stored once if equal

_DTYPES = {
    name: np.dtype(name).newbyteorder("<")
    for name in (
        *("float16", "float32", "float64", "bool"),
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    )
}


_NAMES = {np.dtype(name): name for name in _DTYPES}


def _aligned(offset: int, nbytes: int) -> int:
    step = 8 if nbytes < _SMALL else _ALIGNMENT
    return -(-offset // step) * step


class _Blob:
    """Collects arrays and their places."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray | bytes] = []
        self.kept: list[Any] = []
        self.table: list[list[Any]] = []
        self.end = 0
        self.known: dict[Any, int] = {}

    def store(self, array: Any) -> int:
        known = self.known
        index = known.get(id(array))
        if index is not None:
            return index
        values = array if type(array) is np.ndarray else np.asarray(array)
        # While an array lives, no other has its id: those made only for this call are kept.
        self.kept.append(array)
        name = _NAMES.get(values.dtype)
        if name is None:
            raise NirError(f"a .nirz file cannot hold numbers of type {values.dtype}")
        shape, nbytes = values.shape, values.nbytes
        content = None
        if nbytes < _SMALL:
            content = (name, shape, values.tobytes())
            index = known.get(content)
            if index is not None:
                known[id(array)] = index
                return index
        index = len(self.table)
        begin = _aligned(self.end, nbytes)
        self.end = begin + nbytes
        self.table.append([name, list(shape), begin, self.end])
        self.arrays.append(values if content is None else content[2])
        known[id(array)] = index
        if content is not None:
            known[content] = index
        return index

    def pieces(self) -> Iterator[bytes | memoryview]:
        at = 0
        small: list[bytes] = []
        for values, (name, _, begin, end) in zip(self.arrays, self.table, strict=True):
            if begin > at:
                small.append(bytes(begin - at))
            at = end
            if isinstance(values, bytes) and _LITTLE:
                small.append(values)
                continue
            yield b"".join(small)
            small.clear()
            if end > begin:
                array = np.frombuffer(values, name) if isinstance(values, bytes) else values
                for part in in_order(array):
                    stored = part.astype(_DTYPES[name], copy=False)
                    yield memoryview(stored.reshape(-1).view(np.uint8))  # type: ignore
        yield b"".join(small)


def write_nirz(file: IO[bytes], graph: NIRGraph) -> None:
    """Write a graph; arrays go to the file without a copy.

    Args:
        file: an open binary file.
        graph: the graph.

    Raises:
        NirError: the metadata hold what JSON and arrays cannot.
    """
    blob = _Blob()
    content = {
        "format": "nirz",
        "version": VERSION,
        "graph": describe(graph, blob.store),
        "arrays": blob.table,
    }
    header = json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")
    header += b" " * (-(len(header) + 16) % _ALIGNMENT)
    file.write(MAGIC)
    file.write(len(header).to_bytes(8, "little"))
    file.write(header)
    for piece in blob.pieces():
        file.write(piece)


def _refuse_constant(text: str) -> Any:
    raise NirFileError(f"the header holds {text}, which is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NirFileError("the header names an entry twice")
    return result


def _header(view: Any, size: int) -> tuple[dict[str, Any], int]:
    if size < 16:
        raise NirFileError("the file ends within its first 16 bytes")
    length = int.from_bytes(view[8:16], "little")
    if length > min(MAX_HEADER, size - 16):
        raise NirFileError(f"the header claims {length} bytes, the file has {size - 16}")
    try:
        text = bytes(view[16 : 16 + length]).decode("utf-8")
        content = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once)
    except NirFileError:
        raise
    except (ValueError, RecursionError) as error:
        raise NirFileError(f"the header is not JSON: {error}") from None
    if not isinstance(content, dict) or content.get("format") != "nirz":
        raise NirFileError("the header does not say 'nirz'")
    if content.get("version") != VERSION:
        raise NirFileError(
            f"the file is of version {content.get('version')!r}, this reader knows {VERSION}"
        )
    return content, 16 + length


class _Arrays:
    """Arrays of the blob by index, made when first asked for."""

    def __init__(self, view: Any, start: int, size: int, table: Any, budget: Budget) -> None:
        self.view, self.start = view, start
        if not isinstance(table, list):
            raise NirFileError("the header has no list of arrays")
        self.made: dict[int, np.ndarray] = {}
        self.entries: list[tuple[np.dtype, tuple[int, ...], int]] = []
        end = self._whole(table)
        if end is None:  # look closer, to say what is wrong
            self.entries.clear()
            end = 0
            for index, entry in enumerate(table):
                end = self._check(index, entry, end)
        if start + end != size:
            raise NirFileError(f"the arrays end at byte {start + end}, the file at {size}")
        budget.take_bytes(end, "the blob")

    def _whole(self, table: list[Any]) -> int | None:
        """Check all entries together and give the end of the last; None where one is not right.

        `_check` does the same with one entry, at many times the cost.
        """
        if not table:
            return 0
        if set(map(type, table)) != {list} or set(map(len, table)) != {4}:
            return None
        names, shapes, begins, ends = zip(*table, strict=True)
        numbers: list[Any] = (
            [*chain.from_iterable(shapes), *begins, *ends] if _lists(shapes) else [None]
        )
        if set(map(type, numbers)) != {int} or min(numbers) < 0 or max(numbers) >= 1 << 62:
            return None
        if set(map(type, names)) != {str} or max(map(len, shapes)) > 32:
            return None
        kinds: dict[Any, tuple[np.dtype, tuple[int, ...], int]] = {}
        before = 0
        for name, shape, begin, end in table:
            key = (name, *shape)
            kind = kinds.get(key)
            if kind is None:
                dtype = _DTYPES.get(name)
                if dtype is None:
                    return None
                kind = kinds[key] = dtype, tuple(shape), prod(shape) * dtype.itemsize
            dtype, own, nbytes = kind
            step = 8 if nbytes < _SMALL else _ALIGNMENT
            if end - begin != nbytes or begin != -(-before // step) * step:
                return None
            if begin > before and any(self.view[self.start + before : self.start + begin]):
                return None
            self.entries.append((dtype, own, begin))
            before = end
        return before

    def _check(self, index: int, entry: Any, before: int) -> int:
        where = f"array {index}"
        known = isinstance(entry, list) and len(entry) == 4 and isinstance(entry[0], str)
        if not known or entry[0] not in _DTYPES:
            raise NirFileError(f"{where}: expected [type, shape, begin, end], got {entry!r:.80}")
        name, shape, begin, end = entry
        whole = isinstance(shape, list) and all(_is_count(n) for n in (*shape, begin, end))
        if not whole or len(shape) > 32:
            raise NirFileError(f"{where}: shape and offsets are whole numbers, got {entry!r:.80}")
        dtype = _DTYPES[name]
        nbytes = prod(shape) * dtype.itemsize
        if end - begin != nbytes:
            raise NirFileError(f"{where}: shape {shape} takes {nbytes} bytes, not {end - begin}")
        if begin != _aligned(before, nbytes):
            kind = "overlaps the one before" if begin < before else "leaves a gap or is not aligned"
            raise NirFileError(
                f"{where}: begin {begin} {kind}, expected {_aligned(before, nbytes)}"
            )
        if any(self.view[self.start + before : self.start + begin]):
            raise NirFileError(f"{where}: the bytes before it are not zero")
        self.entries.append((dtype, tuple(shape), begin))
        return end

    def load(self, token: Any, path: tuple[str, ...]) -> np.ndarray:
        array = self.made.get(token) if type(token) is int else None
        if array is None:
            if not _is_count(token) or token >= len(self.entries):
                here = node_path(*path)
                raise NirFileError(f"{here}: {token!r:.40} is not the number of an array")
            dtype, shape, begin = self.entries[token]
            count = prod(shape)
            if count:
                array = np.frombuffer(self.view, dtype, count, self.start + begin)
            else:
                array = np.empty(0, dtype)
            if dtype.kind == "b" and count and (array.view(np.uint8) > 1).any():
                raise NirFileError(f"{node_path(*path)}: a boolean is neither 0 nor 1")
            if len(shape) != 1:
                array = array.reshape(shape)
            array.setflags(write=False)
            self.made[token] = array
        return array


def _lists(values: tuple[Any, ...]) -> bool:
    return set(map(type, values)) == {list}


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 62


def read_nirz(source: str | bytes, limits: Limits) -> tuple[NIRGraph, list[Finding]]:
    """Read a graph whose arrays stay in the file until they are looked at.

    Args:
        source: path, or the content of a file.
        limits: what the file may ask for.

    Returns:
        The unchecked graph and the findings about the file.

    Raises:
        NirFileError: the file is damaged.
    """
    view: Any = source
    if not isinstance(source, bytes):
        with open(source, "rb") as file:
            if os.fstat(file.fileno()).st_size < 16:
                raise NirFileError("the file ends within its first 16 bytes")
            view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    size = len(view)
    header, start = _header(view, size)
    budget = Budget(limits)
    arrays = _Arrays(view, start, size, header.get("arrays"), budget)
    reader = DocumentReader(arrays.load, budget)
    budget.take_nodes(1, "/")
    graph = reader.graph(header.get("graph"))
    for name in header:
        if name not in ("format", "version", "graph", "arrays"):
            reader.findings.append(Finding("NIR070", "/", f"the header has no entry {name!r:.80}"))
    return graph, reader.findings
