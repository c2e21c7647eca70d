"""A device model in this process, behind the interface of a real transport."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from hw_drivers.emulators.model import DeviceModel, NoAnswer, Stall, Unplugged
from hw_drivers.errors import DeviceDisconnected, TransferError
from hw_drivers.transport.clock import Clock, ManualClock, SystemClock
from hw_drivers.transport.file_log import FileLog
from hw_drivers.transport.interface import Buffer, TransportStats
from hw_drivers.transport.ring import DropPolicy, Ring

__all__ = ["InProcessTransport"]

_UNPLUGGED = "the device was unplugged"
Answer = TypeVar("Answer")


class InProcessTransport:
    """Drives a device model, either paced by a clock or in step with the consumer.

    Paced (`realtime=True`): a thread lets the model run as fast as the clock does, never faster.
    A consumer that is too slow loses transfers, as with a real device, and they are counted.

    In step (`realtime=False`): no thread. The model runs only while the consumer waits for a
    buffer, nothing is ever lost, and the same model gives the same stream each time.

    Args:
        model: the device.
        realtime: which of the two.
        capacity: transfers that wait at most (paced only).
        drop: which transfer is dropped when they do not fit.
        boot: wait as long as real hardware needs to settle.
        slow_host_s: seconds that the host takes for each transfer; the model goes on meanwhile.
        clock: replaces the computer's clock; a paced transport on a `ManualClock` has no thread
            and is moved by `pump`.
    """

    def __init__(
        self,
        model: DeviceModel,
        *,
        realtime: bool = True,
        capacity: int = 512,
        drop: DropPolicy = "newest",
        boot: bool = False,
        slow_host_s: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        self._model = model
        self._realtime = realtime
        self._boot = boot
        self._slow_host_us = round(slow_host_s * 1e6)
        self._clock: Clock = clock or (SystemClock() if realtime else ManualClock())
        self._threaded = realtime and not isinstance(self._clock, ManualClock)
        self._ring = Ring(capacity, drop)
        self._lock = threading.Condition(threading.RLock())
        self._thread: threading.Thread | None = None
        self._log: FileLog | None = None
        self._streaming = False
        self._unplugged = False
        self._failure: BaseException | None = None
        self._closed = False
        self._sequence = 0
        self._control_requests = 0
        self._started_ns = 0

    @property
    def clock(self) -> Clock:
        """The clock of arrival times."""
        return self._clock

    @property
    def model(self) -> DeviceModel:
        """The device model."""
        return self._model

    @property
    def finished(self) -> bool:
        """Whether no buffer waits and none will come."""
        with self._lock:
            ended = not self._streaming or self._model.finished
            return ended and not len(self._ring) and not self._unplugged

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """Read by a vendor request."""
        return self._control(lambda: self._model.control_in(request, value, index, length))

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """Write by a vendor request."""
        self._control(lambda: self._model.control_out(request, value, index, data))

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Write to a bulk endpoint."""
        self._control(lambda: self._model.bulk_out(endpoint, data))

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Read one transfer from a bulk endpoint."""
        answer = self._transfer(lambda: self._model.bulk_in(endpoint, length))
        if len(answer) > length:
            raise TransferError(
                f"endpoint 0x{endpoint:02X} sent {len(answer)} bytes where {length} were asked for"
            )
        return answer

    def settle(self, us: int) -> None:
        """Wait, if boot timing is emulated."""
        if isinstance(self._clock, ManualClock):
            self._clock.advance(us * 1000)
            with self._lock:
                if not self._realtime:
                    self._started_ns += us * 1000  # in step: the model did not go on meanwhile
        elif self._boot:
            time.sleep(us / 1e6)

    def start_stream(self, endpoint: int) -> None:
        """Start to queue what the model sends."""
        self.stop_stream()
        with self._lock:
            self._check_present()
            self._ring.clear()
            self._sequence = 0
            self._streaming = True
            self._started_ns = self._clock.monotonic_ns()
        if self._threaded:
            self._thread = threading.Thread(
                target=self._run, name="hw_drivers-emulator", daemon=True
            )
            self._thread.start()

    def stop_stream(self) -> None:
        """Stop to queue and drop what waits."""
        with self._lock:
            self._streaming = False
            self._lock.notify_all()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        with self._lock:
            while len(self._ring):
                self._ring.get()

    def next_buffer(self, timeout_s: float) -> Buffer | None:
        """Take the oldest waiting transfer."""
        if not self._realtime:
            return self._next_in_step()
        if self._slow_host_us and self._threaded:
            time.sleep(self._slow_host_us * 1e-6)
        with self._lock:
            self._lock.wait_for(self._has_news, timeout_s if self._threaded else 0)
            if len(self._ring):
                return self._ring.get()
            self._raise_failure()
            return None

    def start_log(self, descriptor: int) -> FileLog:
        """Write every transfer that arrives to an open file."""
        log = FileLog(descriptor, self._forget_log)
        with self._lock:
            self._log = log
        return log

    def stats(self) -> TransportStats:
        """Return the counts."""
        with self._lock:
            return self._ring.stats(control_requests=self._control_requests)

    def close(self) -> None:
        """Stop the stream; a second call does nothing."""
        if not self._closed:
            self._closed = True
            self.stop_stream()

    def pump(self) -> None:
        """Let a paced model catch up with its clock (for a transport on a `ManualClock`)."""
        while self._due_ns() <= self._clock.monotonic_ns():
            if not self._step():
                return

    def _has_news(self) -> bool:
        return bool(len(self._ring)) or not self._streaming or self._unplugged or self._ended()

    def _ended(self) -> bool:
        return self._model.finished or self._failure is not None

    def _next_in_step(self) -> Buffer | None:
        with self._lock:
            if self._slow_host_us:
                until_us = self._model.time_us + self._slow_host_us
                while self._model.time_us < until_us and self._step():
                    pass
            while not len(self._ring):
                if not self._step():
                    self._raise_failure()
                    return None
            return self._ring.get()

    def _due_ns(self) -> int:
        """Host time at which the next slice of the model is complete."""
        sensor_us = self._model.time_us + self._model.slice_us
        return self._started_ns + round(sensor_us * 1000 / self._model.clock_rate)

    def _step(self) -> bool:
        """Let the model do one slice; False when there is nothing more to do."""
        with self._lock:
            if not self._streaming or self._unplugged or self._model.finished:
                return False
            if not self._model.streaming:
                self._started_ns = self._clock.monotonic_ns()
                return False
            due_ns = self._due_ns()
            try:
                transfers = self._model.step()
            except Unplugged:
                self._unplugged = True
                self._lock.notify_all()
                return False
            if not self._realtime and isinstance(self._clock, ManualClock):
                self._clock.move_to(due_ns)
            for data in transfers:
                self._deliver(data)
            self._lock.notify_all()
            return True

    def _deliver(self, data: bytes) -> None:
        buffer = Buffer(data, self._sequence, self._clock.monotonic_ns(), self._clock.wall_ns())
        self._sequence += 1
        if self._log is not None:
            self._log.append(buffer)
        self._ring.put(buffer)

    def _run(self) -> None:
        """Body of the thread of a paced model."""
        try:
            while True:
                with self._lock:
                    if not self._streaming or self._unplugged or self._model.finished:
                        return
                    if not self._model.streaming:
                        self._started_ns = self._clock.monotonic_ns()
                        self._lock.wait(0.001)
                        continue
                    wait_s = (self._due_ns() - self._clock.monotonic_ns()) / 1e9
                    if wait_s > 0:
                        self._lock.wait(wait_s)
                        continue
                    self._step()
                time.sleep(2e-5)  # a model that lags would otherwise keep the lock from everybody
        except BaseException as error:  # handed to the consumer, which would wait for ever
            with self._lock:
                self._failure = error
        finally:
            with self._lock:
                self._lock.notify_all()

    def _forget_log(self) -> None:
        with self._lock:
            self._log = None

    def _control(self, call: Callable[[], Answer]) -> Answer:
        self._control_requests += 1
        return self._transfer(call)

    def _transfer(self, call: Callable[[], Answer]) -> Answer:
        with self._lock:
            self._check_present()
            try:
                return call()
            except Stall as stall:
                raise TransferError(f"the device refused a transfer (stall): {stall}") from None
            except NoAnswer:
                raise TransferError(
                    "no answer in time; unplug the device, plug it in again and retry"
                ) from None
            except Unplugged:
                self._unplugged = True
                self._lock.notify_all()
                raise DeviceDisconnected(_UNPLUGGED) from None

    def _check_present(self) -> None:
        if self._closed:
            raise TransferError("the device is closed; open it again")
        if self._unplugged:
            raise DeviceDisconnected(_UNPLUGGED)

    def _raise_failure(self) -> None:
        if self._unplugged:
            raise DeviceDisconnected(_UNPLUGGED)
        if self._failure is not None:
            raise self._failure
