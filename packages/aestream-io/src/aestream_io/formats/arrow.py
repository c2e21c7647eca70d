"""Columns t, x, y, p as an Arrow IPC file: the smallest and fastest of the formats here.

It is a file of Arrow and nothing else: pyarrow, Polars, DuckDB and pandas open it as a table. Each
batch of columns is packed by itself, with Zstandard or LZ4; the size of the sensor stands in the
metadata of the schema, first and last time of a batch in that of its message. Files of others are
read when they have such columns. Neither reading nor writing needs the Arrow library.
"""

import json
import re
from typing import Any

import numpy as np

from aestream_io._errors import EventError
from aestream_io._report import Header
from aestream_io.formats import _arrow_parts as parts
from aestream_io.formats._arrow_columns import Columns
from aestream_io.formats._arrow_write import COLUMNS, ArrowWriter
from aestream_io.formats._flatbuffer import Damaged, plain_root
from aestream_io.formats._packets import PacketReader
from aestream_io.formats._registry import (
    Extras,
    Format,
    ReadOptions,
    register,
)
from aestream_io.formats._source import ByteSource
from aestream_io.formats.npz import NAMES
from neuro_kernels import codecs

_LARGEST_HEAD, _LARGEST_BODY = 1 << 20, 1 << 30
_MOST_RATIO = 5000  # one stored byte stands for no more bytes than this in any recording
_SCANNED = 1 << 16
# What a message can begin with: its mark, and a length of no more than the largest head.
_MESSAGE = re.compile(rb"\xff\xff\xff\xff(?=..[\x00-\x10]\x00)", re.DOTALL)
_FIRST = 8  # place of the first message


class ArrowReader(PacketReader):
    """Reads the batches of one file."""

    def __init__(self, source: ByteSource, options: ReadOptions) -> None:
        start = source.read(_FIRST)
        if not start.startswith(parts.MAGIC):
            raise EventError(f"{source.name}: an Arrow file begins with {parts.MAGIC!r}")
        self._name = source.name
        # Where the batches are, of files that only their footer tells about.
        self._batches: list[int] | None = None
        head = self._head_of(source)
        try:
            columns, texts = parts.schema_of(head or b"")
            self._places = self._find(columns)
        except (Damaged, EventError) as error:
            if not source.seekable or source.remaining is None:
                raise self._told(error) from error
            try:
                columns, texts, self._batches = self._footer_first(source)
            except Damaged as further:
                raise self._told(error, further) from error
            self._places = self._find(columns)
        self._kinds = [one.kind for one in columns]
        self._start = source.offset
        self._footer: dict[str, str] | None = None
        size = _size(texts)
        header = Header(
            format="arrow",
            version=texts.get("version"),
            size=size,
            size_source="header" if size else None,
            t0=_whole_number(texts.get("t0")),
            metadata=texts,
            length=self._start,
        )
        super().__init__(source, header, options)
        self._tally.bytes_read = self._start
        if head is not None and self._batches is not None:
            text = "schema that cannot be read; that of the footer was used"
            self._tally.problem("schema", 1, text, _FIRST)
        self._unpacker = Columns(source.name)
        self._next_batch = 0
        self._measure()

    def _told(self, *errors: Exception) -> EventError:
        """The sentence about columns that are wrong, else about a schema that is damaged."""
        if isinstance(errors[0], EventError):
            return errors[0]
        return EventError(f"{self._name}: the schema is damaged ({errors[-1]})")

    def _footer_first(
        self, source: ByteSource
    ) -> tuple[list[parts.Column], dict[str, str], list[int]]:
        """Schema and places of the batches; Polars writes files that begin without schema."""
        end = source.offset + (source.remaining or 0)
        tail = min(end, _LARGEST_HEAD)
        source.seek(end - tail)
        data = source.read(tail)
        source.seek(_FIRST)
        size = int.from_bytes(data[-10:-6], "little")
        if not data.endswith(parts.MAGIC) or not 8 <= size <= len(data) - 10:
            raise Damaged("neither at the beginning nor at the end of the file")
        columns, texts, places = parts.footer_of(data[-10 - size : -10])
        return columns, texts, [place for place in places if _FIRST <= place < end]

    def _find(self, columns: list[parts.Column]) -> dict[str, int]:
        names = {one.name: i for i, one in enumerate(columns) if one.kind is not None}
        found = {k: next((names[n] for n in v if n in names), None) for k, v in NAMES.items()}
        if None in found.values():
            there = ", ".join(one.name for one in columns[:8]) or "none"
            raise EventError(
                f"{self._name}: expected columns of numbers t, x, y and p; found {there}"
            )
        if any(one.kind is None for one in columns):
            raise EventError(f"{self._name}: has columns besides t, x, y, p that are no numbers")
        return {k: v for k, v in found.items() if v is not None}

    def _restart(self) -> None:
        self._source.seek(self._start)
        self._next_batch = 0

    def _head_of(self, source: ByteSource) -> bytes | None:
        """The head of the message that comes next; None if there is none."""
        frame = source.peek(8)
        if len(frame) < 8 or frame[:4] != parts.MARK:
            return None
        size = int.from_bytes(frame[4:], "little")
        if not 8 <= size <= _LARGEST_HEAD:
            return None
        whole = source.peek(8 + size)
        if len(whole) < 8 + size:
            return None
        source.read(8 + size)
        return whole[8:]

    def _expected(self) -> int:
        facts = self.facts()
        # About two bytes are an event; for denser recordings more room is made on the way.
        return min(facts.get("n_events", 0), (self._source.remaining or 0) * 2)

    def facts(self) -> dict[str, Any]:
        """Number and times of events, from the heads of the batches."""
        source = self._source
        if not source.seekable or source.remaining is None or self._batches is not None:
            return {}
        here, n = source.offset, 0
        first: int | None = None
        last: int | None = None
        source.seek(self._start)
        while (head := self._head_of(source)) is not None:
            try:
                batch = parts.batch_of(head)
            except Damaged:
                break
            if batch is None or batch.body > source.remaining:
                break
            n += batch.rows
            low, high = (_whole_number(batch.texts.get(key)) for key in ("t_first", "t_last"))
            if low is not None and high is not None:
                first = low if first is None else min(first, low)
                last = high if last is None else max(last, high)
            source.seek(source.offset + batch.body)
        source.seek(here)
        return {"n_events": n, "t_first": first, "t_last": last}

    def _next(self, buffer: codecs.EventBuffer) -> bool:
        source = self._source
        while True:
            if self._batches is not None:
                if self._next_batch == len(self._batches):
                    self._read_footer()
                    return False
                source.seek(self._batches[self._next_batch])
                self._next_batch += 1
            at = source.offset
            frame = source.peek(8)
            self._tally.bytes_read = at
            if frame == parts.END or not frame:
                self._read_footer()
                return False
            head = self._head_of(source)
            try:
                batch = None if head is None else parts.batch_of(head)
                if head is None or (batch is not None and batch.body > _LARGEST_BODY):
                    raise Damaged("no message of Arrow")
            except Damaged:
                if self._batches is not None:
                    text = "batches that cannot be decoded left out"
                    self._tally.problem("batches", 1, text, at)
                    continue
                if not self._resynchronize(at):
                    self._tally.bytes_read = source.offset
                    return False
                continue
            if batch is None:
                continue  # dictionaries, which no column here has
            body = source.read(batch.body)
            self._tally.bytes_read = source.offset
            if len(body) < batch.body:
                text = "bytes of an unfinished batch at the end"
                self._tally.problem("truncated_bytes", len(body) + 8, text, at, len(body) + 8)
                continue
            try:
                self._take(batch, body, at, buffer)
            except Damaged:
                text = "batches that cannot be decoded left out"
                self._tally.problem("batches", 1, text, at, len(body) + 8)
                continue
            return True

    def _resynchronize(self, at: int) -> bool:
        """Find the next message behind damage that begins at `at`; count what is left out."""
        source = self._source
        source.read(1)
        found = False
        while not found and (window := source.peek(_SCANNED)):
            for place in (match.start() for match in _MESSAGE.finditer(window)):
                size = int.from_bytes(window[place + 4 : place + 8], "little")
                if not 8 <= size <= len(window) - place - 8:
                    continue
                try:
                    found = parts.batch_of(window[place + 8 : place + 8 + size]) is not None
                except Damaged:
                    continue
                if found:
                    source.read(place)
                    break
            if not found:
                source.read(len(window) if len(window) < _SCANNED else _SCANNED // 2)
        n = source.offset - at
        self._tally.problem("lost_bytes", n, "bytes that belong to no batch skipped", at, n)
        return found

    def _take(self, batch: parts.Batch, body: bytes, at: int, buffer: codecs.EventBuffer) -> None:
        n, view = batch.rows, memoryview(body)
        if not 0 <= n * 2 <= max(len(body), 64) * _MOST_RATIO or any(batch.nulls):
            raise Damaged("more rows than the batch can hold, or rows without values")
        if len(batch.buffers) != 2 * len(self._kinds):
            raise Damaged("another number of columns than the schema says")
        for column in self._places.values():
            place, length = batch.buffers[2 * column + 1]
            kind = self._kinds[column] or ""
            self._unpacker.check(view[place : place + length], batch.compression, n, kind)
        buffer.reserve(n)
        raw: dict[str, np.ndarray] = {}
        straight = [self._kinds[self._places[c.name]] == c.kind for c in COLUMNS]
        for letter, column in self._places.items():
            place, length = batch.buffers[2 * column + 1]
            data = view[place : place + length]
            kind = self._kinds[column]
            if all(straight):
                target = getattr(buffer, letter)[buffer.n : buffer.n + n]
                self._unpacker.unpack(data, batch.compression, target.view(np.uint8))
            elif kind == "bit":
                bits = np.empty((n + 7) // 8, np.uint8)
                self._unpacker.unpack(data, batch.compression, bits)
                raw[letter] = np.unpackbits(bits, count=n, bitorder="little")
            else:
                raw[letter] = np.empty(n, kind)
                self._unpacker.unpack(data, batch.compression, raw[letter].view(np.uint8))
        if not all(straight):
            self._put_loose(buffer, raw)
            return
        columns = [getattr(buffer, c.name)[buffer.n : buffer.n + n] for c in COLUMNS]
        t, x, y, p = columns
        width, height = self.header.size or (65536, 65536)
        sound = n == 0 or (int(x.max()) < width and int(y.max()) < height and int(p.max()) < 2)
        if not sound:
            self._put(buffer, (t.copy(), x.copy(), y.copy(), p.copy()), offset=at, event_bytes=13)
            return
        self._check_order(t, at)
        buffer.n += n
        self._tally.events += n

    def _read_footer(self) -> None:
        tail = self._source.read(_LARGEST_BODY)
        self._tally.bytes_read = self._source.offset
        self._footer = {}
        if not tail.endswith(parts.MAGIC) or len(tail) < 18:
            self._tally.note("the footer is missing: the recording was not finished")
            return
        try:
            self._footer = parts.texts_of(plain_root(tail[8:-10]), 4)
        except Damaged:
            self._tally.note("the footer is damaged")

    def extras(self) -> Extras:
        try:
            found = json.loads((self._footer or {}).get("triggers", "[]"))
            rows = np.array(found, np.int64).reshape(-1, 3)
        except (ValueError, TypeError, OverflowError):
            return Extras()
        self._tally.triggers = len(rows)
        if len(rows) == 0:
            return Extras()
        ids, values = (rows[:, k].astype(np.uint8) for k in (1, 2))
        return Extras(triggers=codecs.Triggers(rows[:, 0].copy(), ids, values))


def _whole_number(text: str | None) -> int | None:
    if text is None or len(text) > 20 or not text.lstrip("-").isdigit() or not text.isascii():
        return None
    return int(text)


def _size(texts: dict[str, str]) -> tuple[int, int] | None:
    width, height = (_whole_number(texts.get(key)) for key in ("width", "height"))
    if width is None or height is None or not (0 < width <= 65536 and 0 < height <= 65536):
        return None
    return width, height


ARROW = register(
    Format(
        name="arrow",
        title="Arrow IPC",
        extensions=(".arrow", ".feather"),
        sniff=lambda head: head.startswith(parts.MAGIC),
        open_reader=ArrowReader,
        open_writer=ArrowWriter,
        holds=frozenset({"triggers"}),
        write_options={
            "compression": "zstd (default), lz4 or none",
            "level": "level of zstd (default 1)",
        },
    )
)
