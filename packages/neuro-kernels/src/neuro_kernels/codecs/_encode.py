"""Events to bytes."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.codecs._formats import codec
from neuro_kernels.codecs._values import Payloads, Triggers
from neuro_kernels.events import EventError, Events
from neuro_kernels.events._columns import check_size

__all__ = ["Encoder", "encode", "encode_payloads", "encoder"]

_REASONS = {
    1: "x lies outside the sensor or the format's range",
    2: "y lies outside the sensor or the format's range",
    3: "the time is negative; shift the times so that they start at 0 or later",
    4: "the time is earlier than that of the event before by more than the format can say; sort "
    "by time",
    5: "the time is later than the format can say; shift the times so that they start near 0",
    6: "the format has no external triggers",
}
_CHUNK = 1 << 18  # events per call: what is held in memory twice stays small
# Bytes of a piece. Calls of the system cost more than leaving the level-2 cache: pieces of 256 KiB
# take 10 to 20 % longer to reach a file.
_PIECE = 1 << 21


class Encoder:
    """Turns events into the payload of one stream; made by `encoder`.

    The bytes do not depend on how the events are cut into calls.

    Attributes:
        name: name of the codec.
        size: `(width, height)` of the sensor.
    """

    def __init__(self, name: str, size: tuple[int, int], options: dict[str, Any]) -> None:
        entry = codec(name)
        options = entry.complete(options)
        self.name = name
        self.size = check_size(size)
        limit = entry.limit(options)
        if self.size[0] > limit[0] or self.size[1] > limit[1]:
            raise EventError(
                f"codec {name}: its coordinates reach to {limit[0]}x{limit[1]}, the sensor has "
                f"{self.size[0]}x{self.size[1]}; choose another format or crop the events"
            )
        if entry.make_encoder is None:
            raise EventError(f"codec {name}: is only read; write evt2, evt21 or evt3 instead")
        self._kernel = entry.make_encoder(*self.size, options)
        self._is_atis = options.get("kind") == "atis"
        self._n = 0
        self._room: np.ndarray | None = None

    def feed(
        self,
        events: Events,
        *,
        colors: np.ndarray | None = None,
        triggers: Triggers | None = None,
        exposures: Events | None = None,
    ) -> bytes:
        """Encode the next events.

        Args:
            events: times continue those of earlier calls.
            colors: uint8 (n, 3), needed for ES colour: red, green and blue of each event.
            triggers: EVT2, EVT2.1 and EVT3: external trigger edges, written in front of the
                first event that is not earlier.
            exposures: ES ATIS: exposure edges (`p` 0 start, 1 end), merged by time.

        Returns:
            The bytes that are complete; the rest follows with the next call.

        Raises:
            EventError: an event or edge that the format cannot hold.
        """
        if triggers is not None and len(triggers):
            return self._feed_with_triggers(events, triggers)
        columns = (events.t, events.x, events.y, events.p)
        if self._is_atis:
            columns = _merge_exposures(events, exposures)
        data, n, error = self._kernel.feed(*columns, colors)
        self._took(columns, n, error)
        return data

    def pieces(self, events: Events, *, colors: np.ndarray | None = None) -> Iterator[memoryview]:
        """Encode the next events into memory that is used again, piece by piece.

        Args:
            events: times continue those of earlier calls.
            colors: see `feed`.

        Yields:
            The bytes that `feed` would return, each piece valid until the next one is asked for.

        Raises:
            EventError: an event that the format cannot hold.

        Example:
            >>> e = encoder("evt2", size=(640, 480))
            >>> [len(piece) for piece in e.pieces(Events([1], [5], [7], [1], size=(640, 480)))]
            [8]
        """
        columns = (events.t, events.x, events.y, events.p)
        if self._is_atis:
            columns = _merge_exposures(events, None)
        if self._room is None:
            self._room = np.empty(_PIECE, np.uint8)
        view, start = self._room.data, 0
        while start < len(events):
            n_bytes, n, error = self._kernel.feed_into(*columns, colors, start, self._room)
            self._took([column[start:] for column in columns], n, error)
            start += n
            if n_bytes:
                yield view[:n_bytes]

    def _took(self, columns: Sequence[np.ndarray], n: int, error: int) -> None:
        if error:
            t, x, y = (column[n] for column in columns[:3])
            raise EventError(
                f"codec {self.name}: event {self._n + n} (t {t}, x {x}, y {y}) cannot be written: "
                f"{_REASONS[error]}"
            )
        self._n += n

    def _feed_with_triggers(self, events: Events, triggers: Triggers) -> bytes:
        latest = np.maximum.accumulate(events.t) if len(events) else events.t
        parts, done = [], 0
        edges = zip(triggers.t.tolist(), triggers.id.tolist(), triggers.value.tolist(), strict=True)
        for (t, number, value), at in zip(
            edges, np.searchsorted(latest, triggers.t).tolist(), strict=True
        ):
            if at > done:
                parts.append(self.feed(events[done:at]))
                done = at
            data, error = self._kernel.trigger(t, number, value)
            if error:
                raise EventError(
                    f"codec {self.name}: the trigger edge at t {t} cannot be written: "
                    f"{_REASONS[error]}"
                )
            parts.append(data)
        parts.append(self.feed(events[done:]))
        return b"".join(parts)

    def finish(self) -> bytes:
        """The bytes that are still held back; call it after the last event."""
        return self._kernel.finish()


def _merge_exposures(events: Events, exposures: Events | None) -> tuple[np.ndarray, ...]:
    """Columns of both kinds by time, events first; p becomes the kind of ATIS records."""
    parts = [(events, 0), *([] if exposures is None else [(exposures, 1)])]
    t, x, y = (np.concatenate([getattr(part, name) for part, _ in parts]) for name in "txy")
    kinds = np.concatenate([part.p << 1 | edge for part, edge in parts])
    order = np.argsort(t, kind="stable")
    return t[order], x[order], y[order], kinds[order]


def encoder(name: str, *, size: tuple[int, int], **options: Any) -> Encoder:
    """Make an encoder for the payload of one stream.

    Args:
        name: `"evt2"`, `"evt21"`, `"evt3"`, `"dat"`, `"es"` or `"text"`.
        size: `(width, height)` of the sensor.
        **options: evt21: `layout`, see `decoder`; dat: `version` (2, 1); es:
            `kind` (`"dvs"`, `"atis"`, `"color"`), `t0` (time of the stream's beginning, us); text:
            `columns` (an order of `"txyp"`) and
            `separator`; times in microseconds.

    Raises:
        EventError: unknown name or option, or a sensor larger than the format can say.

    Example:
        >>> e = encoder("evt2", size=(640, 480))
        >>> data = e.feed(Events([100], [5], [7], [1], size=(640, 480))) + e.finish()
        >>> data.hex(" ", 4)
        '01000080 07280019'
    """
    return Encoder(name, size, options)


def encode(
    name: str,
    events: Events,
    *,
    size: tuple[int, int] | None = None,
    colors: np.ndarray | None = None,
    **options: Any,
) -> bytes:
    """Encode events as one payload.

    Args:
        name: name of the codec, see `encoder`.
        events: what to write.
        size: `(width, height)` of the sensor, if not that of the events.
        colors: see `Encoder.feed`.
        **options: see `encoder`.

    Returns:
        The bytes that `decode` turns into the same events.

    Raises:
        EventError: unknown name or option, or an event that the format cannot hold.

    Example:
        >>> from neuro_kernels.codecs import decode
        >>> events = Events([3, 9], [0, 2], [1, 0], [1, 0], size=(4, 4))
        >>> decode("evt3", encode("evt3", events), size=(4, 4))[0] == events
        True
    """
    machine = encoder(name, size=events.size if size is None else size, **options)
    parts = [
        machine.feed(
            events[start : start + _CHUNK],
            colors=None if colors is None else colors[start : start + _CHUNK],
        )
        for start in range(0, len(events), _CHUNK)
    ]
    parts.append(machine.finish())
    return b"".join(parts)


def encode_payloads(payloads: Payloads | Sequence[tuple[int, bytes]], *, t0: int = 0) -> bytes:
    """Encode timed byte strings as the payload of a generic Event Stream.

    Args:
        payloads: `Payloads`, or pairs of time in microseconds and bytes.
        t0: time of the stream's beginning in microseconds.

    Raises:
        EventError: times that fall, are negative, or leave too long a gap.

    Example:
        >>> encode_payloads([(7, b"hi")])
        b'\\x07\\x04hi'
    """
    if not isinstance(payloads, Payloads):
        pairs = list(payloads)
        payloads = Payloads(
            np.array([t for t, _ in pairs], np.int64), [bytes(data) for _, data in pairs]
        )
    ends = np.cumsum([0, *map(len, payloads.data)], dtype=np.int64)[1:]
    data, n, error, _ = _kernels.encode_payloads(
        np.ascontiguousarray(payloads.t, np.int64), ends, b"".join(payloads.data), t0
    )
    if error:
        raise EventError(
            f"codec es: payload {n} (t {payloads.t[n]}) cannot be written: {_REASONS[error]}"
        )
    return data
