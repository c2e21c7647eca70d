"""The GenX320 sensor: registers on one side, events on the other."""

from collections.abc import Callable

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.emulators.imx636_filters import BurstFilter, FlickerFilter, RateController
from hw_drivers.emulators.registers import RegisterFile
from hw_drivers.emulators.scenes import Scene
from hw_drivers.tables import genx320 as reg
from hw_drivers.tables import imx636_filters as fields

__all__ = ["GenX320Chip"]

# A doubling or halving of the sensitivity per this many steps: a plausible law for testing
# software, not a measurement of a chip.
_STEPS_PER_OCTAVE = {"diff_on": -16.0, "diff_off": -16.0, "fo": 20.0, "hpf": -40.0, "refr": 60.0}
_REFERENCE_STEPS = 16.0
_MAX_GAIN = 16.0


class GenX320Chip:
    """Register-accurate model of the sensor: windows, masks, crop, filters, rate controller.

    Args:
        celsius: what its thermometer measures.

    Example:
        >>> hex(GenX320Chip().read(0x14))
        '0x30501c01'
    """

    name = "CX3 GenX320"
    compatible: tuple[str, ...] = ("psee,cx3_saphir",)
    size = (reg.WIDTH, reg.HEIGHT)

    def __init__(self, *, celsius: float = 35.0) -> None:
        self._celsius = celsius
        self.primary_runs: Callable[[], bool] = lambda: False
        self.registers = RegisterFile(reg.AFTER_RESET)
        on_read, on_write = self.registers.on_read, self.registers.on_write
        on_read(reg.ADC_STATUS, self._thermometer)
        on_read(reg.AFK_INITIALIZATION, self._flicker_memory)
        on_write(_one(reg.STC_INITIALIZATION), self._burst_memory)
        on_write(_one(reg.SOFT_RESET), self._reset)
        on_write(_one(reg.ROI_CTRL), lambda address, value: value & ~reg.ROI_SHADOW_TRIGGER)
        on_write(_one(reg.ROI_MASTER_CTRL), self._run_master)
        on_write(_one(reg.ERC_DROPPING), lambda address, value: value | reg.ERC_STATUS)
        masks = range(reg.PIXEL_MASK, reg.PIXEL_MASK + 8 * reg.PIXEL_MASK_SLOTS)
        on_write(masks, self._forget_mask)
        for bias in reg.BIASES:
            on_write(_one(bias.address), self._set_bias)
        self._usual = {b.name: b.usual for b in reg.BIASES}
        self._open_all()
        self.restart()
        self.events_made = self.events_masked = 0
        self.events_filtered = self.events_dropped = 0

    def read(self, address: int) -> int:
        """Read a register."""
        return self.registers.read(address)

    def write(self, address: int, value: int) -> None:
        """Write a register."""
        if address != reg.SENSOR_ID:
            self.registers.write(address, value)

    @property
    def role(self) -> str:
        """What the sensor's time base is: "internal", "primary" or "secondary"."""
        control = self.registers.read(reg.TIME_BASE_CTRL)
        if not control & reg.TIME_BASE_EXTERNAL:
            return "internal"
        return "primary" if control & reg.TIME_BASE_PRIMARY else "secondary"

    @property
    def streaming(self) -> bool:
        """Whether time base, pixels and output are switched on, and a primary camera runs."""
        read = self.registers.read
        return (
            bool(read(reg.TIME_BASE_CTRL) & reg.TIME_BASE_ENABLE)
            and (self.role != "secondary" or self.primary_runs())
            and bool(read(reg.ROI_CTRL) & reg.ROI_PX_SW_RSTN)
            and not read(reg.RO_CTRL) & reg.RO_OUTPUT_DISABLE
        )

    def gains(self) -> tuple[float, float]:
        """Sensitivity to (ON, OFF) changes relative to the usual biases."""
        if self._gains is None:
            values = {b.name: self.registers.read(b.address) & 0x7F for b in reg.BIASES}
            octaves = {
                name: (values[name] - self._usual[name]) / steps
                for name, steps in _STEPS_PER_OCTAVE.items()
            }
            reference = (values["diff"] - self._usual["diff"]) / _REFERENCE_STEPS
            common = octaves["fo"] + octaves["hpf"] + octaves["refr"]
            on = 2.0 ** (common + octaves["diff_on"] + reference)
            off = 2.0 ** (common + octaves["diff_off"] - reference)
            self._gains = min(on, _MAX_GAIN), min(off, _MAX_GAIN)
        return self._gains

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
            keep = self._inside.copy()
            words = self.registers.words(reg.PIXEL_MASK, 2 * reg.PIXEL_MASK_SLOTS)
            for control, bits in zip(words[::2], words[1::2], strict=True):
                group, y = control & 0xF, control >> reg.PIXEL_MASK_ROW_SHIFT & 0x1FF
                if control & reg.PIXEL_MASK_VALID and y < reg.HEIGHT and group < 10:
                    masked = np.unpackbits(
                        np.array([bits], "<u4").view(np.uint8), bitorder="little"
                    )
                    keep[y, 32 * group : 32 * group + 32] &= masked == 0
            self._keep = None if keep.all() else keep
            self._keep_known = True
        return self._keep

    def restart(self) -> None:
        """Forget what filters and rate controller saw."""
        self._bursts = BurstFilter(*self.size)
        self._flicker = FlickerFilter(reg.WIDTH)
        self._rate = RateController()

    def _filtered(self, columns: Columns) -> Columns:
        """Digital crop, anti-flicker and burst filter, in the order of the chip's pipeline."""
        read = self.registers.read
        crop = reg.CROP_ENABLE | reg.CROP_REMOVE
        if read(reg.CROP_CTRL) & crop == crop:
            start, end = read(reg.CROP_START), read(reg.CROP_END)
            x, y = columns.x, columns.y
            inside = (x >= start & 0x1FF) & (x <= end & 0x1FF)
            inside &= (y >= start >> 16 & 0x1FF) & (y <= end >> 16 & 0x1FF)
            columns = columns[inside]
        if read(reg.AFK_PIPELINE) == fields.FILTER_ON:
            period, param = read(reg.AFK_PERIOD), read(reg.AFK_PARAM)
            columns = self._flicker.apply(
                columns,
                shortest_us=(period & 0xFF) << fields.AFK_PERIOD_SHIFT,
                longest_us=((period >> 8 & 0xFF) + 1 << fields.AFK_PERIOD_SHIFT) - 1,
                passing=bool(param >> 6 & 1),
                start=param >> 3 & 7,
                stop=param & 7,
            )
        if read(reg.STC_PIPELINE) == fields.FILTER_ON:
            stc, trail = read(reg.STC_PARAM), read(reg.TRAIL_PARAM)
            if stc & fields.STC_ENABLE:
                mode = "stc_keep_trail" if stc & fields.STC_KEEP_TRAIL else "stc_cut_trail"
                columns = self._bursts.apply(columns, mode, stc >> 1 & 0x7FFFF)
            elif trail & fields.TRAIL_ENABLE:
                columns = self._bursts.apply(columns, "trail", trail >> 1 & 0x7FFFF)
        return columns

    def _rate_controlled(self, columns: Columns) -> Columns:
        read = self.registers.read
        powered = read(reg.SRAM_INITN) & reg.SRAM_ERC_FIFO and not (
            read(reg.SRAM_PD1) & reg.SRAM_PD1_ERC_FIFO
        )
        active = (
            read(reg.ERC_PIPELINE) == reg.ERC_ON and read(reg.ERC_DROPPING) & reg.ERC_T_DROPPING
        )
        period_us = read(reg.ERC_PERIOD) & reg.ERC_PERIOD_MASK
        if not active or not powered or not period_us:
            return columns
        return self._rate.apply(columns, period_us, read(reg.ERC_TARGET) & reg.ERC_MAX_COUNT)

    def _thermometer(self, value: int) -> int:
        wanted = reg.ADC_ENABLE | reg.ADC_CLOCK | reg.ADC_START
        running = self.registers.read(reg.ADC_CTRL) & wanted == wanted
        if not running or not self.registers.read(reg.ADC_MISC) & reg.ADC_TEMPERATURE:
            return 0
        steps = round((self._celsius - reg.CELSIUS_AT_ZERO) / reg.CELSIUS_PER_STEP)
        return min(max(steps, 0), reg.ADC_VALUE_MASK)

    def _flicker_memory(self, value: int) -> int:
        read = self.registers.read
        powered = read(reg.SRAM_INITN) & reg.SRAM_AFK and not read(reg.SRAM_PD0) & reg.SRAM_PD0_AFK
        return fields.INIT_DONE if powered else 0

    def _burst_memory(self, address: int, value: int) -> int:
        """Writing the flag clears it; a request clears the memory, if it has power."""
        read = self.registers.read
        powered = read(reg.SRAM_INITN) & reg.SRAM_STC and not read(reg.SRAM_PD0) & reg.SRAM_PD0_STC
        if value & fields.REQUEST_INIT and powered:
            self._bursts = BurstFilter(*self.size)
            return fields.INIT_DONE
        return value & ~fields.INIT_DONE

    def _run_master(self, address: int, value: int) -> int:
        """Make the windows effective; programming may be held."""
        held = self.registers.read(reg.ROI_CTRL) & reg.ROI_HALT_PROGRAMMING
        if value & reg.ROI_MASTER_EN and value & reg.ROI_MASTER_RUN and not held:
            count = value >> reg.ROI_MASTER_WINDOWS_SHIFT & 0x1F
            inside = np.zeros((reg.HEIGHT, reg.WIDTH), bool)
            words = self.registers.words(reg.ROI_WINDOWS, 2 * min(count, reg.ROI_MAX_WINDOWS))
            for x, y in zip(words[::2], words[1::2], strict=True):
                inside[y & 0x1FF : y >> 16 & 0x1FF, x & 0x1FF : x >> 16 & 0x1FF] = True
            self._inside = ~inside if value & reg.ROI_MASTER_DROP else inside
            self._keep_known = False
            value |= 1 << 17  # done
        return value & ~reg.ROI_MASTER_RUN

    def _reset(self, address: int, value: int) -> int:
        if value & reg.SOFT_RESET_REGISTERS:
            self.registers.reset()
            self._open_all()
            self.restart()
        return value

    def _open_all(self) -> None:
        self._inside = np.ones((reg.HEIGHT, reg.WIDTH), bool)
        self._keep: np.ndarray | None = None
        self._keep_known = False
        self._gains: tuple[float, float] | None = None

    def _set_bias(self, address: int, value: int) -> int:
        self._gains = None
        return value

    def _forget_mask(self, address: int, value: int) -> int:
        self._keep_known = False
        return value


def _one(address: int) -> range:
    return range(address, address + 1)
