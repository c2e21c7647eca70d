"""A virtual USB bus of the Linux kernel with a device model on it, by the USB/IP protocol.

The kernel's vhci-hcd is given one end of a socket pair, as `usbip attach` gives it a connection;
what it sends there (Documentation/usb/usbip_protocol.rst) is answered here. Above it everything is
real: the kernel enumerates the device, makes its node, and libusb drives it through usbfs.
"""

import contextlib
import fcntl
import gc
import mmap
import os
import socket
import struct
import threading
from pathlib import Path

from hw_fake_bus import ModelBus

from hw_drivers.emulators.model import NoAnswer, Stall, Unplugged

_CONTROLLER = Path("/sys/devices/platform/vhci_hcd.0")
_MEMORY_LIMIT = Path("/sys/module/usbcore/parameters/usbfs_memory_mb")
_CLAIM = 0x8004550F  # USBDEVFS_CLAIMINTERFACE
# Speed in Mbit/s -> enum usb_device_speed and a port of the first controller.
_SPEEDS = {480: (3, 0), 5000: (5, 15)}
_FREE = "004"  # VDEV_ST_NULL
_DEVICE_NUMBER = 0x00020007

_SUBMIT, _UNLINK, _SUBMITTED, _UNLINKED = 1, 2, 3, 4
_HEADER = struct.Struct(">5I28s")  # command, number, device, direction, endpoint; command's own
_BODY = struct.Struct(">Ii3i8s")  # flags, length, start frame, packets, interval, set-up packet
_PIPE, _CANCELLED, _OVERFLOW = -32, -104, -75  # negative errno
_TEXTS = ("Prophesee", "EVK4", "00050001")
_STREAM = 1  # number of the endpoint with the events


def under_vhci() -> bool:
    """Whether the tests may use the virtual bus of this machine's kernel: `nox -s hw_vm`."""
    return "HW_DRIVERS_VHCI" in os.environ


class VhciBus(ModelBus):
    """The bus; a device is on it while it is plugged in."""

    def __init__(self) -> None:
        super().__init__()
        self.submitted = 0
        self._changed = threading.Condition(self._lock)
        self._link: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._streaming: dict[int, int] = {}  # waiting transfers of the stream: number -> length
        self._unanswered: set[int] = set()
        self._speed_mbps = 0
        self._held_open: list[int | mmap.mmap] = []

    def plug(self, speed_mbps: int = 5000) -> None:
        # A handle that the collector frees below a lock of the bus would wait for the bus.
        gc.disable()
        kernel, self._link = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._waiting.clear()
        self._streaming.clear()
        self._unanswered.clear()
        self.submitted = 0
        self._speed_mbps = speed_mbps
        speed, port = _SPEEDS[speed_mbps]
        self._threads = [
            threading.Thread(target=work, args=(self._link,), daemon=True)
            for work in (self._serve, self._send_stream)
        ]
        for thread in self._threads:
            thread.start()
        with kernel:
            text = f"{port} {kernel.fileno()} {_DEVICE_NUMBER} {speed}"
            (_CONTROLLER / "attach").write_text(text)
        _wait_until(lambda: self._node() is not None, "the kernel did not enumerate the device")

    def unplug(self) -> None:
        gc.collect()
        gc.enable()
        self._pull()
        for thread in self._threads:
            thread.join()
        self._threads = []
        _wait_until(lambda: self._node() is None and _ports_are_free(), "the device did not go")
        self.statuses()

    def statuses(self, *, claim: int = 0, submit: int = 0) -> None:
        """Bring the kernel to refuse: what other programs have done, done here."""
        for one in reversed(self._held_open):
            os.close(one) if isinstance(one, int) else one.close()
        self._held_open.clear()
        _MEMORY_LIMIT.write_text("16")
        if not claim and not submit:
            return
        node = self._node()
        assert node is not None
        handle = os.open(node, os.O_RDWR)
        self._held_open.append(handle)
        if claim:
            fcntl.ioctl(handle, _CLAIM, struct.pack("I", 0))
        if submit:
            # Memory that is mapped counts against the limit; less than one transfer is left.
            _MEMORY_LIMIT.write_text("1")
            self._held_open.append(mmap.mmap(handle, 960 << 10))

    def _node(self) -> Path | None:
        """The device's node, once the kernel has made all that belongs to it."""
        for folder in _CONTROLLER.glob("usb*/*-1"):
            with contextlib.suppress(OSError):
                numbers = [int((folder / name).read_text()) for name in ("busnum", "devnum")]
                node = Path("/dev/bus/usb/{:03d}/{:03d}".format(*numbers))
                if node.exists() and (folder / f"{folder.name}:1.0" / "ep_81").exists():
                    return node
        return None

    def _pull(self) -> None:
        """End the connection: what was sent before still arrives."""
        with self._changed:
            if self._link is not None:
                self._link.shutdown(socket.SHUT_RDWR)
                self._link = None
            self._changed.notify_all()

    def _serve(self, link: socket.socket) -> None:
        """Take what the kernel sends."""
        stream = link.makefile("rb")
        with link, stream:
            while len(header := stream.read(_HEADER.size)) == _HEADER.size:
                command, number, _, inward, endpoint, own = _HEADER.unpack(header)
                if command == _UNLINK:
                    self._cancel(link, number, struct.unpack_from(">I", own)[0])
                    continue
                assert command == _SUBMIT, f"unknown command {command}"
                _, length, _, _, _, setup = _BODY.unpack(own)
                data = b"" if inward else stream.read(length)
                with self._changed:
                    self.submitted += 1
                    if inward and endpoint == _STREAM:
                        self._streaming[number] = length
                        self._changed.notify_all()
                    else:
                        self._answer(link, number, (inward, endpoint, setup), length, data)

    def _answer(
        self,
        link: socket.socket,
        number: int,
        target: tuple[int, int, bytes],
        length: int,
        data: bytes,
    ) -> None:
        inward, endpoint, setup = target
        status, answer, count = 0, b"", length
        try:
            if endpoint == 0:
                answer = self._control(setup, data)
            elif inward:
                answer = self.model.bulk_in(0x80 | endpoint, length)
            else:
                self.model.bulk_out(endpoint, data)
        except Stall:
            status, count = _PIPE, 0
        except NoAnswer:
            self._unanswered.add(number)
            return
        except Unplugged:
            self._pull()
            return
        if inward:
            status = _OVERFLOW if len(answer) > length else status
            answer = answer[:length]
            count = len(answer)
        self._reply(link, _SUBMITTED, number, struct.pack(">ii", status, count), answer)

    def _cancel(self, link: socket.socket, number: int, target: int) -> None:
        with self._changed:
            waits = target in self._unanswered or target in self._streaming
            self._unanswered.discard(target)
            self._streaming.pop(target, None)
            self._reply(link, _UNLINKED, number, struct.pack(">i", _CANCELLED if waits else 0))

    def _send_stream(self, link: socket.socket) -> None:
        """Fill the waiting transfers of the stream, in their order."""
        with self._changed:
            while self._link is link:
                if not self._streaming:
                    self._changed.wait()
                    continue
                number = next(iter(self._streaming))
                try:
                    part = self.next_part(self._streaming[number])
                except Unplugged:
                    self._pull()
                    return
                if part:
                    del self._streaming[number]
                    body = struct.pack(">ii", 0, len(part))
                    self._reply(link, _SUBMITTED, number, body, part)
                else:
                    self._changed.wait(0.002)  # until the sensor runs

    def _reply(
        self, link: socket.socket, command: int, number: int, own: bytes, data: bytes = b""
    ) -> None:
        if self._link is link:
            # The kernel may have let the device go.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                link.sendall(_HEADER.pack(command, number, 0, 0, 0, own) + data)

    def _control(self, setup: bytes, data: bytes) -> bytes:
        """The default endpoint: what every device answers here, vendor requests by the model."""
        kind, request, value, index, length = struct.unpack("<BBHHH", setup)
        if kind & 0x60 == 0x40:
            if kind & 0x80:
                return self.model.control_in(request, value, index, length)
            self.model.control_out(request, value, index, data)
            return b""
        if not kind & 0x80:
            return b""  # configurations, interfaces, features: there is one of each
        if request == 0:
            return b"\0\0"  # status
        if request == 6:
            return _descriptor(value >> 8, value & 0xFF, self._speed_mbps == 5000)[:length]
        raise Stall(f"standard request 0x{request:02X}")


def _descriptor(kind: int, index: int, fast: bool) -> bytes:
    """A descriptor of an EVK4, as the kernel asks for it."""
    if kind == 1:
        version, packet = (0x0300, 9) if fast else (0x0200, 64)
        numbers = (0x04B4, 0x00F5, 0x0307)
        return struct.pack("<BBH4B3H4B", 18, 1, version, 0, 0, 0, packet, *numbers, 1, 2, 3, 1)
    if kind == 2:
        interface = bytes((9, 4, 0, 0, 3, 0xFF, 0x19, 0, 0))
        companion = bytes((6, 0x30, 0, 0, 0, 0)) if fast else b""
        ends = b"".join(
            struct.pack("<4BHB", 7, 5, address, 2, 1024 if fast else 512, 0) + companion
            for address in (0x82, 0x02, 0x81)
        )
        total = 9 + len(interface) + len(ends)
        return struct.pack("<BBH5B", 9, 2, total, 1, 1, 0, 0x80, 50) + interface + ends
    if kind == 3 and index == 0:
        return bytes((4, 3, 0x09, 0x04))
    if kind == 3 and index <= len(_TEXTS):
        text = _TEXTS[index - 1].encode("utf-16-le")
        return bytes((2 + len(text), 3)) + text
    if kind == 15 and fast:
        extension = bytes((7, 16, 2, 0, 0, 0, 0))
        speeds = struct.pack("<4BHBBH", 10, 16, 3, 0, 0x000E, 3, 10, 32)
        return struct.pack("<BBHB", 5, 15, 22, 2) + extension + speeds
    raise Stall(f"descriptor {kind}.{index}")


def _ports_are_free() -> bool:
    rows = (_CONTROLLER / "status").read_text().splitlines()[1:]
    return all(row.split()[2] == _FREE for row in rows)


def _wait_until(condition, complaint: str) -> None:
    """Wait for the kernel, which does its part in threads of its own."""
    pause = threading.Event()
    for _ in range(3000):
        if condition():
            return
        pause.wait(0.01)
    raise RuntimeError(complaint)
