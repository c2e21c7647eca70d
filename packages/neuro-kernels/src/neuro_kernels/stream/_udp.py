"""UDP: a receiver with a thread of its own, and a sender."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events
from neuro_kernels.stream._errors import stream_error
from neuro_kernels.stream._messages import check_format, check_size, wrap

__all__ = ["UdpReceiver", "UdpReceiverStats", "UdpSender", "UdpSenderStats"]

LARGEST_DATAGRAM = 65507  # bytes that fit into one UDP datagram of IPv4
SEND_STEP = 1 << 16  # events between two looks for Ctrl-C


def _check_at_least(name: str, value: int, least: int) -> int:
    if value < least:
        raise EventError(f"{name}: expected at least {least}, got {value}")
    return int(value)


@dataclass(frozen=True, slots=True)
class UdpReceiverStats:
    """What a receiver has seen so far.

    Attributes:
        packets: datagrams received, those lost in the ring included.
        bytes: bytes in them.
        events: events handed over.
        out_of_range: events outside the sensor, left out.
        malformed: datagrams with bytes that form no event.
        truncated: datagrams longer than `max_datagram`, cut there.
        ring_lost_packets: datagrams dropped because the consumer was too slow.
        ring_lost_events: events in them, counted exactly.
        system_lost_packets: datagrams the system dropped because its buffer was full; None where
            the system does not tell.
        system_lost_events: events in them, by the mean of the datagrams received.
        missed_packets: datagrams missing by their numbers, of layouts that number them, wherever
            they were lost.
        missed_events: events in them.
        ring_peak_bytes: most bytes that waited for the consumer.
        receive_buffer_bytes: buffer that the system granted (Linux counts its bookkeeping in).
    """

    packets: int
    bytes: int
    events: int
    out_of_range: int
    malformed: int
    truncated: int
    ring_lost_packets: int
    ring_lost_events: int
    system_lost_packets: int | None
    system_lost_events: int
    missed_packets: int
    missed_events: int
    ring_peak_bytes: int
    receive_buffer_bytes: int

    @property
    def lost_packets(self) -> int:
        """Datagrams known to be lost."""
        here = self.ring_lost_packets + (self.system_lost_packets or 0)
        return max(here, self.missed_packets)

    @property
    def lost_events(self) -> int:
        """Events lost with them; an estimate as far as the system lost them."""
        return max(self.ring_lost_events + self.system_lost_events, self.missed_events)


class UdpReceiver:
    """Receives events from UDP datagrams on a thread of its own.

    The thread is C++ and never waits for the interpreter: it moves datagrams into a ring, and
    `read` decodes whatever waits there. What is lost is counted, see `stats`.

    Args:
        host: address to listen on; "0.0.0.0" and "*" mean every IPv4 address, "::" every address.
        port: UDP port; 0 takes a free one, see the attribute `port`.
        size: (width, height) of the sensor; events outside are left out and counted. None takes
            the size that the first frame names (layout "frame" alone).
        format: name of the layout.
        receive_buffer: bytes of receive buffer asked of the system.
        ring_bytes: bytes that wait for a slow consumer before datagrams are dropped.
        max_datagram: bytes of the longest datagram taken whole.

    Events without a timestamp get the time of arrival, in microseconds since the opening.

    Raises:
        StreamError: the port is in use or not allowed, or the host is not an address of this
            machine.
        EventError: an option out of its range.

    Example:
        >>> events = Events([5, 9], [1, 2], [3, 4], [1, 0], size=(640, 480))
        >>> with UdpReceiver("127.0.0.1", 0, size=(640, 480)) as receiver:
        ...     with UdpSender("127.0.0.1", receiver.port) as sender:
        ...         sender.send(events)
        ...     receiver.read(timeout_s=10) == events
        True
    """

    def __init__(
        self,
        host: str = "0.0.0.0",
        port: int = 3333,
        *,
        size: tuple[int, int] | None = None,
        format: str = "spif",
        receive_buffer: int = 8 << 20,
        ring_bytes: int = 32 << 20,
        max_datagram: int = 65536,
    ) -> None:
        width, height = check_size(size, check_format(format))
        _check_port(port)
        try:
            self._receiver = _kernels.UdpReceiver(
                host,
                port,
                format,
                width,
                height,
                _check_at_least("receive_buffer", receive_buffer, 1),
                min(_check_at_least("ring_bytes", ring_bytes, 64), 1 << 40),
                min(_check_at_least("max_datagram", max_datagram, 16), 65536),
            )
        except _kernels.SocketError as error:
            raise stream_error(
                error,
                {
                    "in_use": "; another program has the port: end it or choose another port",
                    "denied": "; ports below 1024 need privileges: choose a higher one",
                    "resolve": "; give an address of this machine, 0.0.0.0 for all of them",
                },
            ) from None

    @property
    def size(self) -> tuple[int, int] | None:
        """(width, height) of the sensor; None until a frame that was read has told."""
        width, height, _ = self._receiver.sensor()
        return (width, height) if width else None

    @property
    def t0(self) -> int | None:
        """Absolute time of t = 0 in microseconds, or None."""
        return self._receiver.sensor()[2]

    @property
    def port(self) -> int:
        """The port listened on."""
        return self._receiver.port

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._receiver.closed

    def read(self, *, timeout_s: float | None = None, max_events: int = 1 << 20) -> Events | None:
        """Take the events that have arrived, waiting for the first ones.

        Args:
            timeout_s: seconds to wait at most; None waits until something comes or the receiver
                is closed.
            max_events: stop before the datagram that would exceed this number (one datagram is
                always taken whole).

        Returns:
            Events in the order of arrival, none when the time is over; None once the receiver is
            closed and everything received before has been read. While the size is not known there
            are no events, and their size is (1, 1).
        """
        timeout = -1.0 if timeout_s is None else max(0.0, float(timeout_s))
        columns = self._receiver.read(timeout, max_events)
        return None if columns is None else wrap(columns, self._receiver.sensor())

    def __iter__(self) -> Iterator[Events]:
        """Yield events as they come, until the receiver is closed."""
        while (events := self.read()) is not None:
            yield events

    @property
    def stats(self) -> UdpReceiverStats:
        """What has been seen and lost so far."""
        values = self._receiver.stats()
        if values["system_lost_packets"] < 0:
            values["system_lost_packets"] = None
        return UdpReceiverStats(**values)

    def close(self) -> None:
        """Stop receiving and free the port; safe from any thread, and more than once."""
        self._receiver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class UdpSenderStats:
    """What a sender has sent so far.

    Attributes:
        packets: datagrams that the system took.
        bytes: bytes in them.
        events: events in them.
        refused: reports that nobody listens at the other end (a datagram is still sent).
        lost_packets: datagrams that the system would not take.
        lost_events: events in them.
    """

    packets: int
    bytes: int
    events: int
    refused: int
    lost_packets: int
    lost_events: int


class UdpSender:
    """Sends events as UDP datagrams.

    Args:
        host: name or address to send to.
        port: UDP port.
        format: name of the layout.
        packet_events: events in one datagram at most. 128 (1 KiB with timestamps) passes any
            network; SPIF boards take up to 256.
        max_rate: events per second at most; 0 sends as fast as the system takes them.
        send_buffer: bytes of send buffer asked of the system.

    Raises:
        StreamError: the host is unknown.
        EventError: an option out of its range.

    Example:
        >>> with UdpSender("127.0.0.1", 3333, format="spif-untimed") as sender:
        ...     sender.send(Events.empty((640, 480)))
        ...     sender.stats.packets
        0
    """

    def __init__(
        self,
        host: str = "localhost",
        port: int = 3333,
        *,
        format: str = "spif",
        packet_events: int = 128,
        max_rate: float = 0.0,
        send_buffer: int = 4 << 20,
    ) -> None:
        if not 0 < port < 65536:
            raise EventError(f"port: expected 1 to 65535, got {port}")
        _, header, each = _kernels.wire_limits(check_format(format))
        most = (LARGEST_DATAGRAM - header) // each
        if not 0 < packet_events <= most:
            raise EventError(
                f"packet_events: expected 1 to {most}, which fill a datagram, got {packet_events}"
            )
        if not 0 <= max_rate < float("inf"):
            raise EventError(f"max_rate: expected events per second, at least 0, got {max_rate}")
        try:
            self._sender = _kernels.UdpSender(
                host,
                port,
                format,
                packet_events,
                max_rate,
                _check_at_least("send_buffer", send_buffer, 1),
            )
        except _kernels.SocketError as error:
            advice = {"resolve": "; check the name, or give an address such as 127.0.0.1"}
            raise stream_error(error, advice) from None
        self._format = format

    def send(self, events: Events) -> None:
        """Send events at once; the last datagram of a call is as short as it comes.

        Args:
            events: of a sensor whose coordinates the layout can hold.

        Raises:
            StreamError: the socket can no longer send.
            EventError: too large a sensor.
        """
        check_size(events.size, self._format)
        self._sender.set_sensor(*events.size, events.t0)
        try:
            self._sender.send(events.t, events.x, events.y, events.p, SEND_STEP)
        except _kernels.SocketError as error:
            advice = "; make datagrams smaller with packet_events, or check the network"
            raise stream_error(error, {"other": advice}) from None

    @property
    def stats(self) -> UdpSenderStats:
        """What has been sent so far."""
        return UdpSenderStats(**self._sender.stats())

    def close(self) -> None:
        """Free the socket; safe more than once."""
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _check_port(port: int) -> None:
    if not 0 <= port < 65536:
        raise EventError(f"port: expected 0 to 65535, got {port}")
