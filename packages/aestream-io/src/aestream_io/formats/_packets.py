"""What readers of formats that store packets of events share: counting, checking, joining."""

import abc
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

import numpy as np

from aestream_io._errors import EventError
from aestream_io._report import DecodeReport, Header, Problem
from aestream_io.formats._registry import Reader, ReadOptions
from aestream_io.formats._source import ByteSource
from neuro_kernels import Events, codecs

__all__ = ["PacketReader", "Tally"]


@dataclass
class Tally:
    """Counts of what was read and what was skipped."""

    bytes_read: int = 0
    bytes_skipped: int = 0
    events: int = 0
    triggers: int = 0
    first: int | None = None
    notes: tuple[str, ...] = ()
    _kinds: dict[str, tuple[int, str]] = field(default_factory=dict)

    def problem(self, kind: str, n: int, text: str, offset: int | None, skipped: int = 0) -> None:
        """Add to one kind of problem; `text` follows the number."""
        if n == 0:
            return
        self._kinds[kind] = (self._kinds.get(kind, (0, ""))[0] + n, text)
        self.bytes_skipped += skipped
        if offset is not None and (self.first is None or offset < self.first):
            self.first = offset

    def note(self, text: str) -> None:
        """Add a remark, once."""
        if text not in self.notes:
            self.notes = (*self.notes, text)

    def report(self, damage: str | None = None) -> DecodeReport:
        """All counts up to now; `damage`: what the compression around the format met."""
        problems = [Problem(k, n, f"{n} {text}") for k, (n, text) in self._kinds.items()]
        if damage is not None:
            problems.append(Problem("compression", 1, damage))
        return DecodeReport(
            bytes_read=self.bytes_read,
            bytes_skipped=self.bytes_skipped,
            events=self.events,
            triggers=self.triggers,
            problems=tuple(problems),
            first_problem_offset=self.first,
            notes=self.notes,
        )


class PacketReader(Reader):
    """Joins the packets that a format gives one by one.

    A format fills in `_next` and `_restart`.

    Args:
        source: the file.
        header: what its beginning says.
        options: what the caller asked for.
    """

    def __init__(self, source: ByteSource, header: Header, options: ReadOptions) -> None:
        self._source = source
        self._options = options
        self._tally = Tally()
        self._last_t: int | None = None
        if options.size is not None:
            header = replace(header, size=options.size, size_source="argument")
        self.header = header

    @abc.abstractmethod
    def _next(self, buffer: codecs.EventBuffer) -> bool:
        """Put the events of the next packet behind those of `buffer`; False at the end."""

    @abc.abstractmethod
    def _restart(self) -> None:
        """Go back to the first packet; only where the source can be read twice."""

    @property
    def _reads_twice(self) -> bool:
        """Whether `_restart` works."""
        return self._source.seekable

    def _expected(self) -> int:
        """How many events may come, as far as that can be known without reading them."""
        return 0

    def _measure(self) -> None:
        """Find the smallest size that holds all events, by reading everything once."""
        if self.header.size is not None or not self._options.measure:
            return
        if not self._reads_twice:
            raise EventError(
                f"{self._source.name}: the file does not tell the size of the sensor and the "
                "stream cannot be read twice; pass size=(width, height), in an address "
                "?size=WIDTHxHEIGHT"
            )
        width = height = 1
        before = deepcopy(self._tally)
        buffer = codecs.EventBuffer(1 << 16)
        while self._next(buffer):
            width, height = _extent(buffer, width, height)
            buffer.clear()
        self._tally, self._last_t = before, None
        self._restart()
        self._set_size_from_data((width, height))

    def _set_size_from_data(self, size: tuple[int, int]) -> None:
        self.header = replace(self.header, size=size, size_source="data")
        self._tally.note(
            f"the file does not tell the size of the sensor; {size[0]}x{size[1]} is the smallest "
            "that holds all events"
        )

    def _put(
        self,
        buffer: codecs.EventBuffer,
        columns: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
        *,
        offset: int | None,
        event_bytes: int = 0,
    ) -> None:
        """Check a packet's columns t, x, y, p and put them behind those of `buffer`.

        Args:
            buffer: enlarged where needed.
            columns: integers of any type, of one length.
            offset: place of the packet in the file.
            event_bytes: bytes of one event in the file.
        """
        t, x, y, p = columns
        width, height = self.header.size or (65536, 65536)
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        n = len(t)
        kept = int(np.count_nonzero(inside))
        if kept < n:
            text = f"events outside the {width}x{height} sensor left out"
            self._tally.problem("out_of_range", n - kept, text, offset, event_bytes * (n - kept))
            t, x, y, p = t[inside], x[inside], y[inside], p[inside]
        buffer.reserve(kept)
        place = slice(buffer.n, buffer.n + kept)
        buffer.t[place], buffer.x[place], buffer.y[place] = t, x, y
        buffer.p[place] = p != 0
        buffer.n += kept
        self._check_order(buffer.t[place], offset)
        self._tally.events += kept

    def _put_loose(self, buffer: codecs.EventBuffer, columns: Mapping[str, np.ndarray]) -> None:
        """`_put` for columns of any numbers: times with fractions are seconds, a polarity is ON
        when it is larger than zero, and what is no number is left out."""
        t = columns["t"]
        if t.dtype.kind == "f":
            sound = np.isfinite(t) & (np.abs(t) < 9e12)
            text = "events whose time is no number left out"
            self._tally.problem("bad_times", int(np.count_nonzero(~sound)), text, None)
            columns = {k: np.asarray(v)[sound] for k, v in columns.items()}
            t = np.rint(columns["t"] * 1e6)
            self._tally.note("times have fractions and were read as seconds")
        x, y = (_whole(columns[k]) for k in "xy")
        self._put(buffer, (t.astype(np.int64), x, y, columns["p"] > 0), offset=None)

    def _check_order(self, t: np.ndarray, offset: int | None) -> None:
        """Count the events that are earlier than the one before them."""
        if len(t) == 0:
            return
        back = int(np.count_nonzero(t[1:] < t[:-1]))
        back += self._last_t is not None and int(t[0]) < self._last_t
        self._last_t = int(t[-1])
        self._tally.problem(
            "time_errors", back, "events earlier than the one before them kept", offset
        )

    def __iter__(self) -> Iterator[Events]:
        most = max(1, self._options.packet_bytes // 16)
        size = self.header.size
        going = True
        while going:
            buffer = codecs.EventBuffer(most)
            while (going := self._next(buffer)) and buffer.n < most:
                pass
            if buffer.n:
                yield buffer.events(size or _extent(buffer, 1, 1))

    def read_all(self) -> Events | None:
        buffer = codecs.EventBuffer(max(1024, self._expected()))
        while self._next(buffer):
            pass
        return self._whole(buffer)

    def _whole(self, buffer: codecs.EventBuffer) -> Events:
        """All events of the recording, which `buffer` holds."""
        if self.header.size is None:
            self._set_size_from_data(_extent(buffer, 1, 1))
        assert self.header.size is not None
        return buffer.events(self.header.size, t0=self.header.t0)

    @property
    def report(self) -> DecodeReport:
        return self._tally.report(self._source.damage)

    def close(self) -> None:
        self._source.close()


def _whole(values: np.ndarray) -> np.ndarray:
    """Coordinates as integers; those that are no numbers lie outside every sensor."""
    if values.dtype.kind != "f":
        return values.astype(np.int64)
    return np.where(np.isfinite(values), np.clip(values, -1, 1 << 20), -1).astype(np.int64)


def _extent(buffer: codecs.EventBuffer, width: int, height: int) -> tuple[int, int]:
    if buffer.n == 0:
        return width, height
    x, y = buffer.x[: buffer.n], buffer.y[: buffer.n]
    return max(width, int(x.max()) + 1), max(height, int(y.max()) + 1)
