"""Readers and writers of formats that are a header and one stream of words."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np

from aestream_io._errors import EventError
from aestream_io._report import DecodeReport, Header, Problem
from aestream_io.formats._registry import Extras, Reader, ReadOptions, WriteOptions, Writer
from aestream_io.formats._source import ByteSource
from aestream_io.formats._time_index import TimeIndex
from neuro_kernels import Events, codecs

__all__ = ["PayloadReader", "PayloadWriter", "problems_of"]

_PIECES_PER_LOOK = 64  # between two looks at triggers that nobody keeps
_READ_BYTES = 1 << 20  # what is read at once is still in the caches when it is decoded


def problems_of(counts: codecs.DecodeCounts, size: tuple[int, int] | None) -> tuple[Problem, ...]:
    """The problems among a decoder's counts, in words."""
    sensor = f"{size[0]}x{size[1]} sensor" if size else "range of the format"
    texts = (
        ("out_of_range", f"events outside the {sensor} left out"),
        ("before_time", "events before the first time or row left out"),
        ("time_errors", "events earlier than the one before them kept"),
        ("unknown_words", "words or lines of no known kind skipped"),
        ("truncated_bytes", "bytes of an unfinished word at the end"),
    )
    return tuple(
        Problem(kind, getattr(counts, kind), f"{getattr(counts, kind)} {text}")
        for kind, text in texts
        if getattr(counts, kind)
    )


def _extent(events: Events, width: int, height: int) -> tuple[int, int]:
    if len(events) == 0:
        return width, height
    return max(width, int(events.x.max()) + 1), max(height, int(events.y.max()) + 1)


class PayloadReader(Reader):
    """Reads what follows the header through one decoder of `neuro_kernels.codecs`.

    Args:
        source: at the first byte after the header.
        header: what the header said.
        codec: name of the decoder.
        options: what the caller asked for.
        codec_options: options of the decoder.
    """

    def __init__(
        self,
        source: ByteSource,
        header: Header,
        codec: str,
        options: ReadOptions,
        codec_options: Mapping[str, Any] | None = None,
    ) -> None:
        self._source = source
        self._start = source.offset
        self._codec = codec
        self._codec_options = dict(codec_options or {})
        self._options = options
        self._notes: tuple[str, ...] = ()
        self._pieces_with_triggers = 0
        self._parts: dict[str, list[Any]] = {"triggers": [], "colors": [], "exposures": []}
        if options.size is not None:
            header = replace(header, size=options.size, size_source="argument")
        self.header = header
        if header.size is None and options.measure:
            self._measure()
        self._decoder = self._make_decoder()
        self._index: TimeIndex | None = None

    def _make_decoder(self) -> codecs.Decoder:
        return codecs.decoder(self._codec, size=self.header.size, **self._codec_options)

    def _measure(self) -> None:
        """Find the smallest size that holds all events, by decoding everything once."""
        if not self._source.seekable:
            raise EventError(
                f"{self._source.name}: the header does not tell the size of the sensor and the "
                "stream cannot be read twice; pass size=(width, height), in an address "
                "?size=WIDTHxHEIGHT"
            )
        width = height = 0
        decoder = self._make_decoder()
        for chunk in self._chunks(_READ_BYTES):
            width, height = _extent(decoder.feed(chunk), width, height)
        width, height = _extent(decoder.finish(), width, height)
        self._source.seek(self._start)
        self._set_size_from_data((max(width, 1), max(height, 1)))

    def _set_size_from_data(self, size: tuple[int, int]) -> None:
        self.header = replace(self.header, size=size, size_source="data")
        note = (
            f"the header does not tell the size of the sensor; {size[0]}x{size[1]} is the smallest "
            "that holds all events"
        )
        self.note(note)

    def note(self, text: str) -> None:
        """Add a remark to the report."""
        self._notes = (*self._notes, text)

    def _chunks(self, n: int) -> Iterator[memoryview]:
        """The bytes that are left, in one memory that is used again."""
        buffer = memoryview(bytearray(n))
        while True:
            have = self._source.readinto(buffer)
            if have == 0:
                return
            yield buffer[:have]

    def _keep_extras(self) -> None:
        kind = self._codec_options.get("kind")
        keep = self._options.extras
        self._pieces_with_triggers += 1
        # Asking costs as much as decoding a small piece: few files have triggers.
        if keep or self._pieces_with_triggers % _PIECES_PER_LOOK == 0:
            triggers = self._decoder.triggers()
            if keep:
                self._parts["triggers"].append(triggers)
        if kind == "color":
            colors = self._decoder.colors()
            if keep:
                self._parts["colors"].append(colors)
        if kind == "atis":
            exposures = self._decoder.exposures()
            if keep:
                self._parts["exposures"].append(exposures)

    def __iter__(self) -> Iterator[Events]:
        for chunk in self._chunks(self._options.packet_bytes):
            events = self._decoder.feed(chunk)
            self._keep_extras()
            if len(events):
                yield events
        last = self._decoder.finish()
        if len(last):
            yield last

    @property
    def can_seek(self) -> bool:
        return self._source.seekable

    def seek(self, t_us: int) -> None:
        if self._index is None:
            self._source.seek(self._start)
            self._index = TimeIndex(self._source, self._make_decoder())
        self._decoder = self._index.seek(t_us)

    can_fill = True

    def fill(self, buffer: codecs.EventBuffer) -> Iterator[None]:
        for chunk in self._chunks(_READ_BYTES):
            at = 0
            while at < len(chunk):
                buffer.clear()
                at += self._decoder.feed_into(chunk[at:], buffer)
                if buffer.n:
                    yield
            self._keep_extras()
        buffer.clear()
        self._decoder.finish_into(buffer)
        if buffer.n:
            yield

    def read_all(self) -> Events:
        buffer = codecs.EventBuffer(self._room() + 64)
        for chunk in self._chunks(_READ_BYTES):
            consumed = self._decoder.feed_into(chunk, buffer)
            while consumed < len(chunk):
                rest = chunk[consumed:]
                buffer.reserve(self._decoder.bound(rest))
                consumed += self._decoder.feed_into(rest, buffer)
            self._keep_extras()
        self._decoder.finish_into(buffer)
        n = buffer.n
        if self.header.size is None:
            x, y = (int(c[:n].max()) + 1 if n else 1 for c in (buffer.x, buffer.y))
            self._set_size_from_data((x, y))
        size = self.header.size
        assert size is not None
        sorted_ = self._decoder.report.time_errors == 0
        return buffer.events(size, t0=self.header.t0, is_sorted=sorted_ or None)

    def _room(self) -> int:
        """How many events may come, as far as that can be known beforehand."""
        remaining = self._source.remaining
        if remaining is None:
            return _READ_BYTES
        if self._codec in _LEAST_BYTES:
            return remaining // _LEAST_BYTES[self._codec]
        if not self._source.seekable:
            return remaining // 2
        # Two bytes of EVT3 say up to 12 events: counting first is cheaper than moving to larger
        # memory.
        room = 0
        while chunk := self._source.read(_READ_BYTES):  # whole words, unlike _chunks
            room += self._decoder.bound(chunk)
        self._source.seek(self._start)
        return room

    def extras(self) -> Extras:
        triggers = codecs.Triggers.concatenate(self._parts["triggers"])
        colors = self._parts["colors"]
        exposures = self._parts["exposures"]
        kind = self._codec_options.get("kind")
        return Extras(
            triggers=None if self._codec == "es" else triggers,
            colors=np.concatenate(colors) if kind == "color" and colors else None,
            exposures=Events.concatenate(exposures) if kind == "atis" and exposures else None,
        )

    @property
    def report(self) -> DecodeReport:
        counts = self._decoder.report
        problems = problems_of(counts, self.header.size)
        first = counts.first_problem_offset
        damage = self._source.damage
        if damage is not None:
            problems += (Problem("compression", 1, damage),)
        return DecodeReport(
            bytes_read=self.header.length + counts.bytes_read,
            bytes_skipped=counts.bytes_skipped,
            events=counts.events,
            triggers=counts.triggers,
            problems=problems,
            first_problem_offset=None if first is None else self.header.length + first,
            notes=self._notes,
        )

    def close(self) -> None:
        self._source.close()


# Bytes of one event: the least that there can be, and for words that say several events, fewer than
# there are in nearly all recordings (more room is made for others).
_LEAST_BYTES = {"evt2": 4, "evt21": 2, "evt4": 2, "dat": 8, "es": 5, "text": 8}


class PayloadWriter(Writer):
    """Writes events through one encoder of `neuro_kernels.codecs`.

    Args:
        file: where the bytes go.
        header: bytes to write first.
        codec: name of the encoder.
        options: what the caller asked for.
        codec_options: options of the encoder.
    """

    def __init__(
        self,
        file: BinaryIO,
        header: bytes,
        codec: str,
        options: WriteOptions,
        codec_options: Mapping[str, Any] | None = None,
    ) -> None:
        self._file = file
        self._encoder = codecs.encoder(codec, size=options.size, **dict(codec_options or {}))
        file.write(header)

    def feed(self, events: Events, *, extras: Extras | None = None) -> None:
        extras = extras or Extras()
        if extras.triggers is not None or extras.exposures is not None:
            data = self._encoder.feed(
                events, triggers=extras.triggers, exposures=extras.exposures, colors=extras.colors
            )
            self._file.write(data)
            return
        colors = None if extras.colors is None else np.ascontiguousarray(extras.colors)
        for piece in self._encoder.pieces(events, colors=colors):
            self._file.write(piece)

    def finish(self) -> tuple[str, ...]:
        self._file.write(self._encoder.finish())
        return ()
