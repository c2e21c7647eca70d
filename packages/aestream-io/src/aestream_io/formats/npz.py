"""NumPy files: `.npz` with arrays t, x, y, p or one structured array, and `.npy` with the latter.

Arrays are read part by part, so that a file needs no more memory than one part. No Python objects
are loaded.
"""

import io
import shutil
import struct
import tempfile
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
from aestream_io.formats._packets import PacketReader
from aestream_io.formats._registry import (
    Extras,
    Format,
    ReadOptions,
    WriteOptions,
    Writer,
    register,
)
from aestream_io.formats._source import ByteSource
from neuro_kernels import Events, codecs

NAMES = {
    "t": ("t", "ts", "time", "timestamp", "timestamps"),
    "x": ("x", "xs"),
    "y": ("y", "ys"),
    "p": ("p", "ps", "pol", "polarity", "on"),
}
NPY_MARK, _ZIP = b"\x93NUMPY", b"PK\x03\x04"
_ROWS = 1 << 16
_PIECE_BYTES = 1 << 12
_BROKEN = (ValueError, EOFError, OSError, KeyError, zlib.error, struct.error, zipfile.BadZipFile)
_BROKEN += (NotImplementedError, RuntimeError, SyntaxError, TypeError, OverflowError)


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
            shape, _, dtype = read(file)
    except Exception as error:  # numpy parses the header as Python, and raises whatever that meets
        raise EventError(f"{name}: the head of an array is damaged ({error})") from error
    if dtype.hasobject or dtype.itemsize == 0:
        raise EventError(f"{name}: holds Python objects, which are not loaded")
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
            if self._fields is None:
                raise EventError(
                    f"{self._name}: expected arrays t, x, y and p, or one with these fields; found "
                    f"{', '.join(list(self._members)[:8] or [str(shared.dtype)])}"
                )
        self._rows = min(one.rows for one in self._arrays.values())

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


class NpzWriter(Writer):
    """Keeps the columns in temporary files until the end."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._target = file
        self._options = options
        self._compressed = bool(options.values.get("compressed", True))
        self._n = 0
        kinds = {"t": "<i8", "x": "<u2", "y": "<u2", "p": "|u1"}
        self._columns = {
            name: (kind, tempfile.TemporaryFile())  # noqa: SIM115  (closed at the end)
            for name, kind in kinds.items()
        }

    def feed(self, events: Events, *, extras: Extras | None = None) -> None:
        for name, (kind, file) in self._columns.items():
            file.write(getattr(events, name).astype(kind, copy=False).tobytes())
        self._n += len(events)

    def finish(self) -> tuple[str, ...]:
        width, height = self._options.size
        numbers = {"width": width, "height": height}
        if self._options.t0 is not None:
            numbers["t0"] = self._options.t0
        method = zipfile.ZIP_DEFLATED if self._compressed else zipfile.ZIP_STORED
        target: Any = _Forward(self._target)
        with zipfile.ZipFile(target, "w", method, compresslevel=1) as archive:
            for name, (kind, file) in self._columns.items():
                with archive.open(_entry(name, method), "w", force_zip64=True) as member:
                    head = {"descr": kind, "fortran_order": False, "shape": (self._n,)}
                    npy.write_array_header_1_0(member, head)  # type: ignore[arg-type]
                    file.seek(0)
                    shutil.copyfileobj(file, member, 1 << 20)
                file.close()
            for name, value in numbers.items():
                data = io.BytesIO()
                np.save(data, np.int64(value))
                archive.writestr(_entry(name, method), data.getvalue())
        return ()

    def abort(self) -> None:
        for _, file in self._columns.values():
            file.close()


class _Forward(io.RawIOBase):
    """A file that is written from front to back: compressed ones cannot go back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # type: ignore[override]
        self._file.write(data)
        return len(data)


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    """An entry without a time of its own, so that equal recordings are equal files."""
    found = zipfile.ZipInfo(f"{name}.npy")
    found.compress_type = method
    return found


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
        write_options={"compressed": "whether the arrays are packed (default true)"},
    )
)
