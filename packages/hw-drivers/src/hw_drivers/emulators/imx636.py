"""The IMX636 sensor: registers on one side, events on the other."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.emulators.imx636_filters import BurstFilter, FlickerFilter, RateController
from hw_drivers.emulators.registers import RegisterFile
from hw_drivers.emulators.scenes import Scene
from hw_drivers.tables import imx636_filters as extra
from hw_drivers.tables import imx636_registers as reg
from hw_drivers.tables.hd_sensors import EVK4_IMX636, HdSensor
from hw_drivers.tables.imx636_biases import FACTORY_WORDS

__all__ = ["Imx636Model"]

# How sensitivity follows the offsets from the factory biases: a doubling or halving per this many
# steps. A plausible law for testing software, not a measurement of a chip.
_STEPS_PER_OCTAVE = {"diff_on": -40.0, "diff_off": -40.0, "fo": 60.0, "hpf": -60.0, "refr": 120.0}
_ABSOLUTE = {"diff_off": 40.0}  # where biases are values, a smaller diff_off means fewer events
_MAX_GAIN = 16.0
_SOFT_RESET = 0x001C  # OpenEB, genx320es_registermap.h: dig_soft_reset; the start-up begins with it


class Imx636Model:
    """Register-accurate model of the sensor: masks, crop, filters, rate controller, biases, clock.

    Args:
        sensor: the kind of sensor.
        factory: low 8 bits of biases by name, where this chip differs from the usual values.
        celsius: what its thermometer measures.
        lux: what its light meter measures.

    Example:
        >>> chip = Imx636Model()
        >>> hex(chip.read(0x14))
        '0xa0401806'
    """

    name = "CCam5 Imx636 Event-Based Camera"
    compatible: tuple[str, ...] = EVK4_IMX636.compatible
    size = (reg.WIDTH, reg.HEIGHT)

    def __init__(
        self,
        *,
        sensor: HdSensor = EVK4_IMX636,
        factory: Mapping[str, int] | None = None,
        celsius: float = 35.0,
        lux: float = 500.0,
    ) -> None:
        self._biases = sensor.biases
        self._steps = _STEPS_PER_OCTAVE | (_ABSOLUTE if sensor.absolute else {})
        if sensor is not EVK4_IMX636:
            self.name, self.compatible = sensor.name, sensor.compatible
        words = dict(FACTORY_WORDS)
        for bias in self._biases:
            if factory and bias.name in factory:
                value = factory[bias.name]
                words[bias.address] = (words[bias.address] & ~reg.BIAS_VALUE_MASK) | value
        self._factory = {b.name: words[b.address] & reg.BIAS_VALUE_MASK for b in self._biases}
        # The start-up table writes these with the usual value whatever the chip held before.
        for bias in self._biases:
            if bias.name == "diff" or sensor.absolute:
                self._factory[bias.name] = bias.usual
        self._celsius, self._lux = celsius, lux
        self.primary_runs: Callable[[], bool] = lambda: False  # of a secondary camera
        identity = {reg.SENSOR_ID: sensor.identifiers[0]}
        self.registers = RegisterFile(reg.AFTER_RESET | extra.AFTER_RESET | words | identity)
        self.registers.on_read(extra.ADC_STATUS, self._thermometer)
        self.registers.on_read(extra.LIFO_STATUS, self._light_meter)
        self.registers.on_write(_one(extra.STC_INITIALIZATION), self._initialise_memory)
        self.registers.on_write(_one(_SOFT_RESET if sensor.absolute else reg.RESET), self._reset)
        self.registers.on_write(_one(reg.ROI_CTRL), self._roi_ctrl)
        first_pixel = reg.PIXEL_MASK
        pixels = range(first_pixel, first_pixel + 4 * reg.PIXEL_MASK_WORDS)
        self.registers.on_write(pixels, self._forget_mask)
        biases = range(min(FACTORY_WORDS), max(FACTORY_WORDS) + 1)
        self.registers.on_write(biases, self._forget_gains)
        self._gains: tuple[float, float] | None = None
        self._columns: list[int] = []
        self._rows: list[int] = []
        self._latch_lines()
        self._keep: np.ndarray | None = None
        self._keep_known = False
        self.restart()
        self.events_made = 0
        self.events_masked = 0
        self.events_filtered = 0
        self.events_dropped = 0

    def read(self, address: int) -> int:
        """Read a register."""
        return self.registers.read(address)

    def write(self, address: int, value: int) -> None:
        """Write a register."""
        self.registers.write(address, value)

    @property
    def streaming(self) -> bool:
        """Whether time base, pixels and output are switched on, and a primary camera runs."""
        time_base = self.registers.read(reg.TIME_BASE_CTRL)
        secondary = time_base & extra.TIME_BASE_EXTERNAL and not time_base & extra.TIME_BASE_PRIMARY
        return (
            bool(time_base & reg.TIME_BASE_ENABLE)
            and (not secondary or self.primary_runs())
            and bool(self.registers.read(reg.ROI_CTRL) & reg.ROI_PX_TD_RSTN)
            and not self.registers.read(reg.RO_CTRL) & reg.RO_OUTPUT_DISABLE
        )

    def bias_offset(self, name: str) -> int:
        """Offset of a bias from this chip's factory value."""
        address = next(b.address for b in self._biases if b.name == name)
        return (self.registers.read(address) & reg.BIAS_VALUE_MASK) - self._factory[name]

    def gains(self) -> tuple[float, float]:
        """Sensitivity to (ON, OFF) changes relative to the factory biases."""
        if self._gains is None:
            self._gains = self._make_gains()
        return self._gains

    def _make_gains(self) -> tuple[float, float]:
        octaves = {n: self.bias_offset(n) / steps for n, steps in self._steps.items()}
        # A larger reference brings the ON threshold closer and moves the OFF threshold away.
        reference = self.bias_offset("diff") / 40.0
        common = octaves["fo"] + octaves["hpf"] + octaves["refr"]
        gain_on = 2.0 ** (common + octaves["diff_on"] + reference)
        gain_off = 2.0 ** (common + octaves["diff_off"] - reference)
        return min(gain_on, _MAX_GAIN), min(gain_off, _MAX_GAIN)

    def see(self, scene: Scene, start_us: int, stop_us: int) -> Columns:
        """Return what leaves the sensor for the changes of [start_us, stop_us)."""
        columns = scene.events(start_us, stop_us, *self.gains())
        if not len(columns):
            return columns
        self.events_made += len(columns)
        keep = self.keep_map()
        if keep is not None:
            seen = columns[keep[columns.y, columns.x]]
            self.events_masked += len(columns) - len(seen)
            columns = seen
        filtered = self._filtered(columns)
        self.events_filtered += len(columns) - len(filtered)
        passed = self._rate_controlled(filtered)
        self.events_dropped += len(filtered) - len(passed)
        return passed

    def keep_map(self) -> np.ndarray | None:
        """Boolean (height, width), True = the pixel's events leave; None when all do."""
        if not self._keep_known:
            self._keep = self._make_keep_map()
            self._keep_known = True
        return self._keep

    def restart(self) -> None:
        """Forget what filters and rate controller saw."""
        self._bursts = BurstFilter(reg.WIDTH, reg.HEIGHT)
        self._flicker = FlickerFilter(reg.WIDTH)
        self._rate = RateController()

    def _make_keep_map(self) -> np.ndarray | None:
        columns = _lines(self._columns, reg.WIDTH)
        rows = _lines(self._rows, reg.HEIGHT)
        silent = np.zeros((reg.HEIGHT, reg.WIDTH), bool)
        ctrl = self.registers.read(reg.ROI_CTRL)
        if ctrl & reg.ROI_TD_EN:
            if ctrl & reg.ROI_RONI_N_EN:
                silent |= columns[None, :] | rows[:, None]
            else:
                silent |= columns[None, :] & rows[:, None]
        for word in self.registers.words(reg.PIXEL_MASK, reg.PIXEL_MASK_WORDS):
            x, y = word & 0x7FF, word >> 16 & 0x7FF
            if word & reg.PIXEL_MASK_VALID and x < reg.WIDTH and y < reg.HEIGHT:
                silent[y, x] = True
        return ~silent if silent.any() else None

    def _filtered(self, columns: Columns) -> Columns:
        """Digital crop, anti-flicker and burst filter, in the order of the chip's pipeline."""
        read = self.registers.read
        if read(extra.CROP_CTRL) & extra.CROP_ENABLE_MASK == extra.CROP_ENABLE:
            start, end = read(extra.CROP_START), read(extra.CROP_END)
            x, y = columns.x, columns.y
            inside = (x >= start & 0x7FF) & (x <= end & 0x7FF)
            inside &= (y >= start >> 16 & 0x3FF) & (y <= end >> 16 & 0x3FF)
            columns = columns[inside]
        if read(extra.AFK_PIPELINE) == extra.FILTER_ON:
            period, param = read(extra.AFK_PERIOD), read(extra.AFK_PARAM)
            columns = self._flicker.apply(
                columns,
                shortest_us=(period & 0xFF) << extra.AFK_PERIOD_SHIFT,
                longest_us=((period >> 8 & 0xFF) + 1 << extra.AFK_PERIOD_SHIFT) - 1,
                passing=bool(param >> 6 & 1),
                start=param >> 3 & 7,
                stop=param & 7,
            )
        if read(extra.STC_PIPELINE) == extra.FILTER_ON:
            stc, trail = read(extra.STC_PARAM), read(extra.TRAIL_PARAM)
            if stc & extra.STC_ENABLE:
                mode = "stc_keep_trail" if stc & extra.STC_KEEP_TRAIL else "stc_cut_trail"
                columns = self._bursts.apply(columns, mode, stc >> 1 & 0x7FFFF)
            elif trail & extra.TRAIL_ENABLE:
                columns = self._bursts.apply(columns, "trail", trail >> 1 & 0x7FFFF)
        return columns

    def _rate_controlled(self, columns: Columns) -> Columns:
        read = self.registers.read
        active = (
            read(reg.ERC_CONTROL) & 0x3 == 1
            and read(reg.ERC_ENABLE) & 1
            and read(reg.ERC_T_DROPPING) & 1
        )
        period_us = read(reg.ERC_REFERENCE_PERIOD) & 0x3FF
        if not active or not period_us or not len(columns):
            return columns
        limit = read(reg.ERC_TARGET_EVENT_RATE) & reg.ERC_MAX_COUNT
        limit = read(reg.ERC_TARGET_EVENT_RATE) & reg.ERC_MAX_COUNT
        return self._rate.apply(columns, period_us, limit)

    def _thermometer(self, value: int) -> int:
        wanted = extra.ADC_ENABLE | extra.ADC_CLOCK | extra.ADC_START
        running = self.registers.read(extra.ADC_CTRL) & wanted == wanted
        if not running or not self.registers.read(extra.ADC_MISC) & extra.ADC_TEMPERATURE:
            return 0
        steps = round((self._celsius - extra.CELSIUS_AT_ZERO) / extra.CELSIUS_PER_STEP)
        return extra.ADC_DONE | min(max(steps, 0), extra.ADC_VALUE_MASK)

    def _light_meter(self, value: int) -> int:
        wanted = extra.LIFO_ENABLE | extra.LIFO_OUT | extra.LIFO_COUNT
        if self.registers.read(extra.LIFO_CTRL) & wanted != wanted or self._lux <= 0:
            return 0
        count = round(10 ** (3.5 - math.log10(self._lux)) / 0.37 * 100)
        return extra.LIFO_VALID | min(max(count, 1), extra.LIFO_VALUE_MASK)

    def _initialise_memory(self, address: int, value: int) -> int:
        """Writing the flag clears it; a request clears the memory and then sets the flag."""
        if value & extra.REQUEST_INIT:
            self._bursts = BurstFilter(reg.WIDTH, reg.HEIGHT)
            return extra.INIT_DONE
        return value & ~extra.INIT_DONE

    def _reset(self, address: int, value: int) -> int:
        if value & 1:
            self.registers.reset()
            self._latch_lines()
            self._keep_known = False
            self._gains = None
            self.restart()
        return value

    def _roi_ctrl(self, address: int, value: int) -> int:
        if value & reg.ROI_SHADOW_TRIGGER:
            self._latch_lines()
        self._keep_known = False
        return value & ~reg.ROI_SHADOW_TRIGGER  # the trigger bit clears itself

    def _latch_lines(self) -> None:
        """Make the masks in the registers effective."""
        self._columns = self.registers.words(reg.COLUMN_MASK, reg.COLUMN_MASK_WORDS)
        self._rows = self.registers.words(reg.ROW_MASK, reg.ROW_MASK_WORDS)

    def _forget_gains(self, address: int, value: int) -> int:
        self._gains = None
        return value

    def _forget_mask(self, address: int, value: int) -> int:
        self._keep_known = False
        return value


def _one(address: int) -> range:
    return range(address, address + 1)


def _lines(words: list[int], count: int) -> np.ndarray:
    """Boolean (count,), True = masked: bit i of word w is line 32 w + i."""
    packed = np.array(words, "<u4").view(np.uint8)
    return np.unpackbits(packed, bitorder="little")[:count].astype(bool)
