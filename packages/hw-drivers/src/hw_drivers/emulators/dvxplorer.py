"""The DVXplorer: events in groups of rows, inertial samples and edges in one stream."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.inivation import InivationModel, Item, imu_words
from hw_drivers.emulators.scenes import Scene
from hw_drivers.tables import dvxplorer as chip
from hw_drivers.tables import inivation as table
from hw_drivers.words.dvx import IMU_LAYOUT, DvxWriter

__all__ = ["DvxplorerLiteModel", "DvxplorerModel"]

_STEPS_PER_OCTAVE = 4.0  # thresholds: a plausible law for testing software, not a measurement

AFTER_POWER_ON: dict[tuple[int, int], int] = {
    table.SYSTEM_LOGIC_VERSION: table.LOGIC_VERSION,
    table.SYSTEM_LOGIC_PATCH: 4,
    table.SYSTEM_IS_PRIMARY: 1,
    table.EXTERNAL_HAS_GENERATOR: 1,
    table.SYSTEM_LOGIC_CLOCK: 104,
    table.SYSTEM_USB_CLOCK: 104,
    table.SYSTEM_CLOCK_DEVIATION: 1000,
    table.IMU_TYPE: 3,
}


class DvxplorerModel(InivationModel):
    """Register-accurate model of an iniVation DVXplorer.

    Args:
        scene: what the sensor sees.
        inverted: whether the sensor is built in on its side: the scene is 480 wide and 640 high.
        duration_us: sensor time after which the stream ends.
        slice_us: sensor time of one step.
        trigger_hz: frequency of a square wave on the trigger input, 0 without one.
        celsius: temperature of the inertial sensor.
        faults: what goes wrong.
    """

    name = "dvxplorer"
    size = chip.SIZE

    def __init__(
        self,
        scene: Scene,
        *,
        inverted: bool = False,
        duration_us: int | None = None,
        slice_us: int = 1000,
        trigger_hz: float = 0.0,
        celsius: float = 35.0,
        faults: Faults | None = None,
    ) -> None:
        width, height = self.size
        parameters = dict(AFTER_POWER_ON)
        parameters[table.DVS_SIZE_COLUMNS], parameters[table.DVS_SIZE_ROWS] = width, height
        parameters[table.DVS_ORIENTATION] = 4 * inverted
        (parameters[table.SYSTEM_CHIP],) = table.CHIPS[self.name]
        super().__init__(
            scene, parameters, duration_us=duration_us, slice_us=slice_us, faults=faults
        )
        self._inverted = inverted
        self._trigger_hz = trigger_hz
        self._celsius = celsius
        self._restart()

    @classmethod
    def from_options(
        cls, scene: Scene, options: Any, factory: Mapping[str, int] | None
    ) -> "DvxplorerModel":
        """Make the model that `EmulatorOptions` describe."""
        return cls(
            scene,
            trigger_hz=options.trigger_hz,
            celsius=options.celsius,
            **cls.options_of(options),
        )

    def gains(self) -> tuple[float, float]:
        """Sensitivity to (ON, OFF) changes relative to the default biases."""
        upper_on = self.get(chip.RANGE_SF_ON_RST) >> 1 & 1
        upper_off = 1 - (self.get(chip.LEVEL_SF_OFF) >> 1 & 1)
        on = self.get(chip.BIAS_ON) + 9 * upper_on
        off = self.get(chip.BIAS_OFF) + 9 * upper_off
        gains = (2.0 ** ((8 - step) / _STEPS_PER_OCTAVE) for step in (on, off))
        return next(gains), next(gains)

    def _restart(self) -> None:
        self._writer = DvxWriter(invert_xy=self._inverted)

    def _slice(self, start_us: int, stop_us: int) -> bytes:
        columns = Columns(*(np.empty(0, d) for d in (np.int64, np.uint16, np.uint16, np.uint8)))
        if self.get(table.DVS_RUN) and self.get(chip.MODE) == chip.MODE_STREAM:
            columns = self._cropped(self._scene.events(start_us, stop_us, *self.gains()))
        self.events_sent += len(columns)
        items = self._edge_items(self._trigger_hz, start_us, stop_us)
        items += self._generator_items(start_us, stop_us)
        items += self._imu_items(start_us, stop_us)
        items.sort(key=lambda item: item[0])
        return self._merged(self._writer, columns, items, stop_us)

    def _cropped(self, columns: Columns) -> Columns:
        if self.get(chip.CROP_BYPASS):
            return columns
        column, row = (columns.y, columns.x) if self._inverted else (columns.x, columns.y)
        start = self.words(chip.CROP_X_START, 2)
        end = self.words(chip.CROP_X_END, 2)
        keep = (column >= start[0] << 8 | start[1]) & (column <= end[0] << 8 | end[1])
        group, bit = row >> 3, 1 << (row & 7)
        first, last = self.get(chip.CROP_Y_START_GROUP), self.get(chip.CROP_Y_END_GROUP)
        keep &= (group >= first) & (group <= last)
        if first != last:  # within one group the sensor looks at the mask of the end alone
            keep &= (group != first) | (self.get(chip.CROP_Y_START_MASK) & bit != 0)
        keep &= (group != last) | (self.get(chip.CROP_Y_END_MASK) & bit != 0)
        return columns[keep]

    def _imu_items(self, start_us: int, stop_us: int) -> list[Item]:
        acceleration = self.get(chip.IMU_ACCELEROMETER_RANGE) & 3
        rotation = self.get(chip.IMU_GYROSCOPE_RANGE) & 7
        words = imu_words(
            self._imu_runs(),
            acceleration_g=2 << acceleration,
            rotation_dps=IMU_LAYOUT.rotation_dps[rotation],
            scale=acceleration << 3 | rotation,
            celsius=self._celsius,
            layout=IMU_LAYOUT,
        )
        interval = chip.IMU_INTERVAL_US
        first, last = -(-start_us // interval), -(-stop_us // interval)
        return [(k * interval, words) for k in range(first, last)] if words else []


class DvxplorerLiteModel(DvxplorerModel):
    """Register-accurate model of an iniVation DVXplorer Lite.

    Without the subsampling that halves its sensor it would send places that do not exist: it sends
    nothing then.
    """

    name = "dvxplorer_lite"
    size = chip.LITE_SIZE

    def _sends(self) -> bool:
        return super()._sends() and self.get(chip.SUBSAMPLING) == chip.HALF
