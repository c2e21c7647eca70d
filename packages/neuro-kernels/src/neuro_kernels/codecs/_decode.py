"""Bytes to events."""

from typing import Any

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.codecs._buffer import EventBuffer
from neuro_kernels.codecs._formats import codec
from neuro_kernels.codecs._values import DecodeCounts, Payloads, Triggers
from neuro_kernels.events import EventError, Events
from neuro_kernels.events._columns import check_size

__all__ = ["Decoder", "PayloadDecoder", "decode", "decoder"]


class Decoder:
    """Turns the payload of one stream into events; made by `decoder`.

    The result does not depend on how the bytes are cut into calls. Damage never raises: it is
    skipped and counted in `report`.

    Attributes:
        name: name of the codec.
        size: `(width, height)` of the events it gives; without a size of the sensor, what the
            format's coordinate fields can say.
    """

    def __init__(self, name: str, size: tuple[int, int] | None, options: dict[str, Any]) -> None:
        entry = codec(name)
        options = entry.complete(options)
        if size is None and entry.needs_size:
            raise EventError(f"codec {name}: pass size=(width, height); rows are stored bottom-up")
        self.name = name
        self.size = entry.limit(options) if size is None else check_size(size)
        # Coordinates beyond what fits the fields cannot occur: the kernel takes the smaller side.
        self._kernel = entry.make_decoder(*self.size, options)

    def feed(self, data: Any) -> Events:
        """Decode the next bytes.

        Args:
            data: any object that holds bytes in one piece; may end inside a word.

        Returns:
            The events that these bytes complete, in fresh memory.
        """
        before = self._kernel.counts()["time_errors"]
        columns = self._kernel.feed(data)
        is_sorted = self._kernel.counts()["time_errors"] == before
        return Events._wrap(*columns, size=self.size, is_sorted=is_sorted or None)

    def feed_into(self, data: Any, buffer: EventBuffer) -> int:
        """Decode the next bytes behind what `buffer` holds.

        Args:
            data: any object that holds bytes in one piece; may end inside a word.
            buffer: its `n` grows by the events decoded; it is not enlarged.

        Returns:
            Number of bytes consumed; fewer than given mean that the buffer is full.
        """
        consumed, n = self._kernel.feed_into(data, buffer.t, buffer.x, buffer.y, buffer.p, buffer.n)
        buffer.n += n
        return consumed

    def bound(self, data: Any) -> int:
        """Largest number of events that these bytes can give."""
        return self._kernel.bound(data)

    def finish(self) -> Events:
        """Count the bytes of an unfinished word as truncated; call it after the last byte.

        Returns:
            The events that the end of the bytes completes (a last line of text without line end).
        """
        rest = EventBuffer(1)
        self.finish_into(rest)
        return rest.events(self.size)

    def finish_into(self, buffer: EventBuffer) -> None:
        """`finish`, with the events behind what `buffer` holds, which is enlarged where needed."""
        buffer.reserve(1)
        buffer.n += self._kernel.finish_into(buffer.t, buffer.x, buffer.y, buffer.p, buffer.n)

    def copy(self) -> "Decoder":
        """A decoder that goes on from the same place in the bytes.

        Triggers, colours and exposures that were not fetched stay with this one.

        Example:
            >>> first = decoder("evt2")
            >>> _ = first.feed(b"\\x00\\x00\\x00\\x80\\x01")
            >>> second, rest = first.copy(), b"\\x10\\x00\\x10"
            >>> first.feed(rest) == second.feed(rest)
            True
        """
        other = Decoder.__new__(Decoder)
        other.name, other.size = self.name, self.size
        other._kernel = self._kernel.copy()
        return other

    def triggers(self) -> Triggers:
        """The external trigger edges met since the last call."""
        return Triggers(*self._kernel.triggers())

    def colors(self) -> np.ndarray:
        """Red, green and blue of the events given since the last call: uint8 (n, 3)."""
        return self._kernel.colors()

    def exposures(self) -> Events:
        """ATIS exposure edges met since the last call: `p` is 0 at the start, 1 at the end."""
        return Events._wrap(*self._kernel.exposures(), size=self.size)

    @property
    def report(self) -> DecodeCounts:
        """What became of the bytes up to now."""
        return DecodeCounts(**self._kernel.counts())


class PayloadDecoder:
    """Turns the payload of a generic Event Stream into timed byte strings.

    Args:
        t0: time of the stream's beginning in microseconds.

    Example:
        >>> decoder = PayloadDecoder()
        >>> decoder.feed(bytes([7, 2 << 1]) + b"hi").data
        [b'hi']
    """

    def __init__(self, *, t0: int = 0) -> None:
        self._kernel = _kernels.PayloadDecoder(t0)

    def feed(self, data: Any) -> Payloads:
        """Decode the next bytes; return the byte strings that they complete."""
        self._kernel.feed(data)
        t, ends, joined = self._kernel.payloads()
        starts = [0, *ends.tolist()]
        return Payloads(t, [joined[a:b] for a, b in zip(starts, ends.tolist(), strict=False)])

    def finish(self) -> None:
        """Count the bytes of an unfinished record as truncated; call it after the last byte."""
        self._kernel.finish()

    @property
    def report(self) -> DecodeCounts:
        """What became of the bytes up to now; `events` counts byte strings."""
        return DecodeCounts(**self._kernel.counts())


def decoder(name: str, *, size: tuple[int, int] | None = None, **options: Any) -> Decoder:
    """Make a decoder for the payload of one stream.

    Args:
        name: `"evt2"`, `"evt21"`, `"evt3"`, `"evt4"`, `"dat"`, `"es"` or `"text"`.
        size: `(width, height)` of the sensor; events outside are left out and counted. None: what
            the format can say (ES needs a size).
        **options: evt21: `layout`, the order of the bytes of a word: `"little"` or `"legacy"` (the
            upper half first; see `evt21_layout`); dat: `version` (2, 1), `kind` (`"cd"`,
            `"trigger"`); es: `kind` (`"dvs"`, `"atis"`, `"color"`), `t0` (time of the stream's
            beginning, us); text: `columns` (the fields of a line,
            `"txyp"` in their order, `"_"` for others), `separator` (a blank stands for any run of
            blanks), `unit` of the times (`"s"`, `"ms"`, `"us"`, `"ns"`).

    Raises:
        EventError: unknown name or option, or a size that is missing or wrong.

    Example:
        >>> d = decoder("dat", size=(640, 480))
        >>> record = (1000).to_bytes(4, "little") + (1 << 28 | 7 << 14 | 5).to_bytes(4, "little")
        >>> len(d.feed(record[:3]))
        0
        >>> events = d.feed(record[3:])
        >>> int(events.t[0]), int(events.x[0]), int(events.y[0]), int(events.p[0])
        (1000, 5, 7, 1)
    """
    return Decoder(name, size, options)


def decode(
    name: str,
    data: Any,
    *,
    size: tuple[int, int] | None = None,
    out: EventBuffer | None = None,
    **options: Any,
) -> tuple[Events, Triggers, DecodeCounts]:
    """Decode a whole payload that lies in memory.

    Args:
        name: name of the codec, see `decoder`.
        data: any object that holds bytes in one piece.
        size: `(width, height)` of the sensor, see `decoder`.
        out: columns to fill instead of fresh ones; cleared first, enlarged where needed. The
            events returned lie in it, and change when it is filled again.
        **options: see `decoder`.

    Returns:
        Events, external trigger edges, and counts of what was read and skipped.

    Raises:
        EventError: unknown name or option, or a size that is missing or wrong.

    Example:
        >>> events, triggers, counts = decode("evt2", b"\\x00\\x00\\x00\\x80\\x01\\x10\\x00\\x10")
        >>> events.size, int(events.x[0]), int(events.y[0]), counts.bytes_read
        ((2048, 2048), 2, 1, 8)
    """
    machine = decoder(name, size=size, **options)
    room = machine.bound(data)
    if out is None:
        out = EventBuffer(room)
    else:
        out.clear()
        out.reserve(room)
    machine.feed_into(data, out)
    machine.finish_into(out)
    counts = machine.report
    events = out.events(machine.size, is_sorted=counts.time_errors == 0 or None)
    return events, machine.triggers(), counts
