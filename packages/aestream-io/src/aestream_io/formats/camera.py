"""Raw recordings of cameras and links whose words have no file format of their own.

A text header as of Prophesee's files, whose line `% format` names the words: DAVIS, DVX, DVS128,
EDVS, SPIF or SPECK. Then everything that came from the device, byte for byte. Recordings of
hw-drivers are like this; only events and trigger edges are read here.
"""

from collections.abc import Mapping

import numpy as np

from aestream_io._errors import EventError
from aestream_io._report import Header
from aestream_io.formats import _percent
from aestream_io.formats._packets import PacketReader
from aestream_io.formats._registry import Extras, Format, ReadOptions, register
from aestream_io.formats._source import ByteSource
from neuro_kernels import codecs, words
from neuro_kernels.codecs import Triggers
from neuro_kernels.stream import MessageDecoder

_WORDS = ("davis", "dvx", "dvs128", "edvs")
_MESSAGES = ("spif", "speck")
_EVENT_BYTES = {"davis": 4, "dvx": 2, "dvs128": 4, "edvs": 4, "spif": 8, "speck": 8}
# Special words of DAVIS and DVX (libcaer): falling and rising edge, pulse, edges of the camera's
# own pulse generator; with the number of the input and the value for each.
_EDGES = {2: (0, 0), 3: (0, 1), 4: (1, 1), 16: (2, 0), 17: (2, 1)}


def _name_of(keys: Mapping[str, str]) -> str | None:
    name = keys.get("format", "").split(";")[0].strip().lower()
    return name if name in (*_WORDS, *_MESSAGES) else None


class CameraReader(PacketReader):
    """Reads the events of one recording."""

    def __init__(self, source: ByteSource, options: ReadOptions) -> None:
        parsed = _percent.parse_from(source)
        name = _name_of(parsed.keys)
        size, origin = _percent.sensor_size(parsed.keys)
        if name is None or (size is None and options.size is None):
            raise EventError(
                f"{source.name}: the header names no words and size of a camera; expected a line "
                "such as '% format DAVIS;height=260;width=346'"
            )
        source.read(parsed.length)
        header = Header(
            format="camera",
            version=name,
            size=size,
            size_source=origin,
            metadata=parsed.keys,
            length=parsed.length,
        )
        super().__init__(source, header, options)
        self._name = name
        fields = parsed.keys["format"].split(";")
        self._inverted = "inverted=1" in (field.strip() for field in fields)
        self._tally.bytes_read = self._start = source.offset
        self._triggers: list[Triggers] = []
        self._begin()

    def _begin(self) -> None:
        size = self.header.size
        assert size is not None
        self._words = self._messages = None
        try:
            if self._name in _WORDS:
                self._words = words.decoder(self._name, size=size, invert_xy=self._inverted)
            else:
                self._messages = MessageDecoder(size, format=self._name)
        except ValueError as error:
            raise EventError(f"{self._source.name}: {error}") from None
        self._counted: dict[str, int] = {}
        self._ended = False

    def _restart(self) -> None:
        self._source.seek(self._start)
        self._begin()

    def _expected(self) -> int:
        return (self._source.remaining or 0) // _EVENT_BYTES[self._name]

    def _next(self, buffer: codecs.EventBuffer) -> bool:
        if self._ended:
            return False
        offset = self._source.offset
        data = self._source.read(self._options.packet_bytes)
        self._tally.bytes_read = self._source.offset
        if not data:
            self._ended = True
            self._count_rest(offset)
            return False
        if self._words is not None:
            found = self._words.feed(data)
            events = found.events
            self._keep_edges(found)
        else:
            assert self._messages is not None
            events = self._messages.feed(data)
        self._count(offset)
        self._put(buffer, (events.t, events.x, events.y, events.p), offset=offset)
        return True

    def _keep_edges(self, found: words.Words) -> None:
        word = found.word
        timed = np.arange(len(word)) >= found.untimed
        if self._name == "dvs128":
            kept = timed
            number = np.zeros(len(word), np.uint8)
            value = np.ones(len(word), np.uint8)
        else:
            kept = timed & np.isin(word, list(_EDGES))
            number, value = np.zeros((2, len(word)), np.uint8)
            for code, (its_number, its_value) in _EDGES.items():
                number[word == code], value[word == code] = its_number, its_value
            if (word >> 12 != 0).any():
                self._tally.note("inertial samples and frames of this recording are not read")
        self._tally.triggers += int(kept.sum())
        if self._options.extras:
            self._triggers.append(Triggers(found.t[kept], number[kept], value[kept]))

    def _count(self, offset: int) -> None:
        """Add what the decoder has counted since the last call to the problems."""
        if self._words is not None:
            report = self._words.report
            now = {
                "out_of_range": report.out_of_range,
                "before_time": report.before_time,
                "unknown_words": report.unknown_words,
            }
            skipped = report.bytes_skipped
        else:
            assert self._messages is not None
            now = {
                "out_of_range": self._messages.out_of_range,
                "unknown_words": self._messages.malformed,
            }
            skipped = _EVENT_BYTES[self._name] * self._messages.out_of_range
        new_bytes = skipped - self._counted.get("bytes", 0)
        for kind, n in now.items():
            new = n - self._counted.get(kind, 0)
            self._tally.problem(kind, new, _TEXTS[kind], offset, new_bytes if new else 0)
            new_bytes = 0 if new else new_bytes
        self._counted = {**now, "bytes": skipped}

    def _count_rest(self, offset: int) -> None:
        if self._words is not None:
            rest = self._words.lose()
            text = "bytes of an unfinished word at the end"
            self._tally.problem("truncated_bytes", rest, text, offset - rest, rest)
        else:
            assert self._messages is not None
            self._messages.finish()
            self._count(offset)

    def extras(self) -> Extras:
        """Trigger edges, where the device has such an input."""
        if self._name not in ("davis", "dvx", "dvs128"):
            return Extras()
        return Extras(triggers=Triggers.concatenate(self._triggers))


_TEXTS = {
    "out_of_range": "events outside the sensor left out",
    "before_time": "events before the first time or row left out",
    "unknown_words": "words or bytes of no known kind skipped",
}

CAMERA = register(
    Format(
        name="camera",
        title="Raw words of DAVIS, DVXplorer, DVS128, eDVS, SPIF and Speck",
        extensions=(".raw",),
        sniff=lambda head: _name_of(_percent.parse(head).keys) is not None,
        open_reader=CameraReader,
    )
)
