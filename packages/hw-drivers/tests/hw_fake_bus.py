"""Buses in memory, below libusb's interface or below libusb itself, played by a device model."""

import ctypes
import gc
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from hw_drivers.emulators.model import NoAnswer, Stall, Unplugged

_CONTROL = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int,
    ctypes.POINTER(ctypes.c_ubyte), ctypes.c_int,
)  # fmt: skip
_BULK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_ubyte), ctypes.c_int)
_NO_DEVICE, _TIMEOUT, _PIPE = -4, -7, -9
FOLDER = Path(__file__).parent


def under_umockdev() -> bool:
    """Whether this process was started with umockdev-wrapper."""
    return "umockdev" in os.environ.get("LD_PRELOAD", "")


def build(folder: Path, *, real: bool = False) -> Path:
    """Compile the library; the test is skipped without a C compiler.

    With `real`, the one that plays the device below the system's libusb.
    """
    compiler = next((c for c in ("cc", "gcc", "clang") if shutil.which(c)), None)
    if compiler is None:
        pytest.skip("no C compiler to build the bus in memory")
    path = folder / ("libumock_bus.so" if real else "libusb-1.0.so.0")
    source = FOLDER / ("umock_bus.c" if real else "fake_libusb.c")
    flags = ["-lpthread"]
    if real:
        needed = ["pkg-config", "--cflags", "--libs", "umockdev-1.0"]
        found = subprocess.run(needed, capture_output=True, text=True)
        if found.returncode != 0:
            pytest.skip("the headers of umockdev are not installed (Debian: libumockdev-dev)")
        flags = found.stdout.split()
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-o", str(path), str(source), *flags]
    # The compiler itself must not see the devices of umockdev.
    env = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
    subprocess.run(command, check=True, env=env)
    return path


class ModelBus:
    """A bus; `model` is the device on it.

    The model is stepped when a data transfer is asked for, so nothing is ever lost. While `held`,
    its clock stands still: transfers are asked for from the moment the stream is queued, before the
    driver has switched on all parts of the sensor, and what happens until then is not sent.
    """

    def __init__(self) -> None:
        self.model: Any = None
        self.held = False
        self._lock = threading.RLock()
        self._waiting: list[bytes] = []

    def plug(self, speed_mbps: int = 5000) -> None:
        """Put the device on the bus, where it is not always there."""

    def unplug(self) -> None:
        """Take it off."""

    def next_part(self, length: int) -> bytes:
        """What the next transfer of the stream brings; nothing while there is nothing to send."""
        while not self._waiting:
            if self.held or not self.model.streaming or self.model.finished:
                return b""
            self._waiting.extend(part for part in self.model.step() if part)
        part = self._waiting.pop(0)
        assert len(part) <= length
        return part


class FakeBus(ModelBus):
    """The bus below libusb's interface."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._library = ctypes.CDLL(str(path))
        self._calls = (_CONTROL(self._control), _BULK(self._bulk), _BULK(self._stream))
        self._library.fake_play(*self._calls)
        self.identity()
        self.statuses()

    def identity(self, vendor=0x04B4, product=0x00F5, kind=(0xFF, 0x19), maker="Prophesee",
                 name="EVK4") -> None:  # fmt: skip
        self._library.fake_identity(vendor, product, *kind, maker.encode(), name.encode())

    def statuses(self, *, open=0, claim=0, submit=0, devices=1) -> None:
        self._library.fake_statuses(open, claim, submit, devices)

    @property
    def clear_halts(self) -> int:
        return self._library.fake_clear_halts()

    def _guarded(self, call):
        with self._lock:
            try:
                return call()
            except Stall:
                return _PIPE
            except NoAnswer:
                return _TIMEOUT
            except Unplugged:
                return _NO_DEVICE

    def _control(self, kind, request, value, index, data, length):
        def call():
            if kind & 0x80:
                answer = self.model.control_in(request, value, index, length)
                ctypes.memmove(data, answer, len(answer))
                return len(answer)
            self.model.control_out(request, value, index, bytes(data[:length]))
            return length

        return self._guarded(call)

    def _bulk(self, endpoint, data, length):
        def call():
            if endpoint & 0x80:
                answer = self.model.bulk_in(endpoint, length)
                ctypes.memmove(data, answer, len(answer))
                return len(answer)
            self.model.bulk_out(endpoint, bytes(data[:length]))
            return length

        return self._guarded(call)

    def _stream(self, endpoint, data, length):
        def call():
            part = self.next_part(length)
            ctypes.memmove(data, part, len(part))
            return len(part)

        return self._guarded(call)


class UmockBus(FakeBus):
    """The bus below the system's own libusb; a device is on it while it is plugged in."""

    def plug(self, speed_mbps: int = 5000) -> None:
        # A handle that the collector frees inside a callback would wait for that callback.
        gc.disable()
        with self._lock:
            self._waiting.clear()
        if self._library.umock_plug(speed_mbps) != 0:
            raise RuntimeError("umockdev refused the device")

    def unplug(self) -> None:
        gc.collect()
        self._library.umock_unplug()
        gc.enable()

    @property
    def submitted(self) -> int:
        """Transfers that were submitted since the device was plugged in."""
        return self._library.umock_submitted()
