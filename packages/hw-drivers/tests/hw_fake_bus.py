"""A real libusb transport over a bus in memory: compiled, loaded, and played by a device model."""

import ctypes
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from hw_drivers.emulators.model import NoAnswer, Stall, Unplugged

_CONTROL = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int,
    ctypes.POINTER(ctypes.c_ubyte), ctypes.c_int,
)  # fmt: skip
_BULK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.POINTER(ctypes.c_ubyte), ctypes.c_int)
_NO_DEVICE, _TIMEOUT, _PIPE = -4, -7, -9
SOURCE = Path(__file__).parent / "fake_libusb.c"


def build(folder: Path) -> Path:
    """Compile the library; the test is skipped without a C compiler."""
    compiler = next((c for c in ("cc", "gcc", "clang") if shutil.which(c)), None)
    if compiler is None:
        pytest.skip("no C compiler to build the bus in memory")
    path = folder / "libusb-1.0.so.0"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(path), str(SOURCE), "-lpthread"]
    subprocess.run(command, check=True)
    return path


class FakeBus:
    """The bus; `model` is the device on it.

    The model is stepped when a data transfer is asked for, so nothing is ever lost. While `held`,
    its clock stands still: transfers are asked for from the moment the stream is queued, before the
    driver has switched on all parts of the sensor, and what happens until then is not sent.
    """

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path))
        self.model = None
        self.held = False
        self._lock = threading.RLock()
        self._waiting: list[bytes] = []
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
            while not self._waiting:
                if self.held or not self.model.streaming or self.model.finished:
                    return 0
                self._waiting.extend(part for part in self.model.step() if part)
            part = self._waiting.pop(0)
            assert len(part) <= length
            ctypes.memmove(data, part, len(part))
            return len(part)

        return self._guarded(call)
