"""Writing AEDAT 4 files."""

import gzip
import struct
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np

from aestream_io._errors import EventError
from aestream_io.formats import _aedat4_parts as parts
from aestream_io.formats._dv_tree import Stream, spell
from aestream_io.formats._registry import Extras, WriteOptions, Writer
from aestream_io.formats._zstd import zstandard
from neuro_kernels import Events, codecs

__all__ = ["Aedat4Writer", "open_writer"]

_COMPRESSIONS = {"none": 0, "lz4": 1, "zstd": 3}
_EVENTS, _FRAMES, _IMU, _TRIGGERS = range(4)
_NAMES = {
    _EVENTS: ("EVTS", "events"),
    _FRAMES: ("FRME", "frames"),
    _IMU: ("IMUS", "imu"),
    _TRIGGERS: ("TRIG", "triggers"),
}
_SAMPLES = 1000  # inertial samples or triggers in one packet


class Aedat4Writer(Writer):
    """Writes packets, and the table of packets where the file can be gone back in."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._file = file
        self._size = options.size
        self._compress = _compressor(options)
        self._packet = options.values.get("packet_events", 10_000)
        if not isinstance(self._packet, int) or not 1 <= self._packet <= 1 << 20:
            raise EventError(f"packet_events: expected 1 to {1 << 20}, got {self._packet!r}")
        if max(options.size) > 32767:
            raise EventError(f"size: AEDAT 4 holds at most 32767 pixels a side, {options.size}")
        extra = {} if options.t0 is None else {"tsOffset": str(options.t0)}
        compression = options.values.get("compression", "lz4")
        streams = [
            Stream(
                number=number,
                kind=kind,
                name=name,
                size=self._size if number in (_EVENTS, _FRAMES) else None,
                attributes={"compression": compression.upper(), **extra},
            )
            for number, (kind, name) in _NAMES.items()
        ]
        self._packer = codecs.RecordPacker(lz4=compression == "lz4")
        self._packs_records = compression in ("none", "lz4")
        head, self._table_at = parts.spell_header(_COMPRESSIONS[compression], spell(streams))
        self._entries: list[Any] = []  # rows of the table of packets
        self._held: list[Events] = []
        self._n_held = 0
        self._kinds = True
        self._at = 0
        self._put(head)

    def _put(self, data: bytes | memoryview) -> None:
        self._file.write(data)
        self._at += len(data)

    def feed(self, events: Events, *, extras: Extras | None = None) -> None:
        if extras is not None:
            self._feed_extras(extras)
        self._held.append(events)
        self._n_held += len(events)
        if self._n_held < self._packet:
            return
        whole = Events.concatenate(self._held) if len(self._held) > 1 else self._held[0]
        end = len(whole) - len(whole) % self._packet
        self._put_events(whole[:end])
        self._held, self._n_held = [whole[end:]], len(whole) - end

    def _put_events(self, events: Events) -> None:
        """Write packets, the last of them with what is left."""
        for made in self._packer.packets(events, each=self._packet, stream=_EVENTS, rest=True):
            self._check_size(made.size)
            if not self._packs_records:
                self._put_packed(made)
                continue
            rows = np.full((len(made.table), 6), _EVENTS, np.int64)
            rows[:, 2:] = made.table
            ends = self._at + np.cumsum(made.table[:, 0] + parts.HEAD.size)
            rows[:, 0] = ends - made.table[:, 0]
            self._entries.append(rows)
            self._put(made.data)

    def _put_packed(self, made: codecs.PackedPackets) -> None:
        """Write packets with each content packed."""
        spelled, place, at = [], self._at, 0
        for length, n, first, last in made.table.tolist():
            at += parts.HEAD.size + length
            data = self._compress(made.data[at - length : at])
            place += parts.HEAD.size
            self._entries.append((place, _EVENTS, len(data), n, first, last))
            place += len(data)
            spelled += [parts.HEAD.pack(_EVENTS, len(data)), data]
        self._put(b"".join(spelled))

    def _check_size(self, size: tuple[int, int]) -> None:
        if size[0] > self._size[0] or size[1] > self._size[1]:
            raise EventError(f"events outside the {self._size[0]}x{self._size[1]} sensor")

    def _feed_extras(self, extras: Extras) -> None:
        for frame in extras.frames or ():
            self._put_packet(_FRAMES, parts.frame_content(frame), 1, frame.t, frame.t)
        for start in range(0, len(extras.imu or ()), _SAMPLES):
            rows = slice(start, start + _SAMPLES)
            part = replace(extras.imu, **{k: v[rows] for k, v in vars(extras.imu).items()})
            self._put_packet(_IMU, parts.imu_content(part), len(part), *_span(part.t))
        triggers = codecs.Triggers.empty() if extras.triggers is None else extras.triggers
        for start in range(0, len(triggers), _SAMPLES):
            rows = slice(start, start + _SAMPLES)
            part = codecs.Triggers(triggers.t[rows], triggers.id[rows], triggers.value[rows])
            content = parts.trigger_content(part, kinds=_are_kinds(triggers))
            self._put_packet(_TRIGGERS, content, len(part), *_span(part.t))

    def _put_packet(self, stream: int, content: Any, n: int, first: int, last: int) -> None:
        data = self._compress(content)
        place = self._at + parts.HEAD.size
        self._entries.append((place, stream, len(data), n, first, last))
        self._put(parts.HEAD.pack(stream, len(data)))
        self._put(data)

    def finish(self) -> tuple[str, ...]:
        for events in self._held:
            self._put_events(events)
        if not _can_go_back(self._file):
            return ("without a table of packets, which needs a file that can be gone back in",)
        table = self._at
        entries = np.vstack([np.empty((0, 6), np.int64), *self._entries])
        self._put(self._compress(parts.spell_table(entries)))
        end = self._file.tell()
        start = end - self._at
        self._file.seek(start + self._table_at)
        self._file.write(struct.pack("<q", table))
        self._file.seek(end)
        return ()


def _are_kinds(triggers: codecs.Triggers) -> bool:
    """Whether ids and values together are kinds of AEDAT 4, as reading one gives them."""
    rising = np.isin(triggers.id, parts.RISING)
    known = (triggers.id >= 1) & (triggers.id <= 9)
    return bool(np.all(known & (rising == (triggers.value != 0))))


def _span(t: np.ndarray) -> tuple[int, int]:
    return int(t.min()), int(t.max())


def _can_go_back(file: BinaryIO) -> bool:
    # gzip files say that they can seek, and mean forward.
    return file.seekable() and not isinstance(file, gzip.GzipFile)


def _compressor(options: WriteOptions) -> Any:
    name = options.values.get("compression", "lz4")
    if name not in _COMPRESSIONS:
        raise EventError(f"compression: expected {', '.join(_COMPRESSIONS)}, got {name!r}")
    if name == "none":
        return lambda data: data
    if name == "lz4":
        return codecs.lz4_compress
    library = zstandard("the file")
    level = options.values.get("level")
    if level is not None:
        return library.ZstdCompressor(level=level).compress
    # Records of 16 bytes that resemble the one before: short repeats are seldom worth their words,
    # and a table that fits the level-1 cache finds the long ones. Smaller and faster than level 1.
    parameters = library.ZstdCompressionParameters(
        strategy=library.STRATEGY_FAST,
        window_log=18,
        hash_log=11,
        chain_log=6,
        search_log=1,
        min_match=7,
        target_length=0,
    )
    return library.ZstdCompressor(compression_params=parameters).compress


def open_writer(file: BinaryIO, options: WriteOptions) -> Aedat4Writer:
    """Begin a file."""
    return Aedat4Writer(file, options)
