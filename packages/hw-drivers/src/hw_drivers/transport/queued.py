"""Base of transports whose bytes are read by a thread of this process."""

import os
import threading
from abc import ABC, abstractmethod

from hw_drivers.errors import DeviceDisconnected, HardwareError, TransferError
from hw_drivers.transport.clock import Clock, SystemClock
from hw_drivers.transport.file_log import FileLog
from hw_drivers.transport.interface import Buffer, TransportStats
from hw_drivers.transport.ring import DropPolicy, Ring

__all__ = ["QueuedTransport"]


class QueuedTransport(ABC):
    """Queues what a thread reads; a subclass says how to read and to wake the reader.

    Args:
        capacity: reads that wait at most.
        drop: which one is dropped when they do not fit.
    """

    def __init__(self, *, capacity: int, drop: DropPolicy) -> None:
        self._ring = Ring(capacity, drop)
        self._lock = threading.Condition()
        self._clock = SystemClock()
        self._thread: threading.Thread | None = None
        self._log: FileLog | None = None
        self._streaming = self._closed = False
        self._failure: HardwareError | None = None
        self._sequence = self._control_requests = 0

    @property
    def clock(self) -> Clock:
        """The clock of arrival times."""
        return self._clock

    @property
    def finished(self) -> bool:
        """Whether no buffer waits and none will come."""
        with self._lock:
            return not self._streaming and not len(self._ring) and self._failure is None

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """There are no vendor requests here."""
        raise TransferError(f"vendor request 0x{request:02X}: there are none on this line")

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """There are no vendor requests here."""
        raise TransferError(f"vendor request 0x{request:02X}: there are none on this line")

    def start_stream(self, endpoint: int) -> None:
        """Start to queue what arrives; counts start at zero."""
        self.stop_stream()
        with self._lock:
            self._check_open()
            self._ring.clear()
            self._sequence = 0
            self._streaming = True
        self._thread = threading.Thread(target=self._run, name="hw_drivers-reader", daemon=True)
        self._thread.start()

    def stop_stream(self) -> None:
        """Stop to queue and drop what waits."""
        with self._lock:
            self._streaming = False
            self._lock.notify_all()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            self._wake()
            thread.join()
        with self._lock:
            while len(self._ring):
                self._ring.get()

    def next_buffer(self, timeout_s: float) -> Buffer | None:
        """Take the oldest waiting read."""
        with self._lock:
            self._lock.wait_for(self._has_news, timeout_s)
            if len(self._ring):
                return self._ring.get()
            if self._failure is not None:
                raise self._failure
            return None

    def start_log(self, descriptor: int) -> FileLog:
        """Write everything that arrives to an open file."""
        log = FileLog(descriptor, self._forget_log)
        with self._lock:
            self._log = log
        return log

    def stats(self) -> TransportStats:
        """Return the counts."""
        with self._lock:
            return self._ring.stats(control_requests=self._control_requests)

    def close(self) -> None:
        """Stop the stream and let the line go; a second call does nothing."""
        if not self._closed:
            self.stop_stream()
            self._closed = True
            self._release()

    @abstractmethod
    def _read(self) -> bytes:
        """Wait for bytes, or until `_wake` is called (b"").

        Raises:
            DeviceDisconnected: the other end is gone.
        """

    @abstractmethod
    def _wake(self) -> None:
        """Let `_read` return."""

    @abstractmethod
    def _release(self) -> None:
        """Close what is open."""

    def _lost(self) -> int:
        """Packets known to be lost on the way here since the last call."""
        return 0

    def _has_news(self) -> bool:
        return bool(len(self._ring)) or not self._streaming or self._failure is not None

    def _run(self) -> None:
        try:
            while self._streaming:
                data = self._read()
                if data:
                    self._deliver(data)
        except HardwareError as error:
            self._fail(error)
        except OSError as error:
            self._fail(DeviceDisconnected(f"the line failed: {os.strerror(error.errno or 0)}"))

    def _deliver(self, data: bytes) -> None:
        lost = self._lost()
        buffer = Buffer(
            data, self._sequence, self._clock.monotonic_ns(), self._clock.wall_ns(), lost
        )
        with self._lock:
            self._sequence += 1
            if self._log is not None:
                self._log.append(buffer)
            self._ring.put(buffer)
            self._lock.notify_all()

    def _fail(self, error: HardwareError) -> None:
        with self._lock:
            self._failure = error
            self._lock.notify_all()

    def _forget_log(self) -> None:
        with self._lock:
            self._log = None

    def _check_open(self) -> None:
        if self._closed:
            raise TransferError("the line is closed; open it again")
        if self._failure is not None:
            raise self._failure
