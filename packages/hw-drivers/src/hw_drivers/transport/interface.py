"""What a driver asks of a transport."""

from dataclasses import dataclass
from typing import Protocol

from hw_drivers.transport.clock import Clock

__all__ = ["Buffer", "Log", "LogCounts", "Transport", "TransportStats"]


@dataclass(frozen=True, slots=True)
class Buffer:
    """Bytes that arrived on the data endpoint in one transfer.

    Args:
        data: the bytes.
        sequence: number of the transfer since the stream started, lost ones counted.
        monotonic_ns: arrival time on the transport's monotonic clock.
        wall_ns: arrival time since 1970.
        lost_packets: transfers dropped directly before this one.
        lost_bytes: bytes in them.
    """

    data: bytes
    sequence: int
    monotonic_ns: int
    wall_ns: int
    lost_packets: int = 0
    lost_bytes: int = 0


@dataclass(frozen=True)
class LogCounts:
    """What a log of a stream holds.

    Args:
        packets: transfers in it.
        bytes: bytes in them.
        missing_packets: transfers that arrived and are not in it.
        first_wall_ns: arrival of the first one since 1970, or None without any.
        duration_s: from the first to the last arrival.
        errno: number of the write error that ended it, 0 without one.
    """

    packets: int = 0
    bytes: int = 0
    missing_packets: int = 0
    first_wall_ns: int | None = None
    duration_s: float = 0.0
    errno: int = 0


class Log(Protocol):
    """A file to which a transport writes what arrives."""

    def finish(self) -> LogCounts:
        """Write what waits, close the file and return what it holds."""
        ...


@dataclass(frozen=True)
class TransportStats:
    """Counts since the stream was last started.

    Args:
        packets: transfers that arrived, dropped ones included.
        bytes: bytes in them.
        lost_packets: transfers dropped because the consumer was too slow.
        lost_bytes: bytes in them.
        gaps: places in the stream where at least one transfer is missing.
        queued_packets: transfers that wait for the consumer.
        queued_bytes: bytes in them.
        high_water: most transfers that ever waited.
        capacity: transfers that fit.
        oldest_ns: arrival time of the first waiting transfer, or None.
        control_requests: control round trips since the transport was opened.
    """

    packets: int = 0
    bytes: int = 0
    lost_packets: int = 0
    lost_bytes: int = 0
    gaps: int = 0
    queued_packets: int = 0
    queued_bytes: int = 0
    high_water: int = 0
    capacity: int = 0
    oldest_ns: int | None = None
    control_requests: int = 0


class Transport(Protocol):
    """A device that is open, seen from its driver.

    Every method may raise `DeviceDisconnected` when the device is gone and `TransferError` when
    one transfer failed. Control methods may be called from any thread, one at a time.
    """

    @property
    def clock(self) -> Clock:
        """The clock of arrival times."""
        ...

    @property
    def finished(self) -> bool:
        """Whether the stream has come to its end: no buffer waits and none will come."""
        ...

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """Read up to `length` bytes by a vendor request on endpoint 0 (bmRequestType 0xC0)."""
        ...

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """Write `data` by a vendor request on endpoint 0 (bmRequestType 0x40)."""
        ...

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Write `data` to a bulk endpoint."""
        ...

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Read one transfer of up to `length` bytes from a bulk endpoint."""
        ...

    def settle(self, us: int) -> None:
        """Give the device `us` microseconds to settle."""
        ...

    def start_stream(self, endpoint: int) -> None:
        """Clear a halt of the data endpoint and queue transfers on it; counts start at zero."""
        ...

    def stop_stream(self) -> None:
        """Stop queueing transfers and drop what waits."""
        ...

    def next_buffer(self, timeout_s: float) -> Buffer | None:
        """Take the oldest waiting transfer; None when none came in time or the stream ended."""
        ...

    def start_log(self, descriptor: int) -> Log:
        """Write every transfer that arrives to an open file, before it can be dropped.

        The log closes the descriptor. One log at a time.
        """
        ...

    def stats(self) -> TransportStats:
        """Return the counts."""
        ...

    def close(self) -> None:
        """Stop the stream and let the device go; a second call does nothing."""
        ...
