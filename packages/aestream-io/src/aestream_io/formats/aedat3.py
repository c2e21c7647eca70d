"""AEDAT 3.0 and 3.1, the files of cAER, and those of the DVS128 Gesture dataset.

Layout: a text header; packets of a head of 28 bytes (kind, source, bytes of one event, place of its
time, wraps of the time, capacity, number, valid events) and events of one kind and size.
"""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from aestream_io._errors import EventError
from aestream_io._report import Header
from aestream_io._values import Frame, ImuSamples
from aestream_io.formats import _hash_header
from aestream_io.formats._packets import PacketReader
from aestream_io.formats._registry import Extras, Format, ReadOptions, register
from aestream_io.formats._source import ByteSource
from neuro_kernels import codecs

_HEAD = struct.Struct("<hhiiiiii")
_LARGEST = 1 << 28  # bytes of one packet
_SPECIAL, _POLARITY, _FRAME, _IMU6, _IMU9 = range(5)
# Bytes of one event and place of its time, of the kinds that are read; frames vary in size.
_SHAPES = {_SPECIAL: (8, 4), _POLARITY: (8, 4), _IMU6: (36, 4), _IMU9: (48, 4)}
_MARK, _MARK_AT = struct.pack("<ii", 8, 4), 4  # in the head of a packet of events
_EDGES = {2: 1, 3: 0, 4: 1}  # kind of a special event -> value of the edge
_FRAME_HEAD = struct.Struct("<I8i")
_SCANNED = 1 << 16


@dataclass(frozen=True)
class _Head:
    kind: int
    source: int
    size: int
    t_place: int
    overflow: int
    capacity: int
    number: int
    valid: int


class Aedat3Reader(PacketReader):
    """Reads the packets of one file; `camera` chooses among several cameras."""

    def __init__(self, source: ByteSource, options: ReadOptions) -> None:
        version = _hash_header.version_of(source.peek(64)) or "3.1"
        found = _hash_header.read(source, has_end=version != "3.0")
        form = found.value("Format")
        if form.upper() not in ("RAW", ""):
            raise EventError(f"{source.name}: expected AEDAT 3 of the format RAW, got {form!r}")
        self._start = source.offset
        wish = options.values.get("camera")
        self._camera: int | None = None if wish is None else int(wish)
        chip = _hash_header.sensor_of(found.value(f"Source {1 if wish is None else wish}"))
        # Before 3.1 rows were counted from below.
        self._turned = version == "3.0"
        header = Header(
            format="aedat3",
            version=version,
            size=chip[1] if chip else None,
            size_source="header" if chip else None,
            metadata=found.metadata(),
            length=self._start,
        )
        super().__init__(source, header, options)
        self._tally.bytes_read = self._start
        self._forget()
        self._measure()
        self._forget()

    def _forget(self) -> None:
        self._frames: list[Frame] = []
        self._imu: tuple[list[int], list[Any]] = ([], [])
        self._triggers: list[tuple[int, int, int]] = []

    def _restart(self) -> None:
        self._source.seek(self._start)

    def _expected(self) -> int:
        return (self._source.remaining or 0) // 8

    def _next(self, buffer: codecs.EventBuffer) -> bool:
        while True:
            at = self._source.offset
            raw = self._source.peek(_HEAD.size)
            self._tally.bytes_read = at
            if not raw:
                return False
            head = _plausible(raw)
            if head is None:
                if not self._resynchronize(at):
                    self._tally.bytes_read = self._source.offset
                    return False
                continue
            self._source.read(_HEAD.size)
            said = head.size * head.number
            data = self._source.read(said)
            self._tally.bytes_read = self._source.offset
            if len(data) < said:
                text = "bytes of an unfinished packet at the end"
                lost = len(data) % head.size
                self._tally.problem("truncated_bytes", max(lost, 1), text, at, lost)
            if self._camera is None:
                self._camera = head.source
            if head.source == self._camera:
                self._take(head, data, at, buffer)
            if head.kind == _POLARITY:
                return True

    def _resynchronize(self, at: int) -> bool:
        """Find the next packet of events behind damage at `at`; count what is left out."""
        source = self._source
        source.read(1)
        found = False
        while not found and (window := source.peek(_SCANNED)):
            place = window.find(_MARK)
            while place >= 0 and not found:
                begin = place - _MARK_AT
                if begin >= 0 and _plausible(window[begin : begin + _HEAD.size]) is not None:
                    source.read(begin)
                    found = True
                place = window.find(_MARK, place + 1)
            if not found:
                end = len(window) < _SCANNED
                source.read(len(window) if end else len(window) - _HEAD.size)
        n = source.offset - at
        self._tally.problem("lost_bytes", n, "bytes that belong to no packet skipped", at, n)
        return found

    def _take(self, head: _Head, data: bytes, at: int, buffer: codecs.EventBuffer) -> None:
        n = len(data) // head.size
        base = head.overflow << 31
        if head.kind in (_POLARITY, _SPECIAL):
            words = np.frombuffer(data, "<u4", count=2 * n).reshape(-1, 2).astype(np.int64)
            words = words[words[:, 0] & 1 == 1]
            t = base + (words[:, 1] & 0x7FFFFFFF)
            if head.kind == _SPECIAL:
                self._take_special(words[:, 0] >> 1 & 0x7F, t)
                return
            x, y = words[:, 0] >> 17 & 0x7FFF, words[:, 0] >> 2 & 0x7FFF
            if self._turned and self.header.size is not None:
                y = self.header.size[1] - 1 - y
            self._put(buffer, (t, x, y, words[:, 0] >> 1 & 1), offset=at, event_bytes=8)
        elif self._options.extras and head.kind in (_IMU6, _IMU9):
            self._take_imu(head, data, base, n)
        elif self._options.extras and head.kind == _FRAME:
            for i in range(n):
                self._take_frame(data[i * head.size : (i + 1) * head.size], base, at)

    def _take_special(self, kinds: np.ndarray, t: np.ndarray) -> None:
        for kind, time in zip(kinds.tolist(), t.tolist(), strict=True):
            if kind in _EDGES:
                self._tally.triggers += 1
                if self._options.extras:
                    self._triggers.append((time, kind, _EDGES[kind]))

    def _take_imu(self, head: _Head, data: bytes, base: int, n: int) -> None:
        rows = np.frombuffer(data, np.uint8, count=n * head.size).reshape(n, head.size)
        info = rows[:, :8].copy().view("<u4")
        values = rows[:, 8:].copy().view("<f4")
        valid = info[:, 0] & 1 == 1
        compass = values[:, 7:10] if head.kind == _IMU9 else np.zeros((n, 3), np.float32)
        ordered = np.concatenate([values[:, 6:7], values[:, :6], compass], axis=1)
        self._imu[0].extend((base + (info[valid, 1] & 0x7FFFFFFF).astype(np.int64)).tolist())
        self._imu[1].extend(ordered[valid].tolist())

    def _take_frame(self, data: bytes, base: int, at: int) -> None:
        info, start, end, exposure, exposed, width, height, x, y = _FRAME_HEAD.unpack_from(data)
        channels = info >> 1 & 7
        n = width * height * channels
        room = (len(data) - _FRAME_HEAD.size) // 2
        if not info & 1:
            return
        if min(width, height) < 0 or channels not in (1, 3, 4) or n > room:
            self._tally.problem("frames", 1, "frames that cannot be decoded left out", at)
            return
        pixels = np.frombuffer(data, "<u2", count=n, offset=_FRAME_HEAD.size)
        shape = (height, width) if channels == 1 else (height, width, channels)
        self._frames.append(
            Frame(
                t=base + (exposure + exposed) // 2,
                pixels=(pixels >> 8).astype(np.uint8).reshape(shape),
                t_start=base + start,
                t_end=base + end,
                exposure_start=base + exposure,
                exposure_end=base + exposed,
                position=(x, y),
            )
        )

    def extras(self) -> Extras:
        rows = np.array(self._triggers, np.int64).reshape(-1, 3)
        return Extras(
            triggers=codecs.Triggers(
                rows[:, 0].copy(), rows[:, 1].astype(np.uint8), rows[:, 2].astype(np.uint8)
            ),
            frames=self._frames,
            imu=ImuSamples.from_rows(*self._imu),
        )


def _plausible(raw: bytes) -> _Head | None:
    """The head of a packet, if it can be one."""
    if len(raw) < _HEAD.size:
        return None
    head = _Head(*_HEAD.unpack(raw))
    if min(head.kind, head.source, head.overflow) < 0 or not 0 <= head.valid <= head.number:
        return None
    if not head.number <= head.capacity or not 0 < head.number * head.size <= _LARGEST:
        return None
    if head.kind == _FRAME:
        return head if head.size >= _FRAME_HEAD.size else None
    shape = _SHAPES.get(head.kind)
    if shape is None:
        return head if head.kind < 32 and 0 < head.t_place < head.size else None
    return head if (head.size, head.t_place) == shape else None


AEDAT3 = register(
    Format(
        name="aedat3",
        title="AEDAT 3 (cAER)",
        extensions=(".aedat",),
        sniff=lambda head: (_hash_header.version_of(head) or "").startswith("3."),
        open_reader=Aedat3Reader,
        read_options={"camera": "number of the camera (default: the first that sends)"},
    )
)
