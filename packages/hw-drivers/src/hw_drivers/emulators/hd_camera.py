"""The cameras with 1280 x 720 pixels: USB endpoints, Treuzell board, sensor, EVT output."""

import struct
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.emulators.evt21_words import evt21_slice
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.imx636 import Imx636Model
from hw_drivers.emulators.scenes import Scene
from hw_drivers.emulators.treuzell_camera import TreuzellCameraModel
from hw_drivers.tables import imx636_registers as reg
from hw_drivers.tables.hd_sensors import HdSensor
from hw_drivers.tables.imx636_filters import (
    TIME_BASE_EXTERNAL,
    TIME_BASE_PRIMARY,
    TRIGGER_CTRL,
    TRIGGER_IN,
)
from neuro_kernels import Events, codecs

__all__ = ["HdCameraModel"]

_TIME_HIGH = 0x8000  # EVT 3.0 word type 8
_TIME_LOW = 0x6000  # word type 6
_TRIGGER = 0xA000  # word type 10; the channel stands in bits 8 to 11
_TIME_MASK = 0xFFFFFF  # EVT 3.0 words tell 24 bits of a time


class HdCameraModel(TreuzellCameraModel):
    """Base of the register-accurate models of these cameras.

    Args:
        scene: what the sensor sees.
        serial: serial number, shown as 8 hexadecimal digits.
        duration_us: sensor time after which the stream ends, or None: as long as the scene.
        slice_us: sensor time of one step.
        factory: bias values of this chip, where they differ from the usual ones.
        trigger_hz: frequency of a square wave on the trigger input, 0 without one.
        celsius: temperature of the sensor.
        lux: light on it.
        single_writes: whether the board knows no writes of several registers.
        faults: what goes wrong.
    """

    sensor: ClassVar[HdSensor]
    size = Imx636Model.size

    def __init__(
        self,
        scene: Scene,
        *,
        serial: int = 0x00050001,
        duration_us: int | None = None,
        slice_us: int = 1000,
        factory: Mapping[str, int] | None = None,
        trigger_hz: float = 0.0,
        celsius: float = 35.0,
        lux: float = 500.0,
        single_writes: bool = False,
        faults: Faults | None = None,
    ) -> None:
        self.chip = Imx636Model(sensor=self.sensor, factory=factory, celsius=celsius, lux=lux)
        super().__init__(
            scene,
            self._board_chip(),
            serial=serial,
            duration_us=duration_us,
            slice_us=slice_us,
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
            factory=factory,
            trigger_hz=options.trigger_hz,
            celsius=options.celsius,
            lux=options.lux,
            single_writes=options.single_writes,
            **cls.options_of(options),
        )

    @property
    def registers(self) -> Mapping[int, int]:
        """The sensor's registers: address -> value."""
        return self.chip.registers

    @property
    def role(self) -> str:
        """What the sensor's time base is: "internal", "primary" or "secondary"."""
        control = self.chip.registers.read(reg.TIME_BASE_CTRL)
        if not control & TIME_BASE_EXTERNAL:
            return "internal"
        return "primary" if control & TIME_BASE_PRIMARY else "secondary"

    def _board_chip(self) -> Any:
        """Return what the board reads and writes."""
        self.chip.primary_runs = self.primary_runs
        return self.chip

    def _sends(self) -> bool:
        return self.chip.streaming

    def _restart(self) -> None:
        self.chip.restart()

    def _edges_seen(self, start_us: int, stop_us: int) -> list[tuple[int, int, int]]:
        """Return the edges that the registers let pass, as (time, level, channel)."""
        wired = self.chip.registers.read(TRIGGER_CTRL) & TRIGGER_IN
        edges = self._edges(self._trigger_hz if wired else 0, start_us, stop_us)
        return [(t, level, 0) for t, level in edges]

    def _slice(self, start_us: int, stop_us: int) -> bytes:
        """Words of a slice; it starts with its upper time, so that silence and gaps keep the time.

        The encoder gets times inside one round of the 24-bit time: it knows no earlier rounds.
        """
        columns = self.chip.see(self._scene, start_us, stop_us)
        self.events_sent += len(columns)
        edges = self._edges_seen(start_us, stop_us)
        if self.chip.registers.read(reg.FORMAT_CTRL) & reg.FORMAT_EVT21:
            return evt21_slice(columns, edges, start_us, self.size, legacy=True)
        told = len(columns) and columns.t[0] >> 12 == start_us >> 12
        parts = [b"" if told else _time_word(start_us)]
        done = 0
        for edge_us, level, channel in edges:
            stop = int(np.searchsorted(columns.t, edge_us))
            parts.append(self._words(columns[done:stop], start_us))
            parts.append(_edge_words(edge_us, level, channel))
            done = stop
        parts.append(self._words(columns[done:], start_us))
        return b"".join(parts)

    def _words(self, columns: Columns, start_us: int) -> bytes:
        if not len(columns):
            return b""
        t = columns.t - (start_us & ~_TIME_MASK)
        return codecs.encode("evt3", Events(t, columns.x, columns.y, columns.p, size=self.size))


def _time_word(time_us: int) -> bytes:
    """TIME_HIGH of a time."""
    return struct.pack("<H", _TIME_HIGH | time_us >> 12 & 0xFFF)


def _edge_words(time_us: int, level: int, channel: int) -> bytes:
    """TIME_HIGH, TIME_LOW and EXT_TRIGGER of an edge."""
    trigger = _TRIGGER | channel << 8 | level
    return struct.pack(
        "<3H", _TIME_HIGH | time_us >> 12 & 0xFFF, _TIME_LOW | time_us & 0xFFF, trigger
    )
