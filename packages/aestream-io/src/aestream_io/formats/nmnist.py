"""Files of N-MNIST and N-Caltech101: 5 bytes for each event, without header.

    x, y, polarity in bit 7 and time bits 22..16, time bits 15..8, time bits 7..0

An event in row 240 is none: it says that the time has passed 2^13 more microseconds than its field.
"""

from typing import BinaryIO

import numpy as np

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

_BYTES = 5
_MARKER_ROW, _MARKER_US = 240, 1 << 13
_LAST_US = (1 << 23) - 1


class NmnistReader(PacketReader):
    """Reads the events of one file."""

    def __init__(self, source: ByteSource, options: ReadOptions) -> None:
        super().__init__(source, Header(format="nmnist"), options)
        self._restart()
        self._measure()
        self._restart()

    def _restart(self) -> None:
        if self._source.offset:
            self._source.seek(0)
        self._left, self._markers = b"", 0

    def _expected(self) -> int:
        return (self._source.remaining or 0) // _BYTES

    def _next(self, buffer: codecs.EventBuffer) -> bool:
        offset = self._source.offset - len(self._left)
        data = self._left + self._source.read(max(self._options.packet_bytes, _BYTES))
        self._tally.bytes_read = self._source.offset
        whole = len(data) - len(data) % _BYTES
        self._left = data[whole:]
        if whole == 0:
            text = "bytes of an unfinished word at the end"
            self._tally.problem("truncated_bytes", len(data), text, offset, len(data))
            self._left = b""
            return False
        rows = np.frombuffer(data[:whole], np.uint8).reshape(-1, _BYTES).astype(np.int64)
        marker = rows[:, 1] == _MARKER_ROW
        markers = self._markers + np.cumsum(marker)
        self._markers = int(markers[-1])
        t = (rows[:, 2] & 0x7F) << 16 | rows[:, 3] << 8 | rows[:, 4]
        t += markers * _MARKER_US
        kept = ~marker
        columns = (t[kept], rows[kept, 0], rows[kept, 1], rows[kept, 2] >> 7)
        self._put(buffer, columns, offset=offset, event_bytes=_BYTES)
        return True


class NmnistWriter(Writer):
    """Writes events; longer recordings get markers."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        if options.size[0] > 256 or options.size[1] > _MARKER_ROW:
            raise EventError(f"size: N-MNIST files hold at most 256x240 pixels, {options.size}")
        self._file = file
        self._size = options.size
        self._markers = 0

    def feed(self, events: Events, *, extras: Extras | None = None) -> None:
        if len(events) == 0:
            return
        if int(events.t.min()) < self._markers * _MARKER_US:
            raise EventError("the times are negative or fall too far; sort by time from 0 on")
        needed = np.maximum.accumulate(np.maximum(events.t - _LAST_US, 0) + _MARKER_US - 1)
        markers = np.maximum(needed // _MARKER_US, self._markers)
        new = np.diff(markers, prepend=self._markers)
        if int(markers[-1]) - self._markers > 1 << 20:
            raise EventError("a gap in time longer than N-MNIST files can say")
        self._markers = int(markers[-1])
        t = events.t - markers * _MARKER_US
        if int(t.min()) < 0:
            raise EventError("the times fall by more than N-MNIST files can say; sort by time")
        rows = np.stack(
            [events.x, events.y, events.p.astype(np.int64) << 7 | t >> 16, t >> 8 & 255, t & 255]
        ).T.astype(np.uint8)
        if new.any():
            places = np.repeat(np.arange(len(events)), new)
            rows = np.insert(rows, places, np.array([0, _MARKER_ROW, 0, 0, 0], np.uint8), axis=0)
        self._file.write(rows.tobytes())

    def finish(self) -> tuple[str, ...]:
        return ()


NMNIST = register(
    Format(
        name="nmnist",
        title="N-MNIST, N-Caltech101",
        extensions=(".bin",),
        sniff=lambda head: False,
        by_name_only=True,
        open_reader=NmnistReader,
        open_writer=NmnistWriter,
    )
)
