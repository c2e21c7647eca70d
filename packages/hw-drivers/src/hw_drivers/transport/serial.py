"""A serial line as a transport: commands go out, answers and events come back."""

import errno
import os
import select
import sys
import time

from hw_drivers.errors import (
    DeviceBusy,
    DeviceDisconnected,
    DeviceNotFound,
    HardwareError,
    PermissionDenied,
    TransferError,
)
from hw_drivers.transport import serial_line
from hw_drivers.transport.queued import QueuedTransport
from hw_drivers.transport.ring import DropPolicy

__all__ = ["SET_SPEED", "SerialTransport"]

SET_SPEED = 3  # vendor request that sets the speed: u32 little-endian, bits per second
_READ_BYTES = 1 << 16
_WRITE_LIMIT_S = 1.0


class SerialTransport(QueuedTransport):
    """An open serial line; vendor request `SET_SPEED` sets its speed.

    Args:
        path: device node.
        capacity: reads that wait at most.
        drop: which one is dropped when they do not fit.

    Raises:
        HardwareError: the line cannot be opened; the message says what to do.
    """

    def __init__(self, path: str, *, capacity: int = 4096, drop: DropPolicy = "newest") -> None:
        super().__init__(capacity=capacity, drop=drop)
        self._path = path
        if sys.platform == "win32":
            raise HardwareError(f"{path}: serial lines need Linux or macOS")
        try:
            self._descriptor = serial_line.open_line(path)
        except OSError as error:
            raise _refused(path, error) from None
        self._woken, self._waker = os.pipe()

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """Set the speed of the line."""
        if request != SET_SPEED or len(data) != 4:
            super().control_out(request, value, index, data)
        baud = int.from_bytes(data, "little")
        try:
            serial_line.set_speed(self._descriptor, baud)
        except OSError as error:
            raise TransferError(f"{self._path}: {baud} baud: {error.strerror}") from None

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Write bytes."""
        self._check_open()
        deadline = time.monotonic() + _WRITE_LIMIT_S
        while data:
            left = deadline - time.monotonic()
            _, ready, _ = select.select([], [self._descriptor], [], max(left, 0))
            if not ready:
                raise TransferError(f"{self._path}: nobody takes what is written; check the cable")
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._gone() from None

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Return what has arrived, up to `length` bytes, without waiting."""
        self._check_open()
        return self._take(length)

    def settle(self, us: int) -> None:
        """Wait."""
        time.sleep(us / 1e6)

    def _read(self) -> bytes:
        ready, _, _ = select.select([self._descriptor, self._woken], [], [])
        if self._woken in ready:
            os.read(self._woken, 1)
            return b""
        data = self._take(_READ_BYTES)
        if not data:  # ready, and nothing to read: hung up
            raise self._gone()
        return data

    def _take(self, length: int) -> bytes:
        try:
            return os.read(self._descriptor, length)
        except BlockingIOError:
            return b""
        except OSError:
            raise self._gone() from None

    def _wake(self) -> None:
        os.write(self._waker, b"\0")

    def _release(self) -> None:
        for descriptor in (self._descriptor, self._woken, self._waker):
            os.close(descriptor)

    def _gone(self) -> DeviceDisconnected:
        return DeviceDisconnected(f"{self._path} hung up")


def _refused(path: str, error: OSError) -> HardwareError:
    if isinstance(error, FileNotFoundError):
        return DeviceNotFound(f"{path} does not exist; plug the device in and look for its node")
    if isinstance(error, PermissionError):
        return PermissionDenied(
            f"no permission for {path}; add yourself to its group (sudo usermod -aG dialout $USER) "
            "and log in again"
        )
    if isinstance(error, BlockingIOError) or error.errno == errno.EBUSY:
        return DeviceBusy(f"{path} is in use by another program; end that first")
    return HardwareError(f"{path} cannot be opened: {error.strerror}")
