"""The EVK2 camera: a board with time base, trigger input and output, and an IMX636 behind it."""

from collections.abc import Iterator, Mapping
from typing import Any

from hw_drivers.emulators.hd_camera import HdCameraModel
from hw_drivers.emulators.imx636 import Imx636Model
from hw_drivers.emulators.registers import RegisterFile
from hw_drivers.tables import evk2 as table
from hw_drivers.tables.hd_sensors import EVK2_IMX636

__all__ = ["Evk2Board", "Evk2Model"]

_SENSOR = range(table.SENSOR_BASE, table.SENSOR_BASE + 0x10000)
_MAIN, _LOOPBACK = 1, 3  # trigger channels; OpenEB, evk2_tz_trigger_event.cpp


class Evk2Board(Mapping[int, int]):
    """Registers of the board and, from `SENSOR_BASE` on, of the sensor: address -> value.

    Args:
        sensor: the sensor behind the board.
    """

    name = "PseeVideo"

    def __init__(self, sensor: Imx636Model) -> None:
        self.compatible = sensor.compatible
        self._sensor = sensor
        self.own = RegisterFile(table.AFTER_RESET)

    def read(self, address: int) -> int:
        """Read a register."""
        if address in _SENSOR:
            return self._sensor.read(address - table.SENSOR_BASE)
        return self.own.read(address)

    def write(self, address: int, value: int) -> None:
        """Write a register."""
        if address in _SENSOR:
            self._sensor.write(address - table.SENSOR_BASE, value)
        elif address != table.SYSTEM_ID:
            self.own.write(address, value)

    def __getitem__(self, address: int) -> int:
        if address in _SENSOR:
            return self._sensor.registers[address - table.SENSOR_BASE]
        return self.own[address]

    def __iter__(self) -> Iterator[int]:
        sensor = [table.SENSOR_BASE + address for address in self._sensor.registers]
        return iter(sorted([*self.own, *sensor]))

    def __len__(self) -> int:
        return len(self.own) + len(self._sensor.registers)


class Evk2Model(HdCameraModel):
    """Register-accurate model of an EVK2; its arguments are those of `HdCameraModel`."""

    name = "evk2"
    sensor = EVK2_IMX636
    system = table.SYSTEM_IMX636

    @property
    def registers(self) -> Evk2Board:
        """The board's registers, those of the sensor from 0x100000 on: address -> value."""
        return self._registers

    @property
    def role(self) -> str:
        """What the board's time base is: "internal", "primary" or "secondary"."""
        control = self._registers.own.read(table.TIME_BASE_CONTROL)
        if not control & table.EXT_SYNC_MASTER:
            return "secondary"
        return "primary" if control & table.ENABLE_EXT_SYNC else "internal"

    def _board_chip(self) -> Any:
        self._registers = Evk2Board(self.chip)
        # The sensor is always the secondary of the board, whose time base may be one itself.
        self.chip.primary_runs = self._time_base_runs
        return self._registers

    def _time_base_runs(self) -> bool:
        control = self._registers.own.read(table.TIME_BASE_CONTROL)
        if not control & table.TIME_BASE_ENABLE:
            return False
        return bool(control & table.EXT_SYNC_MASTER) or self.primary_runs()

    def _edges_seen(self, start_us: int, stop_us: int) -> list[tuple[int, int, int]]:
        read = self._registers.own.read
        enabled = read(table.TRIGGER_ENABLE)
        edges: list[tuple[int, int, int]] = []
        if enabled & table.TRIGGER_MAIN:
            wave = self._edges(self._trigger_hz, start_us, stop_us)
            edges += [(t, level, _MAIN) for t, level in wave]
        if enabled & table.TRIGGER_LOOPBACK:
            edges += [(t, level, _LOOPBACK) for t, level in self.trigger_out(start_us, stop_us)]
        return sorted(edges)

    def trigger_out(self, start_us: int, stop_us: int) -> list[tuple[int, int]]:
        """Return the edges on the trigger output in a span of sensor time, as (time, level)."""
        read = self._registers.own.read
        on = table.SYNC_OUT_TRIGGER | table.SYNC_OUT_EN_HSIDE
        plugged = read(table.IO_CONTROL) & (table.SYNC_OUT_MODE | table.SYNC_OUT_EN_HSIDE) == on
        period, width = read(table.TRIGGER_OUT_PERIOD), read(table.TRIGGER_OUT_WIDTH)
        if not plugged or not read(table.TRIGGER_OUT_ENABLE) & 1 or not 0 < width < period:
            return []
        first = start_us // period
        rising = [(k * period, 1) for k in range(first, stop_us // period + 1)]
        falling = [(t + width, 0) for t, _ in rising]
        return sorted(e for e in rising + falling if start_us <= e[0] < stop_us)
