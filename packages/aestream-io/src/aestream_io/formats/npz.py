"""NumPy files: `.npz` with arrays t, x, y, p or one structured array, and `.npy` with the latter.

Arrays are read part by part, so that a file needs no more memory than one part. No Python objects
are loaded.
"""

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from aestream_io._errors import EventError
from aestream_io._report import Header
from aestream_io.formats._npz_write import NpzWriter
from aestream_io.formats._packets import PacketReader
from aestream_io.formats._registry import (
    Format,
    ReadOptions,
    register,
)
from aestream_io.formats._source import ByteSource
from aestream_io.formats._text_order import likely_order
from neuro_kernels import codecs

NAMES = {
    "t": ("t", "ts", "time", "timestamp", "timestamps"),
    "x": ("x", "xs"),
    "y": ("y", "ys"),
    "p": ("p", "ps", "pol", "polarity", "on"),
}
NPY_MARK, _ZIP = b"\x93NUMPY", b"PK\x03\x04"
_ROWS = 1 << 16
_LOOKED_AT = 1000  # rows that tell which column is what
_MOST_COLUMNS = 16
_PIECE_BYTES = 1 << 12
_BROKEN = (ValueError, EOFError, OSError, KeyError, zlib.error, struct.error, zipfile.BadZipFile)
_BROKEN += (NotImplementedError, RuntimeError, SyntaxError, TypeError, OverflowError)


READ_OPTIONS = {
    "columns": "what the columns of an array without names are, such as txyp; _ for others"
}


@dataclass
class _Array:
    """One array in a file, at its first row."""

    file: BinaryIO
    rows: int
    dtype: np.dtype

    def take(self, n: int) -> np.ndarray:
        """The next `n` rows, fewer where the file ends or is damaged before."""
        parts, left = [], n * self.dtype.itemsize
        try:
            # Damage, which may be told only at the end of an array, costs no more than one piece.
            while left and (piece := self.file.read(min(left, _PIECE_BYTES))):
                parts.append(piece)
                left -= len(piece)
        except _BROKEN:
            pass
        data = b"".join(parts)
        return np.frombuffer(data[: len(data) - len(data) % self.dtype.itemsize], self.dtype)


def _open_array(file: Any, name: str) -> _Array:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 wrote
            version = npy.read_magic(file)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, by_columns, dtype = read(file)
    except Exception as error:  # numpy parses the header as Python, and raises whatever that meets
        raise EventError(f"{name}: the head of an array is damaged ({error})") from error
    if dtype.hasobject or dtype.itemsize == 0:
        raise EventError(f"{name}: holds Python objects, which are not loaded")
    if len(shape) == 2 and 4 <= shape[1] <= _MOST_COLUMNS and dtype.kind in "iuf":
        # Rows of numbers without names.
        if by_columns:
            raise EventError(f"{name}: is stored by columns; save numpy.ascontiguousarray of it")
        rows = np.dtype([(f"column {k}", dtype) for k in range(shape[1])])
        return _Array(file, int(shape[0]), rows)
    return _Array(file, int(np.prod(shape, dtype=np.int64)), dtype)


class NpzReader(PacketReader):
    """Reads the columns of one file, part by part."""

    def __init__(self, source: ByteSource, options: ReadOptions) -> None:
        self._name = source.name
        length = source.remaining
        source.peek(8)
        data: Any = source.whole_file()
        if data is None:
            parts = []
            while part := source.read(1 << 20):
                parts.append(part)
            data = io.BytesIO(b"".join(parts))
        self._data = data
        # Of columns without names.
        self._order: str = options.values.get("columns", "")
        self._others: tuple[str, ...] = ()
        if self._order and sorted(self._order.replace("_", "")) != sorted("txyp"):
            raise EventError(
                f"columns: expected t, x, y, p and _ in any order, got {self._order!r}"
            )
        try:
            self._open()
            size, t0 = self._sensor(), self._number("t0")
        except _BROKEN as error:
            if isinstance(error, EventError):
                raise
            raise EventError(f"{source.name}: the NumPy file is damaged ({error})") from error
        header = Header(
            format="npy" if self._zip is None else "npz",
            size=size,
            size_source="header" if size else None,
            t0=t0,
            metadata={"arrays": " ".join(self._members) or "one"},
        )
        super().__init__(source, header, options)
        self._tally.bytes_read = length or source.offset
        if self._order and "columns" not in options.values:
            more = f", and could be {' or '.join(self._others)} too" if self._others else ""
            self._tally.note(
                f"nothing names the columns; they were read as {self._order}{more}; "
                "pass columns= if they are something else"
            )
        self._parts = self._all_parts()
        self._measure()

    def _open(self) -> None:
        """Find the columns, or one array of records."""
        self._members: dict[str, str] = {}
        self._data.seek(0)
        self._zip: zipfile.ZipFile | None = None
        if self._data.read(6) == NPY_MARK:
            self._data.seek(0)
            self._arrays = {"all": _open_array(self._data, self._name)}
        else:
            self._zip = zipfile.ZipFile(self._data)
            found = [n for n in self._zip.namelist() if n.endswith(".npy")]
            self._members = {n.removesuffix(".npy"): n for n in found}
            columns = self._columns_of(list(self._members))
            if columns is not None:
                self._arrays = {k: self._array(v) for k, v in columns.items()}
            else:
                self._arrays = {"all": self._array(self._only_member())}
        shared = self._arrays.get("all")
        self._fields = None
        if shared is not None:
            self._fields = self._columns_of(list(shared.dtype.names or ()))
            if self._fields is None and "column 0" in (shared.dtype.names or ()):
                self._fields = self._guessed(shared)
            if self._fields is None:
                raise EventError(
                    f"{self._name}: expected arrays t, x, y and p, or one with these fields; found "
                    f"{', '.join(list(self._members)[:8] or [str(shared.dtype)])}"
                )
        self._rows = min(one.rows for one in self._arrays.values())

    def _guessed(self, table: _Array) -> dict[str, str]:
        """Columns of an array without names, as the caller says, or by its numbers."""
        if self._order:
            if len(self._order) > len(table.dtype.names or ()):
                raise EventError(f"columns: the array has fewer than {self._order!r} says")
            return {letter: f"column {k}" for k, letter in enumerate(self._order)}
        rows = table.take(_LOOKED_AT)
        texts = [[repr(value) for value in row[:4]] for row in rows.tolist()]
        self._order, self._others = likely_order(texts)
        self._data.seek(0)
        if self._zip is None:
            self._arrays["all"] = _open_array(self._data, self._name)
        else:
            self._arrays["all"] = self._array(self._only_member())
        return {letter: f"column {k}" for k, letter in enumerate(self._order)}

    @staticmethod
    def _columns_of(there: list[str]) -> dict[str, str] | None:
        found = {k: next((n for n in v if n in there), None) for k, v in NAMES.items()}
        return {k: v for k, v in found.items() if v} if None not in found.values() else None

    def _only_member(self) -> str:
        if "events" in self._members:
            return "events"
        if len(self._members) == 1:
            return next(iter(self._members))
        raise EventError(
            f"{self._name}: expected arrays t, x, y and p, or `events` with these fields; found "
            f"{', '.join(list(self._members)[:8]) or 'nothing'}"
        )

    def _array(self, name: str) -> _Array:
        assert self._zip is not None
        return _open_array(self._zip.open(self._members[name]), self._name)

    def _number(self, name: str) -> int | None:
        if name not in self._members:
            return None
        try:
            found = self._array(name)
        except EventError:
            return None  # the events are there all the same
        values = found.take(1) if found.dtype.kind in "iuf" else []
        return int(values[0]) if len(values) else None

    def _sensor(self) -> tuple[int, int] | None:
        width, height = self._number("width"), self._number("height")
        if width is None or height is None or not (0 < width <= 65536 and 0 < height <= 65536):
            return None
        return width, height

    def facts(self) -> dict[str, Any]:
        return {"n_events": self._rows}

    def _expected(self) -> int:
        # What a header says may be wrong; no compression here packs more than this.
        return min(self._rows, self._tally.bytes_read * 400)

    @property
    def _reads_twice(self) -> bool:
        return True  # what comes from a pipe is kept

    def _restart(self) -> None:
        self._open()
        self._parts = self._all_parts()

    def _all_parts(self) -> Iterator[tuple[int, dict[str, np.ndarray]]]:
        longest = max(one.rows for one in self._arrays.values())
        text = "values without the others of their event left out"
        self._tally.problem("lengths", longest - self._rows, text, None)
        done = 0
        while done < self._rows:
            n = min(_ROWS, self._rows - done)
            found = {k: one.take(n) for k, one in self._arrays.items()}
            have = min((len(v) for v in found.values()), default=0)
            if self._fields is not None and found:
                found = {k: found["all"][v] for k, v in self._fields.items()}
            if have:
                yield have, {k: v[:have] for k, v in found.items()}
            if have < n:
                text = "events missing: the file ends early or is damaged"
                self._tally.problem("missing", self._rows - done - have, text, None)
                return
            done += n

    def _next(self, buffer: codecs.EventBuffer) -> bool:
        found = next(self._parts, None)
        if found is None:
            return False
        self._put_loose(buffer, found[1])
        return True


def _sniff(head: bytes) -> bool:
    length = int.from_bytes(head[26:28], "little")
    return head.startswith(_ZIP) and head[30 : 30 + length].endswith(b".npy")


NPZ = register(
    Format(
        name="npz",
        title="NumPy arrays t, x, y, p",
        extensions=(".npz",),
        sniff=_sniff,
        open_reader=NpzReader,
        open_writer=NpzWriter,
        read_options=READ_OPTIONS,
        write_options={"compressed": "whether the arrays are packed (default true)"},
    )
)
