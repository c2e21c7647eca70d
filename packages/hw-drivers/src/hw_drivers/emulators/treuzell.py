"""The board side of the Treuzell control protocol."""

import struct
from typing import Protocol

from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.model import Stall, Unplugged
from hw_drivers.tables import treuzell as tz

__all__ = ["Chip", "TreuzellBoard"]

_ENOENT = 2  # errno of an address or device that does not exist
_EINVAL = 22  # errno of a malformed request
_MAX_WORDS = (tz.MAX_FRAME_BYTES - 16) // 4


class Chip(Protocol):
    """What a board asks of the sensor behind it."""

    name: str
    compatible: tuple[str, ...]

    def read(self, address: int) -> int:
        """Read a register."""
        ...

    def write(self, address: int, value: int) -> None:
        """Write a register."""
        ...


class TreuzellBoard:
    """Answers Treuzell frames: little-endian u32 property, u32 payload size, payload.

    Args:
        chip: the sensor behind the board.
        serial: the board's serial number.
        version: firmware version; OpenEB warns below 0x30800.
        build_date: seconds since 1970.
        single_writes: whether it is an older board, which knows no writes of several registers.
        faults: what goes wrong.
    """

    def __init__(
        self,
        chip: Chip,
        *,
        serial: int,
        version: int = 0x30900,
        build_date: int = 1_664_582_400,
        single_writes: bool = False,
        faults: Faults | None = None,
    ) -> None:
        self._chip = chip
        self._serial = serial
        self._version = version
        self._build_date = build_date
        self._single_writes = single_writes
        self._faults = faults or Faults()
        self._answer = b""
        self._last_answer = b""
        self.requests = 0

    def receive(self, frame: bytes) -> None:
        """Take a frame from the control-out endpoint and prepare its answer."""
        number = self.requests
        self.requests += 1
        faults = self._faults
        if faults.unplug_at_request is not None and number >= faults.unplug_at_request:
            raise Unplugged
        if number in faults.stall:
            raise Stall(f"control request {number}")
        answer = self._answer_to(frame, failing=number in faults.fail)
        if number in faults.mismatched:
            answer, self._last_answer = self._last_answer or _frame(tz.SERIAL, b""), answer
        else:
            self._last_answer = answer
        if number in faults.torn:
            answer = answer[: max(1, len(answer) // 2)]
        if number in faults.oversized:
            answer += bytes(16)
        self._answer = b"" if number in faults.silent else answer

    def answer(self) -> bytes:
        """Give the prepared answer to the control-in endpoint, once; b"" without one."""
        answer, self._answer = self._answer, b""
        return answer

    def _answer_to(self, frame: bytes, *, failing: bool) -> bytes:
        if len(frame) < 8:
            return _frame(tz.UNKNOWN_COMMAND, b"")
        wanted, size = struct.unpack_from("<II", frame)
        payload = frame[8:]
        if wanted == tz.WRITE_REGISTER_LEGACY and len(frame) == 12:  # this one has no size
            address, value = struct.unpack_from("<II", frame, 4)
            if failing:
                return _failed(wanted, _EINVAL)
            self._chip.write(address, value)
            return struct.pack("<IIII", wanted, address, value, 0)
        if size != len(payload) or failing:
            return _failed(wanted, _EINVAL)
        if wanted == tz.DEVICE_REGISTER:
            return self._read(payload)
        if wanted == tz.DEVICE_REGISTER | tz.WRITE and not self._single_writes:
            return self._write(payload)
        if wanted in (tz.DEVICE_NAME, tz.DEVICE_COMPATIBLE):
            return self._texts(wanted, payload)
        values = {
            tz.FPGA_STATE: struct.pack("<I", 1),
            tz.SERIAL: struct.pack("<Q", self._serial),
            tz.RELEASE_VERSION: struct.pack("<I", self._version),
            tz.BUILD_DATE: struct.pack("<Q", self._build_date),
            tz.DEVICES: struct.pack("<I", 1),
        }
        if wanted in values:
            return _frame(wanted, values[wanted])
        return _frame(tz.UNKNOWN_COMMAND, b"")

    def _read(self, payload: bytes) -> bytes:
        if len(payload) != 12:
            return _failed(tz.DEVICE_REGISTER, _EINVAL)
        device, address, count = struct.unpack("<III", payload)
        if device != 0:
            return _failed(tz.DEVICE_REGISTER, _ENOENT)
        if not 1 <= count <= _MAX_WORDS:
            return _failed(tz.DEVICE_REGISTER, _EINVAL)
        values = [self._chip.read((address + 4 * i) & 0xFFFFFFFF) for i in range(count)]
        return _frame(tz.DEVICE_REGISTER, struct.pack(f"<II{count}I", 0, address, *values))

    def _write(self, payload: bytes) -> bytes:
        wanted = tz.DEVICE_REGISTER | tz.WRITE
        if len(payload) < 12 or len(payload) % 4 or len(payload) > tz.MAX_FRAME_BYTES:
            return _failed(wanted, _EINVAL)
        device, address, *values = struct.unpack(f"<{len(payload) // 4}I", payload)
        if device != 0:
            return _failed(wanted, _ENOENT)
        for i, value in enumerate(values):
            self._chip.write((address + 4 * i) & 0xFFFFFFFF, value)
        return _frame(wanted, struct.pack("<II", 0, address))

    def _texts(self, wanted: int, payload: bytes) -> bytes:
        if len(payload) != 4:
            return _failed(wanted, _EINVAL)
        if struct.unpack("<I", payload)[0] != 0:
            return _failed(wanted, _ENOENT)
        texts = (self._chip.name,) if wanted == tz.DEVICE_NAME else self._chip.compatible
        body = b"".join(text.encode() + b"\0" for text in texts)
        return _frame(wanted, struct.pack("<I", 0) + body)


def _frame(wanted: int, payload: bytes) -> bytes:
    return struct.pack("<II", wanted, len(payload)) + payload


def _failed(wanted: int, errno: int) -> bytes:
    return _frame((wanted | tz.FAILURE) & 0xFFFFFFFF, struct.pack("<III", 0, 0, errno))
