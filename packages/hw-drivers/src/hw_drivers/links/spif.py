"""Events to a SPIF board."""

from types import TracebackType
from typing import Self

from hw_drivers.errors import HardwareError
from hw_drivers.tables import spif as table
from neuro_kernels import EventError, Events
from neuro_kernels.stream import StreamError, UdpSender, UdpSenderStats

__all__ = ["SpifSink"]


class SpifSink:
    """Sends events to the input of a SPIF board, or to anything that reads its words.

    Args:
        host: name or address of the board.
        port: of the pipe.
        timestamps: send the time behind each event; boards take events without.
        packet_events: events in one datagram, at most 256 for a board.
        max_rate: events per second at most; 0: as fast as the system takes them.

    Raises:
        HardwareError: the host is unknown, or an option is out of its range.

    Example:
        >>> with SpifSink("127.0.0.1", 3333) as sink:
        ...     sink.send(Events.empty((640, 480)))
        ...     sink.stats.lost_events
        0
    """

    def __init__(
        self,
        host: str,
        port: int = table.PORT,
        *,
        timestamps: bool = False,
        packet_events: int = table.BATCH_EVENTS,
        max_rate: float = 0.0,
    ) -> None:
        try:
            self._sender = UdpSender(
                host,
                port,
                format="spif" if timestamps else "spif-untimed",
                packet_events=packet_events,
                max_rate=max_rate,
            )
        except (StreamError, EventError) as error:
            raise HardwareError(f"spif:{host}:{port}: {error}") from None

    @property
    def stats(self) -> UdpSenderStats:
        """What has been sent and lost so far."""
        return self._sender.stats

    def send(self, events: Events) -> None:
        """Send events at once, in their order.

        Args:
            events: of a sensor of at most 32768 pixels a side.

        Raises:
            HardwareError: too large a sensor, or the socket can no longer send.
        """
        try:
            self._sender.send(events)
        except (StreamError, EventError) as error:
            raise HardwareError(f"spif: {error}") from None

    def close(self) -> None:
        """Free the socket; a second call does nothing."""
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
