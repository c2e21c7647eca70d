"""The DVS128: vendor requests that write, and events."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from hw_drivers.emulators.camera import CameraModel
from hw_drivers.emulators.dvs128_biases import dvs128_gains
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.model import NoAnswer, Stall
from hw_drivers.emulators.registers import RegisterFile
from hw_drivers.emulators.scenes import Scene
from hw_drivers.tables import dvs128 as table
from hw_drivers.words.dvs128 import Dvs128Writer

__all__ = ["Dvs128Model"]

_BIAS_BYTES = 3
_RUNNING, _PRIMARY = table.REQUEST_START, table.REQUEST_PRIMARY


class Dvs128Model(CameraModel):
    """Model of an iniVation DVS128.

    `registers` holds what the requests set: the twelve biases at 0 to 11, and by their request
    numbers whether the camera runs (0xB3) and whether its clock leads (0xBE).

    Args:
        scene: what the sensor sees.
        duration_us: sensor time after which the stream ends.
        slice_us: sensor time of one step.
        trigger_hz: rising edges per second on the trigger input, 0 without.
        faults: what goes wrong.
    """

    name = "dvs128"
    size = table.SIZE

    def __init__(
        self,
        scene: Scene,
        *,
        duration_us: int | None = None,
        slice_us: int = 1000,
        trigger_hz: float = 0.0,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(
            scene, duration_us=duration_us, slice_us=slice_us, word_bytes=4, faults=faults
        )
        self._registers = RegisterFile(dict.fromkeys(range(len(table.BIASES)), 0))
        self._trigger_hz = trigger_hz
        self._restart()

    @classmethod
    def from_options(
        cls, scene: Scene, options: Any, factory: Mapping[str, int] | None
    ) -> "Dvs128Model":
        """Make the model that `EmulatorOptions` describe."""
        return cls(scene, trigger_hz=options.trigger_hz, **cls.options_of(options))

    @property
    def registers(self) -> RegisterFile:
        """What the requests set: number -> value."""
        return self._registers

    @property
    def requests(self) -> int:
        """Control requests up to now."""
        return self._requests

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """Take a request."""
        number = self._count_request()
        if number in self._faults.silent:
            raise NoAnswer
        if request == table.REQUEST_BIASES and len(data) == _BIAS_BYTES * len(table.BIASES):
            for i in range(len(table.BIASES)):
                part = data[_BIAS_BYTES * i : _BIAS_BYTES * (i + 1)]
                self._registers.write(i, int.from_bytes(part, "big"))
        elif request in (table.REQUEST_START, table.REQUEST_STOP) and not data:
            self._registers.write(_RUNNING, int(request == table.REQUEST_START))
        elif request == _PRIMARY and not data:
            self._registers.write(_PRIMARY, value)
        elif request == table.REQUEST_RESET_TIME and not data:
            self._reset_due = True
        elif request != table.REQUEST_RESET_ARRAY or data:
            raise Stall(f"vendor request 0x{request:02X}")
        self._follow_switches()

    def gains(self) -> tuple[float, float]:
        """Sensitivity to (ON, OFF) changes relative to the default biases."""
        return dvs128_gains(
            {bias.name: self._registers.get(i, 0) for i, bias in enumerate(table.BIASES)}
        )

    def _sends(self) -> bool:
        return bool(self._registers.get(_RUNNING, 0))

    def _restart(self) -> None:
        self._writer = Dvs128Writer()
        self._reset_due = True

    def _slice(self, start_us: int, stop_us: int) -> bytes:
        columns = self._scene.events(start_us, stop_us, *self.gains())
        self.events_sent += len(columns)
        parts = [self._writer.reset()] if self._reset_due else []
        self._reset_due = False
        done = 0
        rising = [t for t, level in self._edges(self._trigger_hz, start_us, stop_us) if level]
        for t in rising:
            place = int(np.searchsorted(columns.t, t, side="right"))
            parts.append(self._writer.events(columns[done:place]))
            parts.append(self._writer.edges(np.array([t])))
            done = place
        parts.append(self._writer.events(columns[done:]))
        return np.concatenate(parts).astype("<u2").tobytes()
