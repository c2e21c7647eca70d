"""A transport that writes down what goes over another one."""

import contextlib
import contextvars
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hw_drivers.errors import DeviceDisconnected, HardwareError
from hw_drivers.tables import treuzell as tz
from hw_drivers.transport.clock import Clock
from hw_drivers.transport.interface import Buffer, Log, Transport, TransportStats
from hw_drivers.transport.trace_format import GAP, Kind, Record, Status, TraceWriter

__all__ = ["TracingTransport", "traced", "tracing"]

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class _Wish:
    path: Path
    header: Mapping[str, Any]


_wish: contextvars.ContextVar[_Wish | None] = contextvars.ContextVar("trace", default=None)


@contextlib.contextmanager
def tracing(path: str | Path | None, header: Mapping[str, Any]) -> Iterator[None]:
    """Trace the first device that is opened inside the `with` block, until it is closed.

    Args:
        path: the trace; None: no trace.
        header: what is known of the device before it is opened.
    """
    token = _wish.set(None if path is None else _Wish(Path(path), header))
    try:
        yield
    finally:
        _wish.reset(token)


def traced(transport: Transport, header: Mapping[str, Any]) -> Transport:
    """Return a transport that is traced, where a surrounding `tracing` asks for it.

    Args:
        transport: the way to a device, nothing said yet.
        header: what else is known of the device.
    """
    wish = _wish.get()
    if wish is None:
        return transport
    _wish.set(None)
    wall_ns = transport.clock.wall_ns()
    writer = TraceWriter(wish.path, {**header, **wish.header, "wall_ns": wall_ns})
    return TracingTransport(transport, writer)


class TracingTransport:
    """Passes everything on to a transport and writes it to a trace.

    Serial numbers do not get into the trace. Transfers are written when they are taken, so that
    what the program never read is not in it.

    Args:
        inner: the way to the device.
        writer: the trace.
    """

    def __init__(self, inner: Transport, writer: TraceWriter) -> None:
        self._inner = inner
        self._writer = writer
        self._start_ns = inner.clock.monotonic_ns()
        self._lock = threading.Lock()

    @property
    def clock(self) -> Clock:
        """The clock of arrival times."""
        return self._inner.clock

    @property
    def finished(self) -> bool:
        """Whether the stream has come to its end."""
        return self._inner.finished

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """Read by a vendor request."""
        return self._call(
            lambda: self._inner.control_in(request, value, index, length),
            Kind.CONTROL_IN,
            (request, value, index),
        )

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """Write by a vendor request."""
        self._call(
            lambda: self._inner.control_out(request, value, index, data),
            Kind.CONTROL_OUT,
            (request, value, index),
            data,
        )

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Write to a bulk endpoint."""
        self._call(
            lambda: self._inner.bulk_out(endpoint, data), Kind.BULK_OUT, (endpoint, 0, 0), data
        )

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Read one transfer from a bulk endpoint."""
        return self._call(
            lambda: self._inner.bulk_in(endpoint, length), Kind.BULK_IN, (endpoint, 0, 0)
        )

    def settle(self, us: int) -> None:
        """Give the device time to settle."""
        self._inner.settle(us)

    def start_stream(self, endpoint: int) -> None:
        """Queue transfers on the data endpoint."""
        self._call(lambda: self._inner.start_stream(endpoint), Kind.START, (endpoint, 0, 0))

    def stop_stream(self) -> None:
        """Stop queueing transfers and drop what waits."""
        self._inner.stop_stream()
        self._append(Kind.STOP)

    def next_buffer(self, timeout_s: float) -> Buffer | None:
        """Take the oldest waiting transfer."""
        try:
            buffer = self._inner.next_buffer(timeout_s)
        except HardwareError as error:
            self._append(Kind.DATA, str(error).encode(), _status(error))
            raise
        if buffer is None:
            return None
        if buffer.lost_packets:
            lost = GAP.pack(buffer.lost_packets, buffer.lost_bytes)
            self._append(Kind.GAP, lost, at_ns=buffer.monotonic_ns)
        self._append(Kind.DATA, buffer.data, at_ns=buffer.monotonic_ns)
        return buffer

    def start_log(self, descriptor: int) -> Log:
        """Write every transfer that arrives to an open file."""
        return self._inner.start_log(descriptor)

    def stats(self) -> TransportStats:
        """Return the counts."""
        return self._inner.stats()

    def close(self) -> None:
        """Let the device go and finish the trace."""
        self._inner.close()
        self._writer.finish()

    def _call(
        self,
        call: Callable[[], Answer],
        kind: Kind,
        place: tuple[int, int, int],
        data: bytes = b"",
    ) -> Answer:
        try:
            answer = call()
        except HardwareError as error:
            if kind in (Kind.CONTROL_OUT, Kind.BULK_OUT):
                # A request that failed is found again by what was asked, then by how it ended.
                self._append(kind, data, place=place)
            self._append(kind, str(error).encode(), _status(error), place)
            raise
        self._append(kind, _redacted(answer) if isinstance(answer, bytes) else data, place=place)
        return answer

    def _append(
        self,
        kind: Kind,
        payload: bytes = b"",
        status: Status = Status.DONE,
        place: tuple[int, int, int] = (0, 0, 0),
        *,
        at_ns: int | None = None,
    ) -> None:
        with self._lock:
            now_ns = self._inner.clock.monotonic_ns() if at_ns is None else at_ns
            time_ns = max(0, now_ns - self._start_ns)
            self._writer.append(Record(kind, time_ns, payload, status, *place))


def _status(error: HardwareError) -> Status:
    return Status.GONE if isinstance(error, DeviceDisconnected) else Status.FAILED


def _redacted(answer: bytes) -> bytes:
    """Blank the number in an answer to the request for the serial number of a Treuzell board."""
    if len(answer) >= 8 and struct.unpack_from("<I", answer)[0] == tz.SERIAL:
        return answer[:8] + bytes(len(answer) - 8)
    return answer
