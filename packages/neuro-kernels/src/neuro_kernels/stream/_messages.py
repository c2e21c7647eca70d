"""Events in messages: one class that writes them and one that reads them."""

from typing import Any

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events

__all__ = [
    "FORMATS",
    "STREAM_FORMATS",
    "MessageDecoder",
    "MessageEncoder",
    "check_format",
    "check_size",
    "encode_message",
    "wrap",
]

FORMATS = (
    "spif",
    "spif-untimed",
    "t64_x16_y16_on8",
    "t32_x16_y15_on1",
    "speck",
    "jaer",
    "text",
    "frame",
)
# Layouts whose messages tell where they end, or need not: those that a stream of bytes can carry.
STREAM_FORMATS = tuple(name for name in FORMATS if name != "jaer")


def check_format(name: str) -> str:
    """Return the name of a layout, or raise EventError with the known ones."""
    if name not in FORMATS:
        raise EventError(f"format: expected one of {', '.join(FORMATS)}, got {name!r}")
    return name


def check_size(size: tuple[int, int] | None, format: str) -> tuple[int, int]:
    """Return (width, height), (0, 0) where the layout tells it, or raise EventError."""
    if size is None:
        if format == "frame":
            return 0, 0
        raise EventError(f"size: {format!r} does not carry the sensor's size; give (width, height)")
    width, height = Events.empty(size).size
    largest = _kernels.wire_limits(format)[0]
    if max(width, height) > largest:
        raise EventError(
            f"size: {format!r} holds coordinates of at most {largest} pixels a side, got "
            f"{width}x{height}"
        )
    return width, height


def wrap(columns: tuple[np.ndarray, ...], sensor: tuple[int, int, int | None]) -> Events:
    """Make Events of decoded columns; decoders let only events inside the sensor through."""
    width, height, t0 = sensor
    return Events._wrap(*columns, size=(width or 1, height or 1), t0=t0)


class MessageEncoder:
    """Writes messages of one stream, one after the other.

    Args:
        size: (width, height) of the sensor.
        format: name of the layout.
        t0: absolute time of t = 0 in microseconds, where the layout has a place for it.

    Raises:
        EventError: an unknown layout, or a sensor too large for it.

    Example:
        >>> encoder = MessageEncoder((4, 4), format="frame")
        >>> message = encoder.encode(Events([7], [1], [2], [1], size=(4, 4)))
        >>> len(message), message[:4]
        (72, b'NEVS')
    """

    def __init__(
        self, size: tuple[int, int], *, format: str = "spif", t0: int | None = None
    ) -> None:
        width, height = check_size(size, check_format(format))
        self.size = (width, height)
        self._encoder = _kernels.WireEncoder(format, width, height, t0)

    def encode(self, events: Events) -> bytes:
        """Write one message.

        Args:
            events: of a sensor not larger than that of the stream.

        Raises:
            EventError: a larger sensor.
        """
        if events.width > self.size[0] or events.height > self.size[1]:
            raise EventError(
                f"encode: the stream has {self.size[0]}x{self.size[1]} pixels, got events of "
                f"{events.width}x{events.height}; open the stream with that size"
            )
        return self._encoder.encode(events.t, events.x, events.y, events.p)


def encode_message(events: Events, *, format: str = "spif") -> bytes:
    """Write events as one message in a layout of this module.

    Args:
        events: any number of them.
        format: name of the layout.

    Returns:
        The message.

    Raises:
        EventError: unknown layout, or a sensor too large for it.

    Example:
        >>> encode_message(Events([7], [1], [2], [1], size=(4, 4)), format="spif-untimed").hex(" ")
        '02 80 01 80'
    """
    return MessageEncoder(events.size, format=format, t0=events.t0).encode(events)


class MessageDecoder:
    """Reads messages of one sender, one after the other.

    Args:
        size: (width, height) of the sensor; events outside are left out and counted. None takes
            the size that the first frame names ("frame" alone).
        format: name of the layout.

    Example:
        >>> decoder = MessageDecoder((640, 480))
        >>> decoder.decode(bytes.fromhex("02800180"), arrival_us=99)
        Events(1 events, 640x480, 0 s)
        >>> decoder.decode(bytes.fromhex("02800100 07000000")).t
        array([7])
    """

    def __init__(self, size: tuple[int, int] | None = None, *, format: str = "spif") -> None:
        width, height = check_size(size, check_format(format))
        self._decoder = _kernels.WireDecoder(format, width, height)
        self._rest = b""
        self._arrival_us = 0

    @property
    def size(self) -> tuple[int, int] | None:
        """(width, height) of the sensor; None until a frame has told."""
        width, height, _ = self._decoder.sensor()
        return (width, height) if width else None

    @property
    def t0(self) -> int | None:
        """Absolute time of t = 0 in microseconds, or None."""
        return self._decoder.sensor()[2]

    def decode(self, message: Any, *, arrival_us: int = 0) -> Events:
        """Read one message.

        Args:
            message: contiguous bytes.
            arrival_us: time of the events that carry none.

        Returns:
            The events in the order of the message. Never raises on data. While the size is not
            known there are none, and their size is (1, 1).
        """
        columns = self._decoder.decode(message, arrival_us)
        return wrap(columns, self._decoder.sensor())

    def feed(self, data: Any, *, arrival_us: int = 0) -> Events:
        """Read the next bytes of a stream without messages, such as TCP, cut anywhere.

        Args:
            data: contiguous bytes.
            arrival_us: time of the events that carry none.

        Returns:
            The events that are complete; the beginning of the next one is kept for the next call.
        """
        joined = self._rest + bytes(data) if self._rest else data
        n = self._decoder.whole(joined)
        self._rest = bytes(memoryview(joined)[n:])
        self._arrival_us = arrival_us
        return self.decode(memoryview(joined)[:n], arrival_us=arrival_us)

    def finish(self) -> Events:
        """Read what `feed` has kept, at the end of the stream; a part of an event is malformed."""
        rest, self._rest = self._rest, b""
        return self.decode(rest, arrival_us=self._arrival_us)

    @property
    def events(self) -> int:
        """Events decoded so far."""
        return self._decoder.counts()[0]

    @property
    def out_of_range(self) -> int:
        """Events outside the sensor so far, left out."""
        return self._decoder.counts()[1]

    @property
    def malformed(self) -> int:
        """Messages so far with bytes that form no event."""
        return self._decoder.counts()[2]

    @property
    def lost_messages(self) -> int:
        """Messages missing so far by their numbers ("frame" alone)."""
        return self._decoder.counts()[3]

    @property
    def lost_events(self) -> int:
        """Events in the missing messages ("frame" alone)."""
        return self._decoder.counts()[4]
