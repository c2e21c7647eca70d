"""Driver of the eDVS-4337 and the meDVS128 on a serial line."""

import dataclasses

from hw_drivers.device import Device
from hw_drivers.devices.edvs_config import EdvsConfig
from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import HardwareError, ProtocolError
from hw_drivers.recording.header import raw_header
from hw_drivers.tables import edvs as table
from hw_drivers.transport.interface import Transport
from hw_drivers.transport.serial import SET_SPEED
from hw_drivers.words.dvs128 import EdvsStream

__all__ = ["Edvs"]

_LONGEST_ANSWER = 4096
_LONGEST_DRAIN = 100  # looks at the line


class Edvs(Device[EdvsConfig]):
    """An eDVS that is open. Nothing of it can be read back."""

    config_type = EdvsConfig

    def _open(self) -> DeviceInfo:
        self._unsure = False
        banner = _find(self._transport, self._info.uri)
        self._send(table.NO_ECHO)
        self._send(table.FORMAT_E2)
        self._write(EdvsConfig(), self._config, everything=True)
        return dataclasses.replace(self._info, size=table.SIZE, firmware=banner)

    def _start(self) -> None:
        self._drain()
        self._transport.start_stream(0)
        self._send(table.RESET_TIME)
        self._send(table.START)

    def _stop(self) -> None:
        self._send(table.STOP)
        self._transport.stop_stream()

    def _shut_down(self) -> None:
        self._send(table.STOP)

    def _apply(self, before: EdvsConfig, after: EdvsConfig, *, verify: bool) -> None:
        if verify:
            raise HardwareError(
                f"{self._info.uri}: an eDVS cannot be read back; update it without verify"
            )
        # After an update that failed half way it is not known what the camera holds.
        unsure, self._unsure = self._unsure, True
        self._write(before, after, everything=unsure)
        self._unsure = False

    def _new_decoder(self) -> EdvsStream:
        return EdvsStream(table.SIZE)

    def _raw_header(self, date: str) -> bytes:
        return raw_header("edvs", self.size, date)

    def _write(self, before: EdvsConfig, after: EdvsConfig, *, everything: bool = False) -> None:
        pairs = zip(before.bias.values(), after.bias.values(), strict=True)
        lines = [
            f"!B{i}={new}\n".encode()
            for i, (old, new) in enumerate(pairs)
            if everything or old != new
        ]
        if lines:
            self._send(b"".join(lines) + table.FLUSH_BIASES)

    def _drain(self) -> None:
        """Drop answers to commands and what is left of a stream before, until the line is quiet."""
        for _ in range(_LONGEST_DRAIN):
            self._transport.settle(table.POLL_US)
            if not self._transport.bulk_in(0, 1 << 20):
                return

    def _send(self, line: bytes) -> None:
        self._transport.bulk_out(0, line)


def _find(transport: Transport, uri: str) -> str:
    """Reset the camera at each speed until its banner can be read; return the banner's line."""
    heard = b""
    for baud in table.BAUDS:
        transport.control_out(SET_SPEED, 0, 0, baud.to_bytes(4, "little"))
        transport.bulk_out(0, table.STOP + b"\n")
        _answer(transport, table.FLUSH_US, b"")
        transport.bulk_out(0, table.RESET)
        heard = _answer(transport, table.RESET_US, b"\n")
        for line in heard.decode("ascii", errors="replace").splitlines():
            if any(name in line for name in table.NAMES):
                return line.strip()
    raise ProtocolError(
        f"{uri}: expected the banner of an {' or '.join(table.NAMES)} at one of "
        f"{', '.join(f'{baud // 1_000_000}M' for baud in table.BAUDS)} baud, got {heard[:60]!r}; "
        "check the line, or unplug the camera and plug it in again"
    )


def _answer(transport: Transport, limit_us: int, until: bytes) -> bytes:
    """Collect what comes until a name of the camera and `until` are in it, or the time is over."""
    heard = b""
    for _ in range(limit_us // table.POLL_US):
        heard += transport.bulk_in(0, _LONGEST_ANSWER)
        names = (name.encode() for name in table.NAMES)
        if until and any(name in heard and until in heard.split(name, 1)[1] for name in names):
            break
        transport.settle(table.POLL_US)
    return heard
