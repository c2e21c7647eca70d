"""The host side of the Treuzell control protocol."""

import struct
import threading
from collections.abc import Iterable, Sequence

from hw_drivers.errors import ProtocolError
from hw_drivers.tables import treuzell as tz
from hw_drivers.tables.imx636_sequences import Field, Step, Wait, Write
from hw_drivers.transport.interface import Transport

__all__ = ["MAX_BURST_WORDS", "TreuzellClient"]

# A frame is property, size, device, address and the values; bursts stay inside the largest answer.
MAX_BURST_WORDS = (tz.MAX_FRAME_BYTES - 16) // 4


class TreuzellClient:
    """Reads and writes properties and registers of one device behind a Treuzell board.

    Keeps the last value of each register that was written or read, so that a field can be
    written without a read. A request and its answer never interleave with another one's.

    Args:
        transport: the open device.
        device: number of the sensor behind the board.
    """

    def __init__(self, transport: Transport, *, device: int = 0) -> None:
        self._transport = transport
        self._device = device
        self._lock = threading.RLock()
        self._known: dict[int, int] = {}
        self.round_trips = 0

    def request(self, wanted: int, payload: bytes = b"") -> bytes:
        """Send one frame and return the payload of its answer.

        Raises:
            ProtocolError: the device does not know or refuses the request, or the answer is not
                one.
            TransferError: a transfer failed.
            DeviceDisconnected: the device is gone.
        """
        with self._lock:
            self.round_trips += 1
            frame = struct.pack("<II", wanted, len(payload)) + payload
            self._transport.bulk_out(tz.CONTROL_OUT, frame)
            return _checked(wanted, self._transport.bulk_in(tz.CONTROL_IN, tz.MAX_FRAME_BYTES))

    def number(self, wanted: int) -> int:
        """Read a property that is one u32 or u64."""
        payload = self.request(wanted)
        if len(payload) not in (4, 8):
            raise ProtocolError(
                f"Treuzell property 0x{wanted:X}: expected a number of 4 or 8 bytes, got "
                f"{len(payload)} bytes"
            )
        return int.from_bytes(payload, "little")

    def texts(self, wanted: int) -> tuple[str, ...]:
        """Read a property of the device that is a list of texts."""
        payload = self.request(wanted, struct.pack("<I", self._device))
        if len(payload) < 5 or payload[-1] != 0:
            raise ProtocolError(
                f"Treuzell property 0x{wanted:X}: expected texts that end with a zero byte, got "
                f"{len(payload)} bytes"
            )
        return tuple(part.decode("ascii", "replace") for part in payload[4:-1].split(b"\0"))

    def read(self, address: int, count: int = 1) -> list[int]:
        """Read `count` neighbouring registers in one request."""
        payload = self.request(
            tz.DEVICE_REGISTER, struct.pack("<III", self._device, address, count)
        )
        self._check_echo(payload, address, 8 + 4 * count)
        values = list(struct.unpack_from(f"<{count}I", payload, 8))
        self._known.update((address + 4 * i, value) for i, value in enumerate(values))
        return values

    def write(self, address: int, values: Sequence[int]) -> None:
        """Write neighbouring registers, in as few requests as frames allow."""
        for first in range(0, len(values), MAX_BURST_WORDS):
            part = values[first : first + MAX_BURST_WORDS]
            start = address + 4 * first
            payload = self.request(
                tz.DEVICE_REGISTER | tz.WRITE,
                struct.pack(f"<II{len(part)}I", self._device, start, *part),
            )
            self._check_echo(payload, start, 8)
            self._known.update((start + 4 * i, value) for i, value in enumerate(part))

    def write_field(self, address: int, mask: int, value: int) -> None:
        """Write the bits of a register that `mask` selects; it is read only if not yet known."""
        with self._lock:
            before = self._known[address] if address in self._known else self.read(address)[0]
            self.write(address, [(before & ~mask & 0xFFFFFFFF) | (value & mask)])

    def write_many(self, writes: Iterable[tuple[int, int]]) -> None:
        """Write registers in the order given; neighbours go out as one burst."""
        first, values = 0, []
        for address, value in writes:
            if values and address == first + 4 * len(values):
                values.append(value)
                continue
            if values:
                self.write(first, values)
            first, values = address, [value]
        if values:
            self.write(first, values)

    def run(self, steps: Iterable[Step]) -> None:
        """Walk a sequence of writes and waits; neighbours go out as one burst."""
        pending: list[tuple[int, int]] = []
        for step in steps:
            if isinstance(step, Write):
                pending.append((step.address, step.value))
                continue
            self.write_many(pending)
            pending.clear()
            if isinstance(step, Field):
                self.write_field(step.address, step.mask, step.value)
            elif isinstance(step, Wait):
                self._transport.settle(step.us)
        self.write_many(pending)

    def settle(self, us: int) -> None:
        """Give the device time to settle."""
        self._transport.settle(us)

    def assume(self, address: int, mask: int, value: int) -> None:
        """Correct what is known of a register whose bits change by themselves."""
        if address in self._known:
            self._known[address] = (self._known[address] & ~mask) | (value & mask)

    def forget(self) -> None:
        """Drop the known register values, as after a reset of the sensor."""
        self._known.clear()

    def _check_echo(self, payload: bytes, address: int, size: int) -> None:
        if len(payload) < size:
            raise ProtocolError(
                f"register 0x{address:X}: expected an answer of {size} bytes, got {len(payload)}"
            )
        device, echoed = struct.unpack_from("<II", payload)
        if (device, echoed) != (self._device, address):
            raise ProtocolError(
                f"register 0x{address:X} of device {self._device}: the answer is for register "
                f"0x{echoed:X} of device {device}; close the device and open it again"
            )


def _checked(wanted: int, frame: bytes) -> bytes:
    """Return the payload of an answer frame, or raise ProtocolError."""
    what = f"Treuzell request 0x{wanted:X}"
    if len(frame) < 8:
        raise ProtocolError(f"{what}: expected at least 8 bytes, got {len(frame)}")
    got, size = struct.unpack_from("<II", frame)
    if size != len(frame) - 8:
        raise ProtocolError(
            f"{what}: the answer announces {size} bytes and has {len(frame) - 8}; close the "
            "device and open it again"
        )
    if got == tz.UNKNOWN_COMMAND:
        raise ProtocolError(f"{what}: the firmware does not know it; update the firmware")
    if got == wanted | tz.FAILURE:
        errno = struct.unpack_from("<I", frame, 16)[0] if size >= 12 else 0
        raise ProtocolError(f"{what}: the device refused it (error {errno})")
    if got != wanted:
        raise ProtocolError(
            f"{what}: the answer is for 0x{got:X}; close the device and open it again"
        )
    return frame[8:]
