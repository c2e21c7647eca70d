"""A camera with a GenX320: USB endpoints, Treuzell board, sensor, EVT 2.1 output."""

from collections.abc import Mapping
from typing import Any, Self

from hw_drivers.emulators.evt21_words import evt21_slice
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.genx320_chip import GenX320Chip
from hw_drivers.emulators.registers import RegisterFile
from hw_drivers.emulators.scenes import Scene
from hw_drivers.emulators.treuzell_camera import TreuzellCameraModel
from hw_drivers.tables import genx320 as reg

__all__ = ["GenX320Model"]


class GenX320Model(TreuzellCameraModel):
    """Register-accurate model of an EVK3 with a GenX320 (ES silicon).

    Args:
        scene: what the sensor sees.
        serial: serial number, shown as 8 hexadecimal digits.
        duration_us: sensor time after which the stream ends, or None: as long as the scene.
        slice_us: sensor time of one step.
        trigger_hz: frequency of a square wave on the trigger input, 0 without one.
        celsius: temperature of the sensor.
        single_writes: whether the board knows no writes of several registers.
        faults: what goes wrong.
    """

    name = "genx320"
    size = GenX320Chip.size

    def __init__(
        self,
        scene: Scene,
        *,
        serial: int = 0x00050001,
        duration_us: int | None = None,
        slice_us: int = 1000,
        trigger_hz: float = 0.0,
        celsius: float = 35.0,
        single_writes: bool = False,
        faults: Faults | None = None,
    ) -> None:
        self.chip = GenX320Chip(celsius=celsius)
        self.chip.primary_runs = self.primary_runs
        super().__init__(
            scene,
            self.chip,
            serial=serial,
            duration_us=duration_us,
            slice_us=slice_us,
            word_bytes=8,
            single_writes=single_writes,
            faults=faults,
        )
        self._trigger_hz = trigger_hz

    @classmethod
    def from_options(cls, scene: Scene, options: Any, factory: Mapping[str, int] | None) -> Self:
        """Make the model that `EmulatorOptions` describe."""
        return cls(
            scene,
            serial=int(options.serial or "00050001", 16),
            trigger_hz=options.trigger_hz,
            celsius=options.celsius,
            single_writes=options.single_writes,
            **cls.options_of(options),
        )

    @property
    def registers(self) -> RegisterFile:
        """The sensor's registers: address -> value."""
        return self.chip.registers

    @property
    def role(self) -> str:
        """What the sensor's time base is: "internal", "primary" or "secondary"."""
        return self.chip.role

    def _sends(self) -> bool:
        return self.chip.streaming

    def _restart(self) -> None:
        self.chip.restart()

    def _slice(self, start_us: int, stop_us: int) -> bytes:
        columns = self.chip.see(self._scene, start_us, stop_us)
        self.events_sent += len(columns)
        wired = reg.TRIGGER_EN | reg.TRIGGER_ENZI
        seen = self.chip.read(reg.IO_CTRL) & wired == wired
        seen &= bool(self.chip.read(reg.EVENT_TYPES) & reg.EVENT_TYPES_TRIGGER)
        edges = self._edges(self._trigger_hz if seen else 0, start_us, stop_us)
        rows = [(t, level, 0) for t, level in edges]
        return evt21_slice(columns, rows, start_us, self.size, legacy=False)
