"""HDF5 files: those of Prophesee (ECF), DSEC and RVT, MVSEC, and others with the same columns.

Prophesee   CD/events (x, y, p, t in one record, compressed with ECF), EXT_TRIGGER/events
DSEC, RVT   events/t, x, y, p, and t_offset, height, width where there
MVSEC       davis/left/events: rows x, y, t in seconds, polarity -1 or 1
others      one dataset `events` with fields t, x, y, p; or events/ts, xs, ys, ps
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from aestream_io._errors import EventError
from aestream_io._report import Header
from aestream_io.formats import _percent
from aestream_io.formats._hdf5_file import (
    ECF_FILTER,
    careful,
    check,
    filters_of,
    member,
    open_file,
    parts_of,
)
from aestream_io.formats._hdf5_write import open_writer
from aestream_io.formats._packets import PacketReader
from aestream_io.formats._registry import Extras, Format, ReadOptions, register
from aestream_io.formats._source import ByteSource
from neuro_kernels import codecs

_MAGIC = b"\x89HDF\r\n\x1a\n"
_NAMES = {
    "t": ("t", "ts", "time", "timestamp", "timestamps"),
    "x": ("x", "xs"),
    "y": ("y", "ys"),
    "p": ("p", "ps", "pol", "polarity", "on"),
}
_MVSEC_SIZE = (346, 260)
Part = tuple[int, int, dict[str, np.ndarray] | None]  # first row, number of rows, columns


class Hdf5Reader(PacketReader):
    """Reads the events of one file, part by part."""

    def __init__(self, source: ByteSource, options: ReadOptions) -> None:
        length = source.remaining
        self._file = open_file(source)
        self._name = source.name
        with careful(self._name):
            self._layout, self._columns = self._find(options.values.get("side", "left"))
            attributes = self._attributes()
            size, origin = self._sensor(attributes)
            offset = self._number("t_offset")
        header = Header(
            format="hdf5",
            size=size,
            size_source=origin,
            t0=offset,
            metadata={"layout": self._layout, **attributes},
        )
        super().__init__(source, header, options)
        self._tally.bytes_read = length or source.offset
        self._parts = self._all_parts()
        self._measure()

    def _find(self, side: str) -> tuple[str, dict[str, Any]]:
        """The layout, and the datasets by column; one under "all" where they share one."""
        found = member(self._file, "CD/events")
        if found is not None and found.dtype.names:
            return "prophesee", {"all": found}
        if side not in ("left", "right"):
            raise EventError(f"side: expected left or right, got {side!r}")
        found = member(self._file, f"davis/{side}/events")
        if found is not None and len(found.shape) == 2 and found.shape[1] == 4:
            return "mvsec", {"all": found}
        events = member(self._file, "events")
        if events is not None and getattr(events, "dtype", None) is not None and events.dtype.names:
            return "records", {"all": events}
        if events is None:
            events = self._file
        columns = {}
        for letter, names in _NAMES.items():
            for name in names:
                found = member(events, name)
                if (
                    found is not None
                    and getattr(found, "shape", None)
                    and found.dtype.kind in "iufb"
                ):
                    columns[letter] = found
                    break
        if len(columns) < 4:
            there = ", ".join(list(self._file)[:8]) or "nothing"
            raise EventError(
                f"{self._name}: expected CD/events (Prophesee), events/t, x, y, p (DSEC) or "
                f"davis/left/events (MVSEC); the file has {there}"
            )
        return "dsec", columns

    def _attributes(self) -> dict[str, str]:
        found = {}
        for key, value in list(self._file.attrs.items())[:100]:
            text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
            found[str(key)] = text[:1000]
        return found

    def _number(self, path: str) -> int | None:
        found = member(self._file, path)
        shape = getattr(found, "shape", None)
        if found is None or shape not in ((), (1,)) or found.dtype.kind not in "iu":
            return None
        try:
            return int(np.asarray(found[()]).reshape(-1)[0])
        except Exception:  # h5py raises whatever the library met
            return None

    def _sensor(self, attributes: dict[str, str]) -> tuple[tuple[int, int] | None, str | None]:
        if self._layout == "mvsec":
            return _MVSEC_SIZE, "generation"
        size, origin = _percent.sensor_size(attributes)
        if size is not None:
            return size, origin
        sides = [self._number(path) for path in ("events/width", "events/height")]
        if None in sides:
            sides = [self._number(path) for path in ("width", "height")]
        if all(side is not None and 0 < side <= 65536 for side in sides):
            return (sides[0] or 1, sides[1] or 1), "header"
        return None, None

    def facts(self) -> dict[str, Any]:
        with careful(self._name):
            return {"n_events": self._rows()}

    def _rows(self) -> int:
        return min(int(one.shape[0]) for one in self._columns.values())

    def _expected(self) -> int:
        with careful(self._name):
            stored = sum(int(one.id.get_storage_size()) for one in self._columns.values())
            return min(self._rows(), 64 * stored)

    @property
    def _reads_twice(self) -> bool:
        return True  # what comes from a pipe is kept

    def _restart(self) -> None:
        self._parts = self._all_parts()

    def _all_parts(self) -> Iterator[Part]:
        shared = self._columns.get("all")
        if shared is None:
            yield from self._of_columns()
        elif filters_of(shared) == [ECF_FILTER] and shared.chunks:
            yield from self._of_ecf(shared)
        elif self._layout == "mvsec":
            for start, rows in parts_of(shared, self._name):
                columns = None if rows is None else dict(zip("xytp", rows.T, strict=True))
                yield start, 0 if rows is None else len(rows), columns
        else:
            names = {
                k: next((n for n in v if n in shared.dtype.names), None) for k, v in _NAMES.items()
            }
            if None in names.values():
                raise EventError(f"{self._name}: {shared.name} lacks one of the fields t, x, y, p")
            for start, rows in parts_of(shared, self._name):
                columns = None if rows is None else {k: rows[n] for k, n in names.items()}
                yield start, 0 if rows is None else len(rows), columns

    def _of_columns(self) -> Iterator[Part]:
        for one in self._columns.values():
            check(one, self._name)
        rows = self._rows()
        longest = max(int(one.shape[0]) for one in self._columns.values())
        if longest != rows:
            text = "values without the others of their event left out"
            self._tally.problem("lengths", longest - rows, text, None)
        step = 1 << 16
        for start in range(0, rows, step):
            stop = min(start + step, rows)
            try:
                columns = {k: one[start:stop] for k, one in self._columns.items()}
            except Exception:  # h5py raises whatever the library met
                columns = None
            yield start, stop - start, columns

    def _of_ecf(self, dataset: Any) -> Iterator[Part]:
        rows, chunk = int(dataset.shape[0]), int(dataset.chunks[0])
        stored = int(dataset.id.get_num_chunks())
        if rows > stored * chunk:
            text = "events said to be there and not stored"
            self._tally.problem("missing", rows - stored * chunk, text, None)
        buffer = codecs.EventBuffer(chunk)
        for start in range(0, min(rows, stored * chunk), chunk):
            n = min(chunk, rows - start)
            try:
                mask, data = dataset.id.read_direct_chunk((start,))
            except Exception:  # h5py raises whatever the library met
                yield start, n, None
                continue
            if mask:  # stored without the filter
                plain: Any = np.frombuffer(data[: len(data) - len(data) % 16], dataset.dtype)[:n]
                yield start, n, {k: plain[k] for k in "txyp"} if len(plain) == n else None
                continue
            buffer.clear()
            said = codecs.ecf_count(data) or 0
            buffer.reserve(said)
            whole = min(codecs.ecf_decode_into(data, buffer), n)
            columns = {k: getattr(buffer, k)[:whole] for k in "txyp"}
            yield start, n, columns if whole else None

    def _next(self, buffer: codecs.EventBuffer) -> bool:
        with careful(self._name):
            found = next(self._parts, None)
        if found is None:
            return False
        _, n, columns = found
        if columns is None:
            text = "events in chunks that cannot be decoded left out"
            self._tally.problem("chunks", n, text, None)
            return True
        t = columns["t"]
        if len(t) < n:
            self._tally.problem("missing", n - len(t), "events missing at the end of a chunk", None)
        self._put_loose(buffer, columns)
        return True

    def extras(self) -> Extras:
        try:
            return self._triggers()
        except EventError:
            text = "table of triggers that cannot be read"
            self._tally.problem("triggers", 1, text, None)
            return Extras()

    def _triggers(self) -> Extras:
        with careful(self._name):
            found = member(self._file, "EXT_TRIGGER/events")
            names = getattr(getattr(found, "dtype", None), "names", None)
            if found is None or not found.shape or not {"t", "p", "id"} <= set(names or ()):
                return Extras()
            parts = [rows for _, rows in parts_of(found, self._name) if rows is not None]
            rows: Any = np.concatenate(parts) if parts else np.empty(0, found.dtype)
        self._tally.triggers = len(rows)
        return Extras(
            triggers=codecs.Triggers(
                rows["t"].astype(np.int64),
                rows["id"].astype(np.uint8),
                (rows["p"] > 0).astype(np.uint8),
            )
        )

    def close(self) -> None:
        self._file.close()
        super().close()


HDF5 = register(
    Format(
        name="hdf5",
        title="HDF5",
        extensions=(".hdf5", ".h5"),
        sniff=lambda head: head.startswith(_MAGIC),
        open_reader=Hdf5Reader,
        open_writer=open_writer,
        holds=frozenset({"triggers"}),
        read_options={"side": "left (default) or right camera of an MVSEC file"},
        write_options={"layout": "prophesee (default, compressed with ECF) or dsec"},
    )
)
