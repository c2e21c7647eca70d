"""Events to bytes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.codecs._formats import codec
from neuro_kernels.codecs._values import Payloads
from neuro_kernels.events import EventError, Events
from neuro_kernels.events._columns import check_size

__all__ = ["Encoder", "encode", "encode_payloads", "encoder"]

_REASONS = {
    1: "x lies outside the sensor or the format's range",
    2: "y lies outside the sensor or the format's range",
    3: "the time is negative; shift the times so that they start at 0 or later",
    4: "the time is earlier than that of the event before by more than the format can say; sort "
    "the events by time",
    5: "the time is later than the format can say; shift the times so that they start near 0",
}
_CHUNK = 1 << 18  # events per call: what is held in memory twice stays small


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
        self._kernel = entry.make_encoder(*self.size, options)
        self._n = 0

    def feed(self, events: Events, *, colors: np.ndarray | None = None) -> bytes:
        """Encode the next events.

        Args:
            events: times continue those of earlier calls.
            colors: uint8 (n, 3), needed for ES colour: red, green and blue of each event.

        Returns:
            The bytes that are complete; the rest follows with the next call.

        Raises:
            EventError: an event that the format cannot hold.
        """
        data, n, error = self._kernel.feed(events.t, events.x, events.y, events.p, colors)
        if error:
            raise EventError(
                f"codec {self.name}: event {self._n + n} (t {events.t[n]}, x {events.x[n]}, "
                f"y {events.y[n]}) cannot be written: {_REASONS[error]}"
            )
        self._n += n
        return data

    def finish(self) -> bytes:
        """The bytes that are still held back; call it after the last event."""
        return self._kernel.finish()


def encoder(name: str, *, size: tuple[int, int], **options: Any) -> Encoder:
    """Make an encoder for the payload of one stream.

    Args:
        name: `"evt2"`, `"evt3"`, `"dat"` or `"es"`.
        size: `(width, height)` of the sensor.
        **options: dat: `version` (2, 1); es: `kind` (`"dvs"`, `"color"`), `t0` (time of the
            stream's beginning, us).

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
