"""The eDVS: text commands in, a banner and events out."""

import re
from collections.abc import Mapping
from typing import Any

from hw_drivers.emulators.camera import CameraModel
from hw_drivers.emulators.dvs128_biases import dvs128_gains
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.model import NoAnswer, Stall
from hw_drivers.emulators.registers import RegisterFile
from hw_drivers.emulators.scenes import Scene
from hw_drivers.tables import edvs as table
from hw_drivers.transport.serial import SET_SPEED
from hw_drivers.words.dvs128 import EdvsWriter

__all__ = ["EdvsModel"]

_BANNER = b"\r\nEDVS-4337, V1.2: Jan  1 2020, 00:00:00\r\n"
_RUNS, _FORMAT, _ECHO, _SPEED = 0x10, 0x11, 0x12, 0x13
_BIAS = re.compile(rb"!B(\d{1,2})=(\d{1,8})")


class EdvsModel(CameraModel):
    """Model of an eDVS-4337 behind its serial line.

    `registers` holds the twelve biases that are in effect at 0 to 11, whether it sends at 0x10, its
    format at 0x11, its echo at 0x12 and the speed of the line at 0x13. On a line of another speed
    it hears and says nothing that makes sense. Control requests of the faults are lines here.

    Args:
        scene: what the sensor sees.
        baud: speed to which its own side is set.
        duration_us: sensor time after which the stream ends.
        slice_us: sensor time of one step.
        faults: what goes wrong.
    """

    name = "edvs"
    size = table.SIZE

    def __init__(
        self,
        scene: Scene,
        *,
        baud: int = 4_000_000,
        duration_us: int | None = None,
        slice_us: int = 1000,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(
            scene, duration_us=duration_us, slice_us=slice_us, word_bytes=4, faults=faults
        )
        self._baud = baud
        self._registers = RegisterFile({_SPEED: 0})
        self._heard = self._answers = b""
        self._reset()

    @classmethod
    def from_options(
        cls, scene: Scene, options: Any, factory: Mapping[str, int] | None
    ) -> "EdvsModel":
        """Make the model that `EmulatorOptions` describe."""
        return cls(scene, **cls.options_of(options))

    @property
    def registers(self) -> RegisterFile:
        """What the lines set: number -> value."""
        return self._registers

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """Follow the speed of the line."""
        if request != SET_SPEED:
            raise Stall(f"vendor request 0x{request:02X}")
        self._registers.write(_SPEED, int.from_bytes(data, "little"))

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Take bytes of the line; each whole line is a command."""
        if self._registers.get(_SPEED, 0) != self._baud:
            self._answers += b"\xfe" * (len(data) // 2)
            return
        self._heard += data
        while b"\n" in self._heard:
            line, _, self._heard = self._heard.partition(b"\n")
            self._command(line.strip())
        self._follow_switches()

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Say what waits to be said; events come as the stream."""
        said, self._answers = self._answers[:length], self._answers[length:]
        return said

    def gains(self) -> tuple[float, float]:
        """Sensitivity to (ON, OFF) changes relative to the default biases."""
        return dvs128_gains(
            {bias.name: self._registers.get(i, 0) for i, bias in enumerate(table.BIASES)}
        )

    def _reset(self) -> None:
        self._flushed = {i: bias.value for i, bias in enumerate(table.BIASES)}
        for number, value in {**self._flushed, _RUNS: 0, _FORMAT: 0, _ECHO: 1}.items():
            self._registers.write(number, value)

    def _command(self, line: bytes) -> None:
        if not line:
            return
        number = self._count_request()
        if number in self._faults.silent:
            raise NoAnswer
        if self._registers.get(_ECHO, 0):
            self._answers += line + b"\r\n"
        bias = _BIAS.fullmatch(line)
        if bias and int(bias[1]) < len(table.BIASES):
            self._flushed[int(bias[1])] = int(bias[2])
        elif line + b"\n" == table.RESET:
            self._reset()
            cut = 6 if number in self._faults.torn else len(_BANNER)
            self._answers += _BANNER[:cut]
        elif line + b"\n" == table.FLUSH_BIASES:
            for i, value in self._flushed.items():
                self._registers.write(i, value)
        elif line + b"\n" == table.FORMAT_E2:
            self._registers.write(_FORMAT, 2)
        elif line + b"\n" == table.NO_ECHO:
            self._registers.write(_ECHO, 0)
        elif line + b"\n" in (table.START, table.STOP):
            self._registers.write(_RUNS, int(line + b"\n" == table.START))
        elif line + b"\n" != table.RESET_TIME:
            self._answers += b"?\r\n"

    def _sends(self) -> bool:
        return bool(self._registers.get(_RUNS, 0)) and self._registers.get(_FORMAT, 0) == 2

    def _restart(self) -> None:
        self._writer = EdvsWriter()

    def _slice(self, start_us: int, stop_us: int) -> bytes:
        columns = self._scene.events(start_us, stop_us, *self.gains())
        self.events_sent += len(columns)
        return self._writer.events(columns).tobytes()
