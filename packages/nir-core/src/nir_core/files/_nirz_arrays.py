"""The arrays of a .nirz file: a table of what they are, and the blob of what they hold.

A row of the table is [dtype, shape, begin, end]; offsets count from the start of the blob. A
fifth entry says that the row stands for so many arrays of this type and shape, one after the
other. Arrays are numbered in the order of the rows. Each begins at the next multiple of 8 bytes,
or of 64 if it takes 4 KiB or more, with zeros before it, and the last one ends the file.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from math import prod
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from nir_core._values import in_order
from nir_core.errors import NirError, NirFileError
from nir_core.files._limits import Budget
from nir_core.findings import node_path

__all__ = ["Blob", "StoredArrays"]

_ALIGNMENT = 64
_LITTLE = sys.byteorder == "little"
_SMALL = 4096  # arrays below this are aligned to 8 bytes and stored once if equal
_KIND = attrgetter("dtype", "shape")

_DTYPES = {
    name: np.dtype(name).newbyteorder("<")
    for name in (
        *("float16", "float32", "float64", "bool"),
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    )
}
_NAMES = {np.dtype(name): name for name in _DTYPES}


def _aligned(offset: int, nbytes: int) -> int:
    """Give where an array of `nbytes` may begin, at `offset` or after it."""
    step = 8 if nbytes < _SMALL else _ALIGNMENT
    return -(-offset // step) * step


def _name(dtype: np.dtype) -> str:
    name = _NAMES.get(dtype)
    if name is None:
        raise NirError(f"a .nirz file cannot hold numbers of type {dtype}")
    return name


class Blob:
    """Collects the arrays of a graph and writes their table and their bytes."""

    def __init__(self) -> None:
        self.table: list[list[Any]] = []
        self.arrays: list[tuple[int, str, np.ndarray | bytes]] = []
        self.end = 0
        self.row_kind: tuple[str, tuple[int, ...]] | None = None  # what the last row holds
        self.small: dict[tuple[str, tuple[int, ...]], dict[bytes, int]] = {}
        self.large: dict[int, int] = {}
        self.kept: list[Any] = []

    def store(self, array: Any) -> int:
        """Take an array and give its number."""
        index = self.large.get(id(array))
        if index is not None:
            return index
        values = array if type(array) is np.ndarray else np.asarray(array)
        if values.nbytes < _SMALL:
            return self._store_small(values.dtype, values.shape, [values.tobytes()])[0]
        # While an array lives, no other has its id: those made only for this call are kept.
        self.kept.append(array)
        index = self._add(_name(values.dtype), values.shape, values.nbytes, values)
        self.large[id(array)] = index
        return index

    def store_all(self, arrays: list[Any]) -> list[int]:
        """Take many arrays, which mostly are of one type and shape, and give their numbers."""
        if set(map(type, arrays)) == {np.ndarray} and len(set(map(_KIND, arrays))) == 1:
            first = arrays[0]
            if first.nbytes < _SMALL:
                contents = map(np.ndarray.tobytes, arrays)
                return self._store_small(first.dtype, first.shape, contents)
        return list(map(self.store, arrays))

    def _store_small(
        self, dtype: np.dtype, shape: tuple[int, ...], contents: Iterable[bytes]
    ) -> list[int]:
        name = _name(dtype)
        known = self.small.setdefault((name, shape), {})
        found = []
        for content in contents:
            index = known.get(content)
            if index is None:
                index = known[content] = self._add(name, shape, len(content), content)
            found.append(index)
        return found

    def _add(
        self, name: str, shape: tuple[int, ...], nbytes: int, content: np.ndarray | bytes
    ) -> int:
        begin = _aligned(self.end, nbytes)
        self.end = begin + nbytes
        if self.row_kind == (name, shape) and 0 < nbytes < _SMALL:
            row = self.table[-1]
            if len(row) == 4:
                row.append(1)
            row[3], row[4] = self.end, row[4] + 1
        else:
            self.table.append([name, shape, begin, self.end])
            self.row_kind = name, shape
        self.arrays.append((begin, name, content))
        return len(self.arrays) - 1

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Give the bytes of the blob; large arrays without a copy."""
        at = 0
        small: list[bytes] = []
        for begin, name, values in self.arrays:
            if begin > at:
                small.append(bytes(begin - at))
            if isinstance(values, bytes):
                at = begin + len(values)
                small.append(
                    values if _LITTLE else np.frombuffer(values, name).byteswap().tobytes()
                )
                continue
            at = begin + values.nbytes
            yield b"".join(small)
            small.clear()
            for part in in_order(values):
                stored = part.astype(_DTYPES[name], copy=False)
                yield memoryview(stored.reshape(-1).view(np.uint8))  # type: ignore
        yield b"".join(small)


class _Row(NamedTuple):
    """What a row of the table stands for; its arrays begin `step` bytes after one another."""

    dtype: np.dtype
    shape: tuple[int, ...]
    begin: int
    step: int
    length: int


class StoredArrays:
    """The arrays of a file by number, made when first asked for.

    Args:
        view: the bytes of the file.
        start: where the blob begins in them.
        table: the table, unchecked.
        budget: what the file may ask for.

    Raises:
        NirFileError: the table is not right, or is not that of this blob.
    """

    def __init__(self, view: Any, start: int, table: Any, budget: Budget) -> None:
        self.view, self.start = view, start
        if not isinstance(table, list):
            raise NirFileError("the header has no list of arrays")
        self.made: dict[int, np.ndarray] = {}
        self.rows: list[_Row] = []
        self.firsts: list[int] = []
        self.count = end = 0
        for entry in table:
            end = self._check(entry, end)
        size = len(view)
        if start + end != size:
            raise NirFileError(f"the arrays end at byte {start + end}, the file at {size}")
        for row in self.rows:
            if row.length > 1:
                self._check_between(row)
        budget.take_bytes(end, "the blob")

    def _check(self, entry: Any, before: int) -> int:
        where = f"array {self.count}"
        known = isinstance(entry, list) and len(entry) in (4, 5) and isinstance(entry[0], str)
        if not known or entry[0] not in _DTYPES:
            raise NirFileError(f"{where}: expected [type, shape, begin, end], got {entry!r:.80}")
        name, shape, begin, end, count = entry if len(entry) == 5 else (*entry, 1)
        whole = isinstance(shape, list) and all(map(_is_count, (*shape, begin, end, count)))
        if not whole or len(shape) > 32:
            raise NirFileError(f"{where}: shape and offsets are whole numbers, got {entry!r:.80}")
        dtype = _DTYPES[name]
        nbytes = prod(shape) * dtype.itemsize
        if count != 1 and not (count and nbytes):
            raise NirFileError(f"{where}: a row cannot stand for {count} arrays of {nbytes} bytes")
        step = _aligned(nbytes, nbytes)
        taken = (count - 1) * step + nbytes
        if end - begin != taken:
            several = f"{count} arrays of " if count > 1 else ""
            raise NirFileError(
                f"{where}: {several}shape {shape} takes {taken} bytes, not {end - begin}"
            )
        if begin != _aligned(before, nbytes):
            kind = "overlaps the one before" if begin < before else "leaves a gap or is not aligned"
            raise NirFileError(
                f"{where}: begin {begin} {kind}, expected {_aligned(before, nbytes)}"
            )
        if begin > before and any(self.view[self.start + before : self.start + begin]):
            raise NirFileError(f"{where}: the bytes before it are not zero")
        self.rows.append(_Row(dtype, tuple(shape), begin, step, count))
        self.firsts.append(self.count)
        self.count += count
        return end

    def _check_between(self, row: _Row) -> None:
        """Refuse anything but zeros between the arrays of a row."""
        nbytes = prod(row.shape) * row.dtype.itemsize
        at = self.start + row.begin
        every = np.ndarray((row.length - 1, row.step), np.uint8, self.view, at)
        if every[:, nbytes:].any():
            raise NirFileError(f"the arrays from byte {at} on have more than zeros between them")

    def load(self, token: Any, path: tuple[str, ...]) -> np.ndarray:
        """Give the array with a number, for the node at a path."""
        array = self.made.get(token) if type(token) is int else None
        if array is None:
            if not _is_count(token) or token >= self.count:
                here = node_path(*path)
                raise NirFileError(f"{here}: {token!r:.40} is not the number of an array")
            if not self._make(token):
                raise NirFileError(f"{node_path(*path)}: a boolean is neither 0 nor 1")
            array = self.made[token]
        return array

    def load_all(self, tokens: list[Any]) -> list[np.ndarray] | None:
        """Give the arrays with some numbers; None where `load` would refuse one of them."""
        if set(map(type, tokens)) != {int} or min(tokens) < 0 or max(tokens) >= self.count:
            return None
        made = self.made
        for token in dict.fromkeys(tokens):
            if token not in made and not self._make(token):
                return None
        return [made[token] for token in tokens]

    def _make(self, token: int) -> bool:
        """Make all arrays of the row of a number; False where they cannot be what it says."""
        place = bisect_right(self.firsts, token) - 1
        dtype, shape, begin, step, count = self.rows[place]
        many = (count, *shape)
        if prod(many):
            strides = (step, *np.empty(shape, dtype).strides) if count > 1 else None
            block = np.ndarray(many, dtype, self.view, self.start + begin, strides)
        else:
            block = np.empty(many, dtype)
        if dtype.kind == "b" and (block.view(np.uint8) > 1).any():
            return False
        block.setflags(write=False)
        first = self.firsts[place]
        arrays = block if shape else (block[i, ...] for i in range(count))
        self.made.update(zip(range(first, first + count), arrays, strict=True))
        return True


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 62
