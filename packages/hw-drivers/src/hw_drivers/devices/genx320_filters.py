"""Set-up of region, masks, crop, rate controller, filters and clock of the GenX320."""

from bisect import bisect_right
from collections.abc import Callable

from hw_drivers.devices.genx320_config import GenX320Roi, GenX320Window
from hw_drivers.devices.hd_config import AntiFlicker, TrailFilter
from hw_drivers.errors import ProtocolError
from hw_drivers.tables import genx320 as reg
from hw_drivers.tables import imx636_filters as fields
from hw_drivers.treuzell import TreuzellClient

__all__ = [
    "limit_rate",
    "pixel_masks",
    "set_anti_flicker",
    "set_clock",
    "set_crop",
    "set_trail_filter",
    "set_trigger_in",
    "set_windows",
    "start_regions",
]

_CLOCK_MHZ = 25


def start_regions(chip: TreuzellClient) -> None:
    """Choose regions by windows, all pixels open (OpenEB, GenX320RoiDriver)."""
    chip.write_field(
        reg.ROI_CTRL,
        reg.ROI_TD_EN | reg.ROI_PX_IPHOTO_EN | reg.ROI_SHADOW_TRIGGER | reg.ROI_HALT_PROGRAMMING,
        reg.ROI_TD_EN,
    )
    chip.write_field(reg.ROI_CHICKEN, reg.ROI_DRIVER_REGISTER_IF, 0)
    set_windows(chip, GenX320Roi())


def set_windows(chip: TreuzellClient, roi: GenX320Roi) -> None:
    """Program the windows of a region; none is the whole sensor."""
    windows = roi.windows or (GenX320Window(),)
    words = []
    for w in windows:
        words += [(w.x + w.width) << 16 | w.x, (w.y + w.height) << 16 | w.y]
    chip.write(reg.ROI_WINDOWS, words)
    chip.write_field(reg.ROI_CTRL, reg.ROI_HALT_PROGRAMMING, 0)
    dropping = roi.mode == "drop" and bool(roi.windows)
    chip.write_field(
        reg.ROI_MASTER_CTRL,
        reg.ROI_MASTER_DRIVEN,
        reg.ROI_MASTER_EN
        | reg.ROI_MASTER_RUN
        | (reg.ROI_MASTER_DROP if dropping else 0)
        | len(windows) << reg.ROI_MASTER_WINDOWS_SHIFT,
    )


def pixel_masks(roi: GenX320Roi) -> dict[int, int]:
    """Return address -> word of the 16 slots of pixel masks."""
    groups: dict[tuple[int, int], int] = {}
    for x, y in roi.pixels:
        groups[x // 32, y] = groups.get((x // 32, y), 0) | 1 << x % 32
    words: dict[int, int] = {}
    rows = [*sorted(groups.items()), *[((0, 0), 0)] * (reg.PIXEL_MASK_SLOTS - len(groups))]
    for slot, ((group, y), bits) in enumerate(rows):
        control = reg.PIXEL_MASK + 8 * slot
        words[control] = reg.PIXEL_MASK_VALID | y << reg.PIXEL_MASK_ROW_SHIFT | group if bits else 0
        words[control + 4] = bits
    return words


def set_crop(chip: TreuzellClient, window: GenX320Window | None) -> None:
    """Set up the digital crop; coordinates stay those of the sensor."""
    if window is None:
        chip.write_field(reg.CROP_CTRL, reg.CROP_ENABLE, 0)
        return
    end_x, end_y = window.x + window.width - 1, window.y + window.height - 1
    chip.write(reg.CROP_START, [window.y << 16 | window.x, end_y << 16 | end_x])
    chip.write_field(reg.CROP_CTRL, reg.CROP_DRIVEN, reg.CROP_ENABLE | reg.CROP_REMOVE)


def limit_rate(chip: TreuzellClient, rate: float | None, *, running: bool) -> None:
    """Set up the rate controller (order of OpenEB, GenX320Erc::activate_dyn).

    Args:
        chip: the sensor's registers.
        rate: events per second, or None for no limit.
        running: whether it limits already.

    Raises:
        ProtocolError: the controller does not get ready.
    """
    if rate is None:
        chip.write_field(reg.ERC_DROPPING, reg.ERC_T_DROPPING, 0)
        return
    count = round(rate * reg.ERC_PERIOD_US * 1e-6)
    if running:
        chip.write(reg.ERC_TARGET, [count])
        return
    chip.write(reg.ERC_PIPELINE, [reg.ERC_HOLD])
    chip.write(reg.ERC_PIPELINE, [reg.ERC_BYPASS])
    chip.write_field(reg.SRAM_INITN, reg.SRAM_ERC_FIFO, reg.SRAM_ERC_FIFO)
    chip.write_field(reg.SRAM_PD1, reg.SRAM_PD1_ERC_FIFO, 0)
    chip.write_field(reg.ERC_FIFO_BYPASS, 1, 0)
    chip.write_field(
        reg.ERC_PERIOD,
        reg.ERC_PERIOD_MASK | reg.ERC_DELAYED_RATE,
        reg.ERC_DELAYED_RATE | reg.ERC_PERIOD_US,
    )
    chip.write(reg.ERC_TARGET, [count])
    chip.write(reg.ERC_RESERVED_AREA, [reg.ERC_RESERVED_AREA_VALUE])
    chip.write(reg.ERC_MONITORING, [reg.ERC_MONITORING_VALUE])
    _await(lambda: chip.read(reg.ERC_DROPPING)[0] & reg.ERC_STATUS, "rate controller")
    dropping = reg.ERC_T_DROPPING | reg.ERC_DROP_ALL << reg.ERC_DROP_ALL_SHIFT
    chip.write_field(reg.ERC_DROPPING, reg.ERC_DROPPING_DRIVEN, dropping)
    chip.write_field(reg.ERC_RESET_COUNTER, 1, 0)
    chip.write(reg.ERC_PIPELINE, [reg.ERC_ON])


def set_anti_flicker(chip: TreuzellClient, config: AntiFlicker) -> None:
    """Set up the anti-flicker filter (order of OpenEB, antiflicker_filter.cpp).

    Raises:
        ProtocolError: the filter's memory does not get ready.
    """
    chip.write(reg.AFK_PIPELINE, [fields.FILTER_BYPASS])
    if not config.enabled:
        return
    chip.write_field(reg.SRAM_INITN, reg.SRAM_AFK, reg.SRAM_AFK)
    chip.write_field(reg.SRAM_PD0, reg.SRAM_PD0_AFK, 0)
    _await(lambda: chip.read(reg.AFK_INITIALIZATION)[0] & fields.INIT_DONE, "anti-flicker filter")
    shortest = int(1e6 / config.high_hz) >> fields.AFK_PERIOD_SHIFT
    longest = int(1e6 / config.low_hz) >> fields.AFK_PERIOD_SHIFT
    chip.write_field(reg.AFK_INVALIDATION, reg.AFK_INVALIDATION_DRIVEN, _invalidation(longest))
    inverted_duty = min(15, round(16 * (100 - config.duty_cycle) / 100))
    chip.write(reg.AFK_PERIOD, [inverted_duty << 16 | longest << 8 | shortest])
    passing = int(config.mode == "pass")
    chip.write_field(
        reg.AFK_PARAM,
        fields.AFK_PARAM_DRIVEN,
        passing << 6 | config.start_threshold << 3 | config.stop_threshold,
    )
    chip.write(reg.AFK_PIPELINE, [fields.FILTER_ON])


def _invalidation(longest: int) -> int:
    """Word of the speed at which old times are forgotten, at the sensor's clock."""
    wait, parallel = 4, 5
    period_ns = 1000 // _CLOCK_MHZ
    steps = ((2 << 15) - 128 * (3 + longest)) * parallel * 1000 // (160 * 5 * period_ns)
    return parallel << 24 | min(steps - wait, 4095) << 12 | wait


def set_trail_filter(chip: TreuzellClient, config: TrailFilter) -> None:
    """Set up the burst filter (order of OpenEB, event_trail_filter.cpp).

    Raises:
        ProtocolError: the filter's memory does not get ready.
    """
    chip.write(reg.STC_PIPELINE, [fields.FILTER_BYPASS])
    if config.mode == "off":
        return
    chip.write(reg.STC_INITIALIZATION, [fields.INIT_DONE])  # clears the flag
    chip.write_field(reg.SRAM_INITN, reg.SRAM_STC, reg.SRAM_STC)
    chip.write_field(reg.SRAM_PD0, reg.SRAM_PD0_STC, 0)
    chip.write(reg.STC_INITIALIZATION, [fields.INIT_DONE | fields.REQUEST_INIT])
    milliseconds = round(config.threshold_ms)
    threshold = milliseconds * 1000 << 1
    if config.mode == "trail":
        chip.write_field(reg.STC_PARAM, fields.STC_ENABLE, 0)
        chip.write(reg.TRAIL_PARAM, [threshold | fields.TRAIL_ENABLE])
    else:
        keep = fields.STC_KEEP_TRAIL if config.mode == "stc_keep_trail" else 0
        chip.write(reg.STC_PARAM, [keep | threshold | fields.STC_ENABLE])
        chip.write_field(reg.TRAIL_PARAM, fields.TRAIL_ENABLE, 0)
    starts = [row[0] for row in reg.STC_TIMING]
    _, prescaler, multiplier, timeout = reg.STC_TIMING[bisect_right(starts, milliseconds) - 1]
    chip.write_field(
        reg.STC_TIMESTAMPING,
        fields.STC_TIMESTAMPING_DRIVEN | fields.STC_EVERY_EVENT,
        fields.STC_EVERY_EVENT | multiplier << 5 | prescaler,
    )
    chip.write_field(reg.STC_INVALIDATION, fields.STC_INVALIDATION_TIMEOUT_MASK, timeout << 12)
    _await(lambda: chip.read(reg.STC_INITIALIZATION)[0] & fields.INIT_DONE, "trail filter")
    chip.write(reg.STC_PIPELINE, [fields.FILTER_ON])


def set_trigger_in(chip: TreuzellClient, enabled: bool) -> None:
    """Switch the external trigger input (OpenEB, GenX320TzTriggerEvent)."""
    if enabled:
        both = reg.TRIGGER_EN | reg.TRIGGER_ENZI
        chip.write_field(reg.IO_CTRL, both, both)
    else:
        chip.write_field(reg.IO_CTRL, reg.TRIGGER_ENZI, 0)
    chip.write_field(reg.EVENT_TYPES, reg.EVENT_TYPES_TRIGGER, reg.EVENT_TYPES_TRIGGER)


def set_clock(chip: TreuzellClient, clock: str) -> None:
    """Choose the time base before the sensor is started (OpenEB, TzCx3GenX320)."""
    external = clock != "internal"
    bits = reg.TIME_BASE_EXTERNAL | reg.TIME_BASE_EXTERNAL_ENABLE if external else 0
    bits |= 0 if clock == "secondary" else reg.TIME_BASE_PRIMARY
    mask = reg.TIME_BASE_EXTERNAL | reg.TIME_BASE_EXTERNAL_ENABLE | reg.TIME_BASE_PRIMARY
    chip.write_field(reg.TIME_BASE_CTRL, mask, bits)
    if external:
        plug = reg.SYNC_EN | reg.SYNC_ENZI
        chip.write_field(reg.IO_CTRL, plug, plug if clock == "secondary" else 0)


def _await(ready: Callable[[], int], what: str) -> None:
    for _ in range(fields.INIT_TRIES):
        if ready():
            return
    raise ProtocolError(f"the memory of the {what} does not get ready; open the device again")
