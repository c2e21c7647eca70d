"""AEDAT 4 files of DV: packets of events, frames, inertial samples and triggers.

Layout: the line `#!AER-DAT4.0`, a header with the compression, the place of the table of packets
and a description in XML; packets, each a stream number, a size and a FlatBuffer that may be
compressed; the table. Recorders that crash leave no table, so none is needed for reading.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from aestream_io._errors import EventError
from aestream_io._report import Header
from aestream_io._values import Frame, ImuSamples
from aestream_io.formats import _aedat4_parts as parts
from aestream_io.formats._aedat4_packing import Unpacker
from aestream_io.formats._aedat4_runs import decode_run
from aestream_io.formats._aedat4_write import open_writer
from aestream_io.formats._dv_tree import Stream, parse
from aestream_io.formats._flatbuffer import Damaged, root
from aestream_io.formats._packets import PacketReader
from aestream_io.formats._registry import Extras, Format, ReadOptions, register
from aestream_io.formats._source import MAX_HEADER_BYTES, ByteSource
from neuro_kernels import Events, codecs

_LARGEST = 1 << 28  # bytes of one packet
_KINDS = (b"EVTS", b"FRME", b"IMUS", b"TRIG")
_BLOCK = 1 << 20  # bytes that are read at once
_SCANNED = 1 << 16  # bytes that are searched at once for the next packet


class Aedat4Reader(PacketReader):
    """Reads the packets of one file; `stream` chooses among several streams of events."""

    def __init__(self, source: ByteSource, options: ReadOptions) -> None:
        file_header, streams = _read_header(source)
        self._start = source.offset
        self._end = file_header.table
        self._numbers = frozenset(one.number for one in streams)
        self._stream = _chosen(source.name, streams, options.values.get("stream"))
        self._unpacker = Unpacker(file_header.compression, source.name)
        own = next((s for s in streams if s.number == self._stream), None)
        offset = own.attributes.get("tsOffset", "") if own else ""
        header = Header(
            format="aedat4",
            version="4.0",
            size=own.size if own else None,
            size_source="header" if own and own.size else None,
            t0=int(offset) if offset.lstrip("-").isdigit() and int(offset) else None,
            metadata=_metadata(self._unpacker.name, streams),
            length=self._start,
        )
        super().__init__(source, header, options)
        self._tally.bytes_read = self._start
        self._frames: list[Frame] = []
        self._imu: tuple[list[int], list[list[float]]] = ([], [])
        self._triggers: list[tuple[int, int, int]] = []
        self._block: np.ndarray | None = None
        self._skip = self._patience = 0  # packets to take one by one
        self._records = codecs.RecordDecoder(self.header.size)
        self._measure()
        self._records = codecs.RecordDecoder(self.header.size)

    def facts(self) -> Mapping[str, Any]:
        mine = [e for e in self._table() if e.stream == self._stream and e.n > 0]
        if not mine:
            return {}
        return {
            "n_events": sum(e.n for e in mine),
            "t_first": min(e.t_first for e in mine),
            "t_last": max(e.t_last for e in mine),
        }

    def _table(self) -> list[parts.Entry]:
        """The table of packets; empty where there is none that can be read."""
        source, here, at = self._source, self._source.offset, self._end
        if not source.seekable or source.remaining is None or at < self._start:
            return []
        if not 0 < here + source.remaining - at < _LARGEST:
            return []
        source.seek(at)
        packed = source.read(_LARGEST)
        source.seek(here)
        try:
            return parts.entries_of(bytes(self._unpacker.unpack(packed)[0]))
        except Damaged:
            return []

    def _expected(self) -> int:
        # Memory that is not written to costs nothing: rather too much than moving to more.
        return (self._source.remaining or 0) // self._unpacker.least_bytes + 64

    def _restart(self) -> None:
        self._source.seek(self._start)
        self._tally.bytes_read = self._start

    def _next_many(self, buffer: codecs.EventBuffer) -> bool:
        """Decode as many packets of the usual form as there are next to each other.

        False where there is none; the source is then in front of a packet that needs care.
        """
        if self._skip > 0:
            self._skip -= 1
            return False
        # Going back must cost nothing: not so in what is decompressed on the way.
        plain = self._source.seekable and self._source.remaining is not None
        if self._stream is None or not plain:
            return False
        if self._block is None:
            self._block = np.empty(_BLOCK, np.uint8)
        source, view, at = self._source, self._block.data, self._source.offset
        have, before, first, n_read = 0, buffer.n, at, 0
        while True:
            room = len(view) if self._end < at else min(len(view), self._end - at)
            got = source.readinto(view[have:room]) if have < room else 0
            have, n_read = have + got, n_read + got
            run = decode_run(view[:have], buffer, self._records, self._unpacker, self._stream)
            self._count(run.out_of_range, run.time_errors, at + run.last)
            at += run.bytes
            have -= run.bytes
            if run.bytes == 0 and (got == 0 or have == len(view)):
                break
            if run.bytes:
                self._block[:have] = self._block[run.bytes : run.bytes + have].copy()
        source.seek(at)
        self._tally.bytes_read = at
        self._tally.events += buffer.n - before
        # Where other packets come in between, looking further ahead costs more than it gives.
        wasted = 2 * (at - first) < n_read
        self._patience = min(64, 2 * self._patience + 1) if wasted else 0
        self._skip = self._patience
        return buffer.n > before

    def _next(self, buffer: codecs.EventBuffer) -> bool:
        while True:
            at = self._source.offset
            packed = self._packet(at)
            if packed is None:
                self._tally.bytes_read = self._source.offset
                return False
            number, data = packed
            try:
                content, used, whole = self._unpacker.unpack(data)
                found = self._take(number, content, at, buffer)
            except Damaged:
                text = "packets that cannot be decoded left out"
                self._tally.problem("packets", 1, text, at, len(data) + parts.HEAD.size)
                continue
            if not whole:
                text = "packets decoded as far as they are whole"
                self._tally.problem("cut_packets", 1, text, at)
            elif used < len(data) and self._source.seekable:
                # The size in its head was wrong: what follows may begin inside.
                text = "packets shorter than their heads say"
                self._tally.problem("packet_sizes", 1, text, at)
                self._source.seek(at + parts.HEAD.size + used)
            self._tally.bytes_read = self._source.offset
            if found:
                return True

    def _packet(self, at: int) -> tuple[int, Any] | None:
        """Stream and content of the next packet; None at the end."""
        source = self._source
        while True:
            if at == self._end:
                self._check_table(at)
                return None
            head = source.peek(parts.HEAD.size + 12)
            if not head:
                return None
            if self._plausible(head):
                number, size = parts.HEAD.unpack_from(head)
                source.read(parts.HEAD.size)
                data = self._unpacker.load(source, size)
                if len(data) < size:
                    text = "bytes of an unfinished packet at the end"
                    self._tally.problem("truncated_bytes", len(data) + 8, text, at, len(data) + 8)
                return number, data
            if not self._resynchronize(at):
                return None
            at = source.offset

    def _check_table(self, at: int) -> None:
        packed = self._source.read(_LARGEST)
        if not packed:
            self._tally.note("the table of packets is missing")
            return
        try:
            root(self._unpacker.unpack(packed)[0], b"FTAB")
        except Damaged:
            self._tally.problem("table", 1, "table of packets that cannot be read", at)

    def _plausible(self, head: bytes) -> bool:
        if len(head) < parts.HEAD.size + 12:
            return False
        number, size = parts.HEAD.unpack_from(head)
        known = number in self._numbers if self._numbers else number >= 0
        if not known or not 0 < size < _LARGEST:
            return False
        return self._unpacker.begins(head[parts.HEAD.size :])

    def _resynchronize(self, at: int) -> bool:
        """Find the next packet behind damage that begins at `at`; count what is left out."""
        source, mark = self._source, self._unpacker.mark
        back = parts.HEAD.size + self._unpacker.mark_at
        source.read(1)
        while True:
            here = source.offset
            # The end of what is searched is looked at again: a mark may lie across.
            window = source.peek(_SCANNED)
            places = _places(window, mark)
            for place in (p - back for p in places if p >= back):
                if self._plausible(window[place : place + back + 12]):
                    source.read(place)
                    self._lost(at, source.offset - at)
                    return True
            if len(window) < _SCANNED or (self._end > here and self._end <= here + len(window)):
                rest = (self._end - here) if here < self._end <= here + len(window) else len(window)
                source.read(rest)
                self._lost(at, source.offset - at)
                return source.offset == self._end
            source.read(len(window) - back - 12)

    def _lost(self, at: int, n: int) -> None:
        self._tally.problem("lost_bytes", n, "bytes that belong to no packet skipped", at, n)

    def _take(self, number: int, content: Any, at: int, buffer: codecs.EventBuffer) -> bool:
        """Take what a packet holds; True if it was events that were asked for."""
        kind = bytes(content[8:12])
        if kind == b"EVTS":
            if self._stream is None:
                self._stream = number
            if number != self._stream:
                return False
            place, n, said = parts.event_place(content)
            self._events(content, place, n, at, buffer)
            if n < said:
                self._tally.problem("missing", said - n, "events missing at the end", at)
            return True
        if kind == b"FTAB":
            return False
        if kind not in _KINDS:
            raise Damaged("no known kind of packet")
        if kind == b"TRIG":
            rows = parts.trigger_rows(content)
            self._tally.triggers += len(rows)
            self._triggers += rows if self._options.extras else []
        elif self._options.extras and kind == b"FRME":
            self._frames.append(parts.frame_of(content))
        elif self._options.extras:
            times, values = parts.imu_rows(content)
            self._imu[0].extend(times)
            self._imu[1].extend(values)
        return False

    def _events(
        self, content: Any, place: int, n: int, at: int, buffer: codecs.EventBuffer
    ) -> None:
        buffer.reserve(n)
        before = buffer.n
        outside, back = self._records.feed_into(content, place, n, buffer)
        self._tally.events += buffer.n - before
        self._count(outside, back, at)

    def _count(self, outside: int, back: int, at: int) -> None:
        if outside:
            size = self.header.size
            where = f"{size[0]}x{size[1]} sensor" if size else "range of the format"
            text = f"events outside the {where} left out"
            self._tally.problem("out_of_range", outside, text, at, outside * parts.EVENT_BYTES)
        if back:
            text = "events earlier than the one before them kept"
            self._tally.problem("time_errors", back, text, at)

    def read_all(self) -> Events | None:
        buffer = codecs.EventBuffer(max(1024, self._expected()))
        while self._next_many(buffer) or self._next(buffer):
            pass
        return self._whole(buffer)

    def extras(self) -> Extras:
        rows = np.array(self._triggers, np.int64).reshape(-1, 3)
        return Extras(
            triggers=codecs.Triggers(
                rows[:, 0].copy(), rows[:, 1].astype(np.uint8), rows[:, 2].astype(np.uint8)
            ),
            frames=self._frames,
            imu=ImuSamples.from_rows(*self._imu),
        )


def _places(data: bytes, mark: bytes) -> list[int]:
    found, at = [], data.find(mark)
    while at >= 0:
        found.append(at)
        at = data.find(mark, at + 1)
    return found


def _read_header(source: ByteSource) -> tuple[parts.FileHeader, list[Stream]]:
    head = source.peek(len(parts.MAGIC) + 4)
    if not head.startswith(parts.MAGIC):
        raise EventError(f"{source.name}: an AEDAT 4 file begins with {parts.MAGIC!r}")
    size = int.from_bytes(head[len(parts.MAGIC) :], "little")
    whole = len(parts.MAGIC) + 4 + size
    data = source.peek(min(whole, MAX_HEADER_BYTES))
    if len(data) < whole:
        raise EventError(
            f"{source.name}: the header is said to have {size} bytes, more than the file or any "
            "header has"
        )
    try:
        header = parts.header_of(data[len(parts.MAGIC) :])
    except Damaged as error:
        raise EventError(f"{source.name}: the header is damaged: {error}") from error
    source.read(whole)
    return header, parse(header.description)


def _chosen(name: str, streams: list[Stream], wish: Any) -> int | None:
    """The number of the stream of events to read; None: the first that comes."""
    events = [one for one in streams if one.kind == "EVTS"]
    if wish is None:
        return events[0].number if events else None
    for one in events:
        if str(wish) in (str(one.number), one.name):
            return one.number
    known = ", ".join(f"{one.number} ({one.name})" for one in events) or "none"
    raise EventError(f"{name}: has no stream of events {wish!r} (streams of events: {known})")


def _metadata(compression: str, streams: list[Stream]) -> dict[str, str]:
    found = {"compression": compression}
    for one in streams:
        found[f"stream {one.number}"] = f"{one.kind} {one.name}".strip()
        found |= {f"{key} {one.number}": value for key, value in one.attributes.items()}
    return found


AEDAT4 = register(
    Format(
        name="aedat4",
        title="AEDAT 4",
        extensions=(".aedat4",),
        sniff=lambda head: head.startswith(parts.MAGIC),
        open_reader=Aedat4Reader,
        open_writer=open_writer,
        holds=frozenset({"triggers", "frames", "imu"}),
        read_options={"stream": "number or name of the stream of events (default: the first)"},
        write_options={
            "compression": "none, lz4 (default) or zstd",
            "level": "level of zstd (default: quick, for records of events)",
            "packet_events": "events in one packet (default 10000)",
        },
    )
)
