"""The DAVIS cameras: events, frames, inertial samples and edges in one stream."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.emulators.davis_filters import EventFilters
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.inivation import InivationModel, Item, imu_words
from hw_drivers.emulators.scenes import Scene
from hw_drivers.tables import inivation as table
from hw_drivers.tables.davis import ChipTable, CoarseFine, current_pa
from hw_drivers.words.davis import DavisWriter
from hw_drivers.words.inivation import Special
from hw_drivers.words.inivation_imu import ImuLayout

__all__ = ["DavisModel"]

_CLOCK_MHZ = {
    table.SYSTEM_LOGIC_CLOCK: 90,
    table.SYSTEM_ADC_CLOCK: 30,
    table.SYSTEM_USB_CLOCK: 80,
}
_RESET_LEVEL = 900  # of 1023: what a pixel of the frame sensor reads after reset
_READOUT_US = 2000  # of one frame
_IMU_INTERVAL_US = 1000
_MAX_GAIN = 16.0

AFTER_POWER_ON: dict[tuple[int, int], int] = {
    table.SYSTEM_LOGIC_VERSION: table.LOGIC_VERSION,
    table.SYSTEM_LOGIC_PATCH: 1,
    table.SYSTEM_IS_PRIMARY: 1,
    table.EXTERNAL_HAS_GENERATOR: 1,
    table.SYSTEM_CLOCK_DEVIATION: 1000,
    **_CLOCK_MHZ,
    table.DVS_HAS_PIXEL_FILTER: 1,
    table.DVS_HAS_BACKGROUND_FILTER: 1,
    table.DVS_HAS_ROI: 1,
    table.DVS_HAS_SKIP: 1,
    table.DVS_HAS_POLARITY: 1,
    table.APS_HAS_GLOBAL_SHUTTER: 1,
    table.IMU_TYPE: 1,
}


class DavisModel(InivationModel):
    """Register-accurate model of an iniVation DAVIS; a subclass names its chip.

    How the event rate follows the bias currents uses the formula of the pixel: a threshold is the
    logarithm of the ratio of two currents. Speed and refractory currents change the rate by a
    plausible law only.

    Args:
        scene: what the event sensor sees; the frame sensor sees a moving bar.
        inverted: whether event and frame sensor exchange rows and columns.
        duration_us: sensor time after which the stream ends.
        slice_us: sensor time of one step.
        trigger_hz: frequency of a square wave on the trigger input, 0 without one.
        celsius: temperature of the inertial sensor.
        faults: what goes wrong.
    """

    chip: ChipTable

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
        parameters = dict(AFTER_POWER_ON)
        parameters[table.SYSTEM_CHIP] = self.chip.number
        for columns, rows in (
            (table.DVS_SIZE_COLUMNS, table.DVS_SIZE_ROWS),
            (table.APS_SIZE_COLUMNS, table.APS_SIZE_ROWS),
        ):
            parameters[columns], parameters[rows] = self.chip.size
        parameters[table.DVS_ORIENTATION] = parameters[table.APS_ORIENTATION] = 4 * inverted
        super().__init__(
            scene, parameters, duration_us=duration_us, slice_us=slice_us, faults=faults
        )
        self._inverted = inverted
        self._trigger_hz = trigger_hz
        self._celsius = celsius
        self.frames_sent = 0
        self._restart()

    @classmethod
    def from_options(
        cls, scene: Scene, options: Any, factory: Mapping[str, int] | None
    ) -> "DavisModel":
        """Make the model that `EmulatorOptions` describe."""
        return cls(
            scene,
            trigger_hz=options.trigger_hz,
            celsius=options.celsius,
            **cls.options_of(options),
        )

    def picture(self, t: int) -> np.ndarray:
        """Return what the frame sensor sees: (height, width), 0 to 500 levels of brightness."""
        width, height = self.size
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        bar = (x - t * 4e-4) % width < width / 4
        return (100 + 100 * y // height + 300 * bar).astype(np.int64)

    def gains(self) -> tuple[float, float]:
        """Sensitivity to (ON, OFF) changes relative to the default bias currents."""
        now = {bias.name: self._current(bias) for bias in self.chip.biases}
        usual = {b.name: current_pa(b.coarse, b.fine) for b in self.chip.biases}

        def threshold(currents: dict[str, float], upper: str, lower: str) -> float:
            return math.log(max(currents[upper], 1e-3) / max(currents[lower], 1e-3))

        speed = (max(now["prbp"], 1e-3) / usual["prbp"]) ** 0.3
        speed *= (max(now["refrbp"], 1e-3) / usual["refrbp"]) ** 0.1
        gains = []
        for upper, lower in (("onbn", "diffbn"), ("diffbn", "offbn")):
            level = threshold(now, upper, lower)
            gain = _MAX_GAIN if level <= 0 else speed * threshold(usual, upper, lower) / level
            gains.append(min(gain, _MAX_GAIN))
        return gains[0], gains[1]

    def _current(self, bias: CoarseFine) -> float:
        word = self.get((table.CHIP, bias.number))
        return current_pa(word >> 12 & 7, word >> 4 & 0xFF)

    def _restart(self) -> None:
        self._writer = DavisWriter(invert_xy=self._inverted)
        self._filters = EventFilters(self.size)
        self._frame_end_us = self._scene.start_us
        self._pending: list[Item] = []

    def _slice(self, start_us: int, stop_us: int) -> bytes:
        columns = Columns(*(np.empty(0, d) for d in (np.int64, np.uint16, np.uint16, np.uint8)))
        if self.get(table.DVS_RUN):
            seen = self._scene.events(start_us, stop_us, *self.gains())
            columns = self._filters.apply(self, seen)
        self.events_sent += len(columns)
        items = self._pending
        items += self._edge_items(self._trigger_hz, start_us, stop_us)
        items += self._generator_items(start_us, stop_us)
        items += self._imu_items(start_us, stop_us)
        items += self._frame_items(start_us, stop_us)
        items.sort(key=lambda item: item[0])
        self._pending = [item for item in items if item[0] >= stop_us]
        due = [item for item in items if item[0] < stop_us]
        return self._merged(self._writer, columns, due, stop_us)

    def _imu_items(self, start_us: int, stop_us: int) -> list[Item]:
        acceleration = self.get(table.IMU_ACCELEROMETER_SCALE) & 3
        rotation = self.get(table.IMU_GYROSCOPE_SCALE) & 3
        words = imu_words(
            self._imu_runs(),
            acceleration_g=2 << acceleration,
            rotation_dps=250 << rotation,
            scale=acceleration << 2 | rotation,
            celsius=self._celsius,
            layout=ImuLayout(degrees=table.IMU_DEGREES[1]),
        )
        first, last = -(-start_us // _IMU_INTERVAL_US), -(-stop_us // _IMU_INTERVAL_US)
        return [(k * _IMU_INTERVAL_US, words) for k in range(first, last)] if words else []

    def _frame_items(self, start_us: int, stop_us: int) -> list[Item]:
        if not self.get(table.APS_RUN):
            self._frame_end_us = stop_us
            return []
        exposure_us = round(self.get(table.APS_EXPOSURE) / _CLOCK_MHZ[table.SYSTEM_ADC_CLOCK])
        interval_us = round(self.get(table.APS_FRAME_INTERVAL) / _CLOCK_MHZ[table.SYSTEM_ADC_CLOCK])
        items: list[Item] = []
        while self._frame_end_us < stop_us:
            t = max(self._frame_end_us, start_us)
            items += self._frame(t, exposure_us)
            self._frame_end_us = t + max(interval_us, exposure_us + _READOUT_US)
            self.frames_sent += 1
        return items

    def _frame(self, t: int, exposure_us: int) -> list[Item]:
        x, y, end_x, end_y = self.words(table.APS_ROI, 4)
        bounds = [b for v in (x, y, end_x, end_y) for b in (0x5100 | v >> 8, 0x5200 | v & 0xFF)]
        kind = (
            Special.FRAME_START_GLOBAL
            if self.get(table.APS_GLOBAL_SHUTTER)
            else Special.FRAME_START_ROLLING
        )
        bright = self.picture(t) if self._inverted else self.picture(t).T  # columns first
        bright = bright[x : end_x + 1, y : end_y + 1]
        reset = np.full(bright.shape, _RESET_LEVEL)
        done_us = t + exposure_us
        return [
            (t, np.array([*bounds, kind])),
            (t, _readout(Special.RESET_COLUMN, reset)),
            (t, [Special.EXPOSURE_START]),
            (done_us, [Special.EXPOSURE_END]),
            (done_us, _readout(Special.SIGNAL_COLUMN, reset - bright)),
            (done_us + _READOUT_US, [Special.FRAME_END]),
        ]


def _readout(kind: int, levels: np.ndarray) -> np.ndarray:
    """Words of all columns: start, samples, end."""
    columns, rows = levels.shape
    words = np.empty((columns, rows + 2), np.uint16)
    words[:, 0] = kind
    words[:, 1:-1] = 0x4000 | levels
    words[:, -1] = Special.COLUMN_END
    return words.ravel()
