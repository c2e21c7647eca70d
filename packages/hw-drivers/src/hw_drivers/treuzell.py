"""The host side of the Treuzell control protocol."""

import contextlib
import copy
import struct
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Self

from hw_drivers.errors import HardwareError, ProtocolError
from hw_drivers.tables import treuzell as tz
from hw_drivers.tables.imx636_sequences import Field, Step, Wait, Write
from hw_drivers.transport.interface import Transport

__all__ = ["MAX_BURST_WORDS", "TreuzellClient"]

# A frame is property, size, device, address and the values; bursts stay inside the largest answer.
MAX_BURST_WORDS = (tz.MAX_FRAME_BYTES - 16) // 4


class _UnknownCommand(ProtocolError):
    """The firmware does not know a request."""


class TreuzellClient:
    """Reads and writes properties and registers of one device behind a Treuzell board.

    Keeps the last value of each register that was written or read, so that a field can be
    written without a read. A request and its answer never interleave with another one's. Firmware
    that does not know writes of several registers gets them one by one.

    Args:
        transport: the open device.
        device: number of the sensor behind the board.
    """

    def __init__(self, transport: Transport, *, device: int = 0) -> None:
        self._transport = transport
        self._device = device
        self._base = 0
        # Shared with the views that `at` makes.
        self._lock = threading.RLock()
        self._known: dict[int, int] = {}
        self._counts = {"round trips": 0}
        self._journals: list[dict[int, int]] = []
        self._single_writes: list[bool] = []

    @property
    def round_trips(self) -> int:
        """Requests up to now."""
        return self._counts["round trips"]

    def at(self, base: int) -> Self:
        """Return a view of the same board whose register addresses count from `base`."""
        view = copy.copy(self)
        view._base = self._base + base
        return view

    @contextlib.contextmanager
    def journal(self) -> Iterator[dict[int, int]]:
        """Collect address -> last value of all that is written in a `with` block."""
        written: dict[int, int] = {}
        self._journals.append(written)
        try:
            yield written
        finally:
            self._journals.remove(written)

    def verify(self, written: Mapping[int, int], *, ignored: Mapping[int, int]) -> None:
        """Read back what a journal collected, in bursts, and compare.

        Args:
            written: from `journal`.
            ignored: address -> bits that change by themselves.

        Raises:
            HardwareError: a register holds something else.
        """
        for first, count in _bursts(written):
            for i, got in enumerate(self._read(first, count)):
                address = first + 4 * i
                differing = (got ^ written[address]) & ~ignored.get(address, 0)
                if differing:
                    raise HardwareError(
                        f"register 0x{address:X} holds 0x{got:08X} after "
                        f"0x{written[address]:08X} was written; set the configuration again"
                    )

    def request(self, wanted: int, payload: bytes = b"") -> bytes:
        """Send one frame and return the payload of its answer.

        Raises:
            ProtocolError: the device does not know or refuses the request, or the answer is not
                one.
            TransferError: a transfer failed.
            DeviceDisconnected: the device is gone.
        """
        with self._lock:
            self._counts["round trips"] += 1
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
        """Read neighbouring registers."""
        return self._read(self._base + address, count)

    def write(self, address: int, values: Sequence[int]) -> None:
        """Write neighbouring registers, in as few requests as frames allow."""
        for first in range(0, len(values), MAX_BURST_WORDS):
            part = values[first : first + MAX_BURST_WORDS]
            start = self._base + address + 4 * first
            self._write(start, part)
            for i, value in enumerate(part):
                self._known[start + 4 * i] = value
                for journal in self._journals:
                    journal[start + 4 * i] = value

    def write_field(self, address: int, mask: int, value: int) -> None:
        """Write the bits of a register that `mask` selects; it is read only if not yet known."""
        with self._lock:
            known = self._known.get(self._base + address)
            before = self.read(address)[0] if known is None else known
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
        address += self._base
        if address in self._known:
            self._known[address] = (self._known[address] & ~mask) | (value & mask)

    def forget(self) -> None:
        """Drop the known register values, as after a reset of the sensor."""
        self._known.clear()

    def _read(self, address: int, count: int) -> list[int]:
        payload = self.request(
            tz.DEVICE_REGISTER, struct.pack("<III", self._device, address, count)
        )
        self._check_echo(payload, address, 8 + 4 * count)
        values = list(struct.unpack_from(f"<{count}I", payload, 8))
        self._known.update((address + 4 * i, value) for i, value in enumerate(values))
        return values

    def _write(self, address: int, values: Sequence[int]) -> None:
        if not self._single_writes:
            try:
                payload = self.request(
                    tz.DEVICE_REGISTER | tz.WRITE,
                    struct.pack(f"<II{len(values)}I", self._device, address, *values),
                )
            except _UnknownCommand:
                self._single_writes.append(True)
            else:
                self._check_echo(payload, address, 8)
                return
        for i, value in enumerate(values):
            self._write_legacy(address + 4 * i, value)

    def _write_legacy(self, address: int, value: int) -> None:
        """Write one register as the firmware of older EVK3 boards knows it, without a size."""
        what = f"register 0x{address:X}"
        with self._lock:
            self._counts["round trips"] += 1
            frame = struct.pack("<III", tz.WRITE_REGISTER_LEGACY, address, value)
            self._transport.bulk_out(tz.CONTROL_OUT, frame)
            answer = self._transport.bulk_in(tz.CONTROL_IN, tz.MAX_FRAME_BYTES)
        if len(answer) < 4:
            raise ProtocolError(f"{what}: expected an answer of 16 bytes, got {len(answer)}")
        if int.from_bytes(answer[:4], "little") & tz.FAILURE:
            raise ProtocolError(f"{what}: the device refused the write; update the firmware")

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
        raise _UnknownCommand(f"{what}: the firmware does not know it; update the firmware")
    if got == wanted | tz.FAILURE:
        errno = struct.unpack_from("<I", frame, 16)[0] if size >= 12 else 0
        raise ProtocolError(f"{what}: the device refused it (error {errno})")
    if got != wanted:
        raise ProtocolError(
            f"{what}: the answer is for 0x{got:X}; close the device and open it again"
        )
    return frame[8:]


def _bursts(addresses: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield (first address, words) of neighbours, as long as frames allow."""
    first, count = 0, 0
    for address in sorted(addresses):
        if count and address == first + 4 * count and count < MAX_BURST_WORDS:
            count += 1
            continue
        if count:
            yield first, count
        first, count = address, 1
    if count:
        yield first, count
