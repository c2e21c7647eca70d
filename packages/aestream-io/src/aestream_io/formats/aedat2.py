"""AEDAT 1 and 2, the files of jAER: big-endian addresses and times, one after the other.

AEDAT 1 has 6 bytes for each event, AEDAT 2 has 8. What an address says depends on the chip:

    DVS128   bit 0 polarity, 7..1 x, 14..8 y, 15 external event
    DAVIS    bit 11 polarity, 21..12 x, 30..22 y, 10 external event, 31 image or inertial sample

jAER counts rows from below and columns from the right; both are turned, so that pictures are
upright with y pointing down. `orientation="stored"` leaves them as they are in the file.
"""

from collections.abc import Callable

import numpy as np

from aestream_io._errors import EventError
from aestream_io._report import Header
from aestream_io.formats import _hash_header
from aestream_io.formats._packets import PacketReader
from aestream_io.formats._registry import Extras, Format, ReadOptions, register
from aestream_io.formats._source import ByteSource
from neuro_kernels import codecs

_SIZES = {
    "dvs128": (128, 128),
    "davis128": (128, 128),
    "davis208": (208, 192),
    "davis240": (240, 180),
    "davis346": (346, 260),
    "davis640": (640, 480),
}
_HALF = 1 << 31


class JaerReader(PacketReader):
    """Reads addresses and times of one file.

    Args:
        source: at its beginning.
        options: what the caller asked for.
        version: 1 or 2.
    """

    def __init__(self, source: ByteSource, options: ReadOptions, version: int) -> None:
        found = _hash_header.read(source, has_end=False)
        self._start = source.offset
        self._kind = np.dtype([("address", ">u2" if version == 1 else ">u4"), ("t", ">u4")])
        chip, origin = _chip(source, options, found, self._kind)
        self._is_davis = chip.startswith("davis")
        self._stored = _choice(options, "orientation", ("image", "stored")) == "stored"
        self._inverted = _choice(options, "polarity", ("stored", "inverted")) == "inverted"
        header = Header(
            format=f"aedat{version}",
            version=f"{version}.0",
            size=_SIZES.get(chip),
            size_source=origin,
            metadata={**found.metadata(), "chip": chip},
            length=self._start,
        )
        super().__init__(source, header, options)
        if origin == "data":
            self._tally.note(f"the header names no chip; the addresses look like those of {chip}")
        self._left = b""
        self._loop = 0
        self._before: int | None = None
        self._triggers: list[codecs.Triggers] = []
        self._other = 0
        self._tally.bytes_read = self._start

    def _restart(self) -> None:
        self._source.seek(self._start)
        self._left, self._loop, self._before = b"", 0, None

    def _expected(self) -> int:
        return (self._source.remaining or 0) // self._kind.itemsize

    def _next(self, buffer: codecs.EventBuffer) -> bool:
        offset = self._source.offset - len(self._left)
        data = self._left + self._source.read(max(self._options.packet_bytes, 8))
        self._tally.bytes_read = self._source.offset
        whole = len(data) - len(data) % self._kind.itemsize
        self._left = data[whole:]
        if whole == 0:
            text = "bytes of an unfinished word at the end"
            self._tally.problem("truncated_bytes", len(data), text, offset, len(data))
            self._left = b""
            return False
        words = np.frombuffer(data[:whole], self._kind)
        self._take(words["address"].astype(np.int64), self._times(words["t"]), offset, buffer)
        return True

    def _times(self, stored: np.ndarray) -> np.ndarray:
        """Times with wraps added: only a fall by more than half the range is one."""
        t = stored.astype(np.int64)
        first = t[0] if self._before is None else self._before
        steps = np.diff(t, prepend=first)
        wraps = (steps < -_HALF).astype(np.int64) - (steps > _HALF)
        loops = np.maximum(self._loop + np.cumsum(wraps), 0)
        self._before, self._loop = int(t[-1]), int(loops[-1])
        return t + (loops << 32)

    def _take(
        self, address: np.ndarray, t: np.ndarray, offset: int, buffer: codecs.EventBuffer
    ) -> None:
        if self._is_davis:
            other, external = address >> 31 & 1 == 1, address >> 10 & 1 == 1
            x, y, p = address >> 12 & 0x3FF, address >> 22 & 0x1FF, address >> 11 & 1
        else:
            other = address >> 16 != 0
            external = address >> 15 & 1 == 1
            x, y, p = address >> 1 & 0x7F, address >> 8 & 0x7F, address & 1
        self._other += int(np.count_nonzero(other))
        edges = external & ~other
        if edges.any():
            values = p[edges].astype(np.uint8)
            self._tally.triggers += len(values)
            if self._options.extras:
                ids = np.zeros(len(values), np.uint8)
                self._triggers.append(codecs.Triggers(t[edges], ids, values))
        events = ~(other | external)
        t, x, y, p = t[events], x[events], y[events], p[events]
        if not self._stored and self.header.size is not None:
            x, y = self.header.size[0] - 1 - x, self.header.size[1] - 1 - y
        if self._inverted:
            p = 1 - p
        self._put(buffer, (t, x, y, p), offset=offset, event_bytes=self._kind.itemsize)
        if self._other:
            self._tally.notes = tuple(n for n in self._tally.notes if not n.startswith("samples"))
            self._tally.note(f"samples of images and of motion left out: {self._other}")

    def extras(self) -> Extras:
        return Extras(triggers=codecs.Triggers.concatenate(self._triggers))


def _choice(options: ReadOptions, name: str, values: tuple[str, ...]) -> str:
    value = options.values.get(name, values[0])
    if value not in values:
        raise EventError(f"{name}: expected {' or '.join(values)}, got {value!r}")
    return value


def _chip(
    source: ByteSource, options: ReadOptions, header: _hash_header.HashHeader, kind: np.dtype
) -> tuple[str, str]:
    """The chip, from the option, the header, or the addresses; and which of them."""
    chip = options.values.get("chip")
    if chip is not None:
        if chip not in _SIZES:
            raise EventError(f"chip: expected one of {', '.join(_SIZES)}, got {chip!r}")
        return chip, "argument"
    for line in header.lines:
        found = _hash_header.sensor_of(line)
        if found is not None and found[0] in _SIZES:
            return found[0], "header"
    head = source.peek(4096)
    words = np.frombuffer(head[: len(head) - len(head) % kind.itemsize], kind)["address"]
    upper = words.astype(np.int64) >> 16
    if kind.itemsize == 6 or not upper.any():
        return "dvs128", "data"
    largest = int((words.astype(np.int64) >> 12 & 0x3FF).max())
    return ("davis240" if largest < 240 else "davis346"), "data"


def _opener(version: int) -> Callable[[ByteSource, ReadOptions], JaerReader]:
    return lambda source, options: JaerReader(source, options, version)


def _register(version: int) -> Format:
    return register(
        Format(
            name=f"aedat{version}",
            title=f"AEDAT {version} (jAER)",
            extensions=(".aedat",) if version == 2 else (".aedat", ".dat"),
            sniff=lambda head: (_hash_header.version_of(head) or "").startswith(f"{version}."),
            open_reader=_opener(version),
            read_options={
                "chip": f"{', '.join(_SIZES)}; else from the header or the addresses",
                "orientation": "image (default: upright, y down) or stored",
                "polarity": "stored (default: a set bit is ON) or inverted",
            },
        )
    )


AEDAT2 = _register(2)
AEDAT1 = _register(1)
