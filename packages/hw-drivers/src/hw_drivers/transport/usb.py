"""A real USB device, by way of libusb."""

import os
import time
from pathlib import Path
from typing import Any, NoReturn

from hw_drivers.errors import (
    DeviceBusy,
    DeviceDisconnected,
    HardwareError,
    PermissionDenied,
    TransferError,
    UsbMemoryLimit,
)
from hw_drivers.transport.clock import Clock, SystemClock
from hw_drivers.transport.interface import Buffer, LogCounts, TransportStats
from hw_drivers.transport.ring import DropPolicy
from neuro_kernels.usb import ByteLog, UsbDevice, UsbError, UsbStream

__all__ = ["UsbTransport", "raise_usb_error", "transfers_in_flight", "usbfs_memory_limit"]

TRANSFER_BYTES = 131072
RING_BYTES = 64 << 20  # touched only as far as a slow program makes it necessary
MOST_TRANSFERS = 32  # 4 MiB: 10 ms of a full SuperSpeed link
_FEWEST_TRANSFERS = 4
_USBFS_LIMIT = Path("/sys/module/usbcore/parameters/usbfs_memory_mb")
_CONTROL_TIMEOUT_MS = 1000  # OpenEB, tz_libusb_board_command.cpp
_LOG_LIMIT = 256 << 20  # bytes that may wait for a slow disk

# libusb's error numbers.
_IO, _ACCESS, _NO_DEVICE, _BUSY, _TIMEOUT, _PIPE, _NO_MEMORY = -1, -3, -4, -6, -7, -9, -11
_NAMES = {
    _IO: "input/output error",
    _TIMEOUT: "no answer in time",
    _PIPE: "the device refused it (stall)",
}


class UsbTransport:
    """Drives a device through libusb; data transfers are received by a thread without the GIL.

    Args:
        device: the open device; its interface is claimed here.
        interface: number of the interface.
        node: device node, for messages.
        drop: which transfer is lost when the ring is full.
        transfers: transfers in flight; None: as many as the system's limit leaves room for.
    """

    def __init__(
        self,
        device: UsbDevice,
        *,
        interface: int = 0,
        node: str | None = None,
        drop: DropPolicy = "newest",
        transfers: int | None = None,
        transfer_bytes: int = TRANSFER_BYTES,
        ring_bytes: int = RING_BYTES,
    ) -> None:
        self._device: UsbDevice | None = device
        self._node = node
        self._drop = drop
        self._transfer_bytes = transfer_bytes
        self._transfers = transfers or transfers_in_flight(transfer_bytes)
        self._capacity = max(1, ring_bytes // transfer_bytes)
        self._clock = SystemClock()
        self._stream: UsbStream | None = None
        self._log: _ByteLog | None = None
        self._control_requests = 0
        self._gone = False
        try:
            device.claim(interface)
        except UsbError as error:
            self.close()
            raise_usb_error(error, "claim the interface", node)

    @property
    def clock(self) -> Clock:
        """The computer's clock."""
        return self._clock

    @property
    def finished(self) -> bool:
        """A real device never ends its stream."""
        return False

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """Read by a vendor request."""
        self._control_requests += 1
        return self._call(
            f"vendor request 0x{request:02X}",
            lambda device: device.control_in(
                0xC0, request, value, index, length, _CONTROL_TIMEOUT_MS
            ),
        )

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """Write by a vendor request."""
        self._control_requests += 1
        self._call(
            f"vendor request 0x{request:02X}",
            lambda device: device.control_out(
                0x40, request, value, index, data, _CONTROL_TIMEOUT_MS
            ),
        )

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Write to a bulk endpoint."""
        self._control_requests += 1
        self._call(
            f"endpoint 0x{endpoint:02X}",
            lambda device: device.bulk_out(endpoint, data, _CONTROL_TIMEOUT_MS),
        )

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Read one transfer from a bulk endpoint."""
        return self._call(
            f"endpoint 0x{endpoint:02X}",
            lambda device: device.bulk_in(endpoint, length, _CONTROL_TIMEOUT_MS),
        )

    def settle(self, us: int) -> None:
        """Wait."""
        time.sleep(us * 1e-6)

    def start_stream(self, endpoint: int) -> None:
        """Queue transfers on the data endpoint."""
        self.stop_stream()
        stream: UsbStream = self._call(
            f"endpoint 0x{endpoint:02X}",
            lambda device: device.start_stream(
                endpoint,
                self._transfers,
                self._transfer_bytes,
                self._capacity,
                self._drop == "oldest",
            ),
        )
        if self._log is not None:
            stream.set_log(self._log.inner)
        self._stream = stream

    def stop_stream(self) -> None:
        """Cancel the transfers and drop what waits."""
        if self._stream is not None:
            self._stream.stop()
            self._stream = None

    def next_buffer(self, timeout_s: float) -> Buffer | None:
        """Take the oldest waiting transfer."""
        if self._stream is None:
            self._check_open()
            return None
        found = self._stream.next(timeout_s)
        if found is not None:
            return Buffer(*found)
        end, code = self._stream.end
        if end == "unplugged":
            self._gone = True
            self._check_open()
        if end == "failed":
            raise TransferError(
                f"the data stream broke off: {_NAMES.get(code, f'libusb error {code}')}; stop the "
                "device and start it again"
            )
        return None

    def start_log(self, descriptor: int) -> "_ByteLog":
        """Write every transfer that arrives to an open file."""
        self._log = _ByteLog(descriptor, self._forget_log)
        if self._stream is not None:
            self._stream.set_log(self._log.inner)
        return self._log

    def stats(self) -> TransportStats:
        """Return the counts."""
        if self._stream is None:
            return TransportStats(control_requests=self._control_requests)
        counts: dict[str, Any] = dict(self._stream.stats())
        for extra in ("errors", "transfers"):
            del counts[extra]
        return TransportStats(**counts, control_requests=self._control_requests)

    def close(self) -> None:
        """Stop the stream and let the device go."""
        self.stop_stream()
        self._device = None

    def _forget_log(self) -> None:
        if self._stream is not None:
            self._stream.clear_log()
        self._log = None

    def _check_open(self) -> UsbDevice:
        if self._gone:
            raise DeviceDisconnected("the device was unplugged")
        if self._device is None:
            raise TransferError("the device is closed; open it again")
        return self._device

    def _call(self, what: str, call: Any) -> Any:
        device = self._check_open()
        try:
            return call(device)
        except UsbError as error:
            self._gone = self._gone or error.errno == _NO_DEVICE
            raise_usb_error(error, what, self._node)


class _ByteLog:
    """The log of the kernels, in the words of this package."""

    def __init__(self, descriptor: int, finished: Any) -> None:
        self.inner = ByteLog(descriptor, _LOG_LIMIT)
        self._finished = finished
        self._counts: LogCounts | None = None

    def finish(self) -> LogCounts:
        """Write what waits and close the file."""
        if self._counts is None:
            self._finished()
            counts = self.inner.finish()
            first_ns = counts["first_monotonic_ns"]
            self._counts = LogCounts(
                packets=counts["packets"],
                bytes=counts["bytes"],
                missing_packets=counts["missing_packets"],
                first_wall_ns=None if first_ns < 0 else counts["first_wall_ns"],
                duration_s=(counts["last_monotonic_ns"] - first_ns) / 1e9,
                errno=counts["errno"],
            )
        return self._counts


def usbfs_memory_limit(path: Path = _USBFS_LIMIT) -> int | None:
    """Return how many bytes Linux gives to USB transfers of all programs; None: no limit known.

    Args:
        path: where Linux tells it, in MiB; 0 there means no limit.

    Example:
        >>> usbfs_memory_limit(Path("/no/such/file")) is None
        True
    """
    try:
        megabytes = int(path.read_text())
    except (OSError, ValueError):
        return None
    return megabytes << 20 if megabytes > 0 else None


def transfers_in_flight(transfer_bytes: int, limit: int | None = None) -> int:
    """Return how many transfers to keep in flight: a quarter of the system's memory for them.

    So that four devices fit; all programs and devices share that memory.

    Args:
        transfer_bytes: size of one.
        limit: the memory in bytes; None: what the system says.

    Example:
        >>> transfers_in_flight(131072, 16 << 20), transfers_in_flight(131072, 4 << 20)
        (32, 8)
    """
    limit = limit or usbfs_memory_limit()
    if limit is None:
        return MOST_TRANSFERS
    return max(_FEWEST_TRANSFERS, min(MOST_TRANSFERS, limit // 4 // transfer_bytes))


def raise_usb_error(error: UsbError, what: str, node: str | None) -> NoReturn:
    """Raise the error of this package that says what a libusb error means for the user."""
    code = error.errno
    place = node or "the device"
    if code == _NO_DEVICE:
        raise DeviceDisconnected("the device was unplugged") from None
    if code == _ACCESS:
        fix = (
            f"`hw-drivers doctor` writes the udev rule, or as a quick test run: sudo chmod a+rw "
            f"{node}"
            if node and os.name == "posix"
            else "install the WinUSB driver for it, for example with Zadig"
        )
        raise PermissionDenied(f"no permission to open {place}; {fix}") from None
    if code == _BUSY:
        raise DeviceBusy(f"{place} is held by another program; close that program") from None
    if code == _NO_MEMORY:
        raise UsbMemoryLimit(
            f"the system gives no memory for USB transfers ({what}); close other cameras or raise "
            f"the limit: echo 128 | sudo tee {_USBFS_LIMIT}"
        ) from None
    if code == 0:
        raise HardwareError(str(error.strerror)) from None
    raise TransferError(f"{what}: {_NAMES.get(code or 0, error.strerror)}") from None
