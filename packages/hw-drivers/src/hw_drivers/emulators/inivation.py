"""The logic of iniVation's cameras: parameters behind two vendor requests."""

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.emulators.camera import CameraModel
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.model import NoAnswer, Stall
from hw_drivers.emulators.registers import RegisterFile
from hw_drivers.emulators.scenes import Scene
from hw_drivers.tables import inivation as table
from hw_drivers.words.inivation import Special
from hw_drivers.words.inivation_imu import ImuLayout

__all__ = ["InivationModel", "Item", "address_of", "imu_words"]

Parameter = tuple[int, int]
Item = tuple[int, list[int] | np.ndarray]  # time, words that are told then


def address_of(parameter: Parameter) -> int:
    """Return the address in `registers` of a parameter: module in the upper, number in the lower
    16 bits.

    Example:
        >>> hex(address_of((5, 11)))
        '0x5000b'
    """
    module, number = parameter
    return module << 16 | number


class InivationModel(CameraModel):
    """Base of the models of iniVation's cameras.

    Args:
        scene: what the sensor sees.
        parameters: values after power-on.
        duration_us: sensor time after which the stream ends.
        slice_us: sensor time of one step.
        faults: what goes wrong.
    """

    def __init__(
        self,
        scene: Scene,
        parameters: Mapping[Parameter, int],
        *,
        duration_us: int | None = None,
        slice_us: int = 1000,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(scene, duration_us=duration_us, slice_us=slice_us, faults=faults)
        self._registers = RegisterFile({address_of(p): v for p, v in parameters.items()})

    @property
    def registers(self) -> RegisterFile:
        """The parameters: module << 16 | number -> value."""
        return self._registers

    @property
    def requests(self) -> int:
        """Control requests up to now."""
        return self._requests

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """Read one parameter."""
        number = self._count_request()
        if request != table.REQUEST_ONE:
            raise Stall(f"vendor request 0x{request:02X}")
        if number in self._faults.silent:
            raise NoAnswer
        answer = struct.pack(">I", self._registers.read(address_of((value, index))))
        if number in self._faults.torn:
            answer = answer[:2]
        return answer[:length]

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """Write one parameter, or several."""
        number = self._count_request()
        if number in self._faults.silent:
            raise NoAnswer
        if request == table.REQUEST_ONE and len(data) == 4:
            self._registers.write(address_of((value, index)), int.from_bytes(data, "big"))
        elif request == table.REQUEST_MANY and len(data) == 6 * value and not index:
            for module, parameter, written in struct.iter_unpack(">BBI", data):
                self._registers.write(address_of((module, parameter)), written)
        else:
            raise Stall(f"vendor request 0x{request:02X}")
        self._follow_switches()

    def get(self, parameter: Parameter) -> int:
        """Return a parameter as it is now."""
        return self._registers.get(address_of(parameter), 0)

    def words(self, first: Parameter, count: int) -> list[int]:
        """Return neighbouring parameters."""
        module, number = first
        return [self.get((module, number + i)) for i in range(count)]

    def _sends(self) -> bool:
        runs = (table.MUX_RUN, table.MUX_TIMESTAMP_RUN, table.MUX_CHIP_RUN, table.USB_RUN)
        return all(self.get(run) for run in runs)

    def _edge_items(self, hertz: float, start_us: int, stop_us: int) -> list[Item]:
        """Edges of a square wave on the trigger input, as far as they are detected."""
        if not self.get(table.EXTERNAL_RUN):
            return []
        wanted = {1: self.get(table.EXTERNAL_RISING), 0: self.get(table.EXTERNAL_FALLING)}
        words = {1: Special.RISING_EDGE, 0: Special.FALLING_EDGE}
        return [
            (t, [words[level]])
            for t, level in self._edges(hertz, start_us, stop_us)
            if wanted[level]
        ]

    def _generator_items(self, start_us: int, stop_us: int) -> list[Item]:
        """Edges of the pulses on the trigger output, as far as they are told."""
        mhz = self.get(table.SYSTEM_LOGIC_CLOCK)
        interval_us = self.get(table.EXTERNAL_GENERATOR_INTERVAL) / mhz
        length_us = self.get(table.EXTERNAL_GENERATOR_LENGTH) / mhz
        if not self.get(table.EXTERNAL_GENERATOR_RUN) or not interval_us:
            return []
        items: list[Item] = []
        first = int(max(start_us - length_us, 0) // interval_us)
        for k in range(first, int(stop_us // interval_us) + 1):
            for t, word, told in (
                (k * interval_us, Special.GENERATOR_RISING_EDGE, "RISING"),
                (k * interval_us + length_us, Special.GENERATOR_FALLING_EDGE, "FALLING"),
            ):
                switch = getattr(table, f"EXTERNAL_GENERATOR_INJECT_{told}")
                if start_us <= round(t) < stop_us and self.get(switch):
                    items.append((round(t), [word]))
        return items

    def _imu_runs(self) -> tuple[bool, bool, bool]:
        """Whether acceleration, temperature and rotation are sampled."""
        accelerometer, temperature, gyroscope = (
            bool(self.get(run))
            for run in (
                table.IMU_RUN_ACCELEROMETER,
                table.IMU_RUN_TEMPERATURE,
                table.IMU_RUN_GYROSCOPE,
            )
        )
        return accelerometer, temperature, gyroscope

    def _merged(self, writer: Any, columns: Columns, items: list[Item], stop_us: int) -> bytes:
        """Return events and items (in time order) of a slice as bytes."""
        parts, done = [], 0
        for t, words in items:
            place = int(np.searchsorted(columns.t, t, side="right"))
            parts.append(writer.events(columns[done:place]))
            parts.append(writer.at(t, words))
            done = place
        parts.append(writer.events(columns[done:]))
        if not len(columns):  # the logic tells the time of every wrap, events or not
            parts.append(writer.at(stop_us - 1, []))
        return np.concatenate(parts).astype("<u2").tobytes()


def imu_words(
    runs: tuple[bool, bool, bool],
    *,
    acceleration_g: int,
    rotation_dps: int,
    scale: int,
    celsius: float,
    layout: ImuLayout,
) -> list[int]:
    """Words of a sample of a camera that lies still and turns by 10 degrees per second.

    Args:
        runs: whether acceleration, temperature and rotation are sampled.
        acceleration_g: range.
        rotation_dps: range.
        scale: the two ranges as the scale word tells them.
        celsius: temperature.
        layout: of the inertial sensor.
    """
    if not any(runs):
        return []
    divisor, offset = layout.degrees
    groups = (
        [0, 0, 32768 // acceleration_g],
        [round((celsius - offset) * divisor)],
        [0, 0, round(10 * 32768 / rotation_dps)],
    )
    body = [value for run, group in zip(runs, groups, strict=True) if run for value in group]
    data = np.array(body, ">i2").tobytes()
    scale |= runs[0] << 7 | runs[2] << 6 | runs[1] << 5
    return [Special.IMU_START, 0x5300 | scale, *(0x5000 | b for b in data), Special.IMU_END]
