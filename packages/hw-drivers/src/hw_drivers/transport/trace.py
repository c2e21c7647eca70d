"""A recorded trace as the far side of a cable."""

import threading
import time

from hw_drivers.errors import DeviceDisconnected, TraceError, TransferError
from hw_drivers.transport.clock import Clock, ManualClock, SystemClock
from hw_drivers.transport.file_log import FileLog
from hw_drivers.transport.interface import Buffer, TransportStats
from hw_drivers.transport.trace_format import GAP, Kind, Record, Status, Trace

__all__ = ["TraceTransport"]


class _TraceClock(ManualClock):
    """The clock of the computer on which the trace was made."""

    def __init__(self, wall_ns: int) -> None:
        super().__init__()
        self._wall_ns = wall_ns

    def wall_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC, then."""
        return self._wall_ns + self.monotonic_ns()


class TraceTransport:
    """Answers a driver from a trace.

    A request is looked up behind the one before: what the driver leaves out is passed over, what
    it asks beyond the trace is an error. Transfers come with the times they had.

    Args:
        trace: the trace.
        realtime: True: paced by the computer's clock. False: as fast as the program reads, on a
            clock that stands where the trace is.
    """

    def __init__(self, trace: Trace, *, realtime: bool = False) -> None:
        wall_ns = trace.header.get("wall_ns")
        self._records = trace.records
        self._clock: Clock = _TraceClock(wall_ns if isinstance(wall_ns, int) else 0)
        if realtime:
            self._clock = SystemClock()
        self._next = 0  # first record that the next request may be answered from
        self._data: int | None = None  # next record of the stream, None while it is stopped
        self._offset_ns = 0  # from times of the trace to those of the clock
        self._log: FileLog | None = None
        self._lock = threading.RLock()
        self._gone = self._closed = False
        self._forget_stream()
        self._control_requests = 0

    @property
    def clock(self) -> Clock:
        """The clock of arrival times."""
        return self._clock

    @property
    def finished(self) -> bool:
        """Whether the trace holds no further transfer of this stream."""
        return not self._gone and self._coming() is None

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """Answer a vendor request that reads."""
        with self._lock:
            self._control_requests += 1
            record = self._find(Kind.CONTROL_IN, (request, value, index))
            return self._done(record).payload[:length]

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """Take a vendor request that writes."""
        with self._lock:
            self._control_requests += 1
            self._written(Kind.CONTROL_OUT, (request, value, index), data)

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Take a bulk transfer."""
        with self._lock:
            self._control_requests += 1
            self._written(Kind.BULK_OUT, (endpoint, 0, 0), data)

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Answer a bulk transfer."""
        with self._lock:
            return self._done(self._find(Kind.BULK_IN, (endpoint, 0, 0))).payload[:length]

    def settle(self, us: int) -> None:
        """Pass over the time that real hardware needs."""
        if isinstance(self._clock, ManualClock):
            self._clock.advance(us * 1000)

    def start_stream(self, endpoint: int) -> None:
        """Go to the next stream of the trace."""
        with self._lock:
            record = self._done(self._find(Kind.START, (endpoint, 0, 0)))
            self._forget_stream()
            self._data = self._next
            if isinstance(self._clock, ManualClock):
                self._clock.move_to(record.time_ns)
            else:
                self._offset_ns = self._clock.monotonic_ns() - record.time_ns

    def stop_stream(self) -> None:
        """Leave the stream."""
        self._data = None

    def next_buffer(self, timeout_s: float) -> Buffer | None:
        """Take the next transfer, if it comes in time."""
        with self._lock:
            if self._data is None:
                self._check_present()
                return None
            found = self._coming()
        if found is None:
            return None
        if not self._wait(self._records[found].time_ns + self._offset_ns, timeout_s):
            return None
        with self._lock:
            if self._data is None or self._data > found:  # stopped while it waited
                return None
            return self._take(found)

    def start_log(self, descriptor: int) -> FileLog:
        """Write every transfer that is taken to an open file."""
        self._log = FileLog(descriptor, self._forget_log)
        return self._log

    def stats(self) -> TransportStats:
        """Return the counts."""
        return TransportStats(
            packets=self._packets + self._lost_packets,
            bytes=self._bytes + self._lost_bytes,
            lost_packets=self._lost_packets,
            lost_bytes=self._lost_bytes,
            gaps=self._gaps,
            control_requests=self._control_requests,
        )

    def close(self) -> None:
        """Leave the trace."""
        self._data = None
        self._closed = True

    def _forget_stream(self) -> None:
        self._packets = self._bytes = 0
        self._lost_packets = self._lost_bytes = self._gaps = 0

    def _forget_log(self) -> None:
        self._log = None

    def _coming(self) -> int | None:
        """Position of the next transfer of the running stream."""
        if self._data is None:
            return None
        for i in range(self._data, len(self._records)):
            kind = self._records[i].kind
            if kind is Kind.DATA:
                return i
            if kind in (Kind.STOP, Kind.START):
                return None
        return None

    def _wait(self, due_ns: int, timeout_s: float) -> bool:
        left_ns = due_ns - self._clock.monotonic_ns()
        limit_ns = round(timeout_s * 1e9)
        if isinstance(self._clock, ManualClock):
            self._clock.advance(max(0, min(left_ns, limit_ns)))
        elif left_ns > 0:
            time.sleep(min(left_ns, limit_ns) * 1e-9)
        return left_ns <= limit_ns

    def _take(self, position: int) -> Buffer:
        assert self._data is not None
        lost_packets = lost_bytes = 0
        for record in self._records[self._data : position]:
            if record.kind is Kind.GAP:
                packets, size = GAP.unpack(record.payload)
                lost_packets += packets
                lost_bytes += size
        record = self._done(self._records[position])
        self._data = position + 1
        sequence = self._packets + self._lost_packets + lost_packets
        self._packets += 1
        self._bytes += len(record.payload)
        self._lost_packets += lost_packets
        self._lost_bytes += lost_bytes
        self._gaps += lost_packets > 0
        now_ns = record.time_ns + self._offset_ns
        wall_ns = self._clock.wall_ns() - self._clock.monotonic_ns() + now_ns
        buffer = Buffer(record.payload, sequence, now_ns, wall_ns, lost_packets, lost_bytes)
        if self._log is not None:
            self._log.append(buffer)
        return buffer

    def _written(self, kind: Kind, place: tuple[int, int, int], data: bytes) -> None:
        self._find(kind, place, data)
        if self._next < len(self._records):
            after = self._records[self._next]
            if after.kind is kind and after.status is not Status.DONE:
                self._done(after)

    def _find(self, kind: Kind, place: tuple[int, int, int], data: bytes | None = None) -> Record:
        """Return the next record of a request and go behind it."""
        self._check_present()
        for i in range(self._next, len(self._records)):
            record = self._records[i]
            if (
                record.kind is kind
                and (record.number, record.value, record.index) == place
                and (data is None or record.payload == data)
            ):
                self._next = i + 1
                return record
        what = f"{kind.name.lower()} 0x{place[0]:02X}"
        if data is not None:
            what += f" of {len(data)} bytes ({data[:24].hex(' ')}{' ...' if data[24:] else ''})"
        raise TraceError(
            f"the trace has no {what} behind its record {self._next}; open it with the "
            "configuration it was made with, and ask only for what was asked then"
        )

    def _done(self, record: Record) -> Record:
        if record.status is Status.DONE:
            return record
        self._gone = self._gone or record.status is Status.GONE
        self._check_present()
        raise TransferError(record.payload.decode("utf-8", "replace"))

    def _check_present(self) -> None:
        if self._closed:
            raise TransferError("the trace is closed; open it again")
        if self._gone:
            raise DeviceDisconnected("the device was unplugged")
