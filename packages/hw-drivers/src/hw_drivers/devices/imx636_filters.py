"""Set-up of the on-sensor filters, digital crop, trigger input and clock of the IMX636."""

from bisect import bisect_right

from hw_drivers.devices.hd_config import AntiFlicker, TrailFilter, Window
from hw_drivers.errors import ProtocolError
from hw_drivers.tables import imx636_filters as reg
from hw_drivers.tables import imx636_registers as base
from hw_drivers.treuzell import TreuzellClient

__all__ = [
    "set_anti_flicker",
    "set_clock",
    "set_crop",
    "set_format",
    "set_trail_filter",
    "set_trigger_in",
]


def set_anti_flicker(board: TreuzellClient, config: AntiFlicker) -> None:
    """Set up the anti-flicker filter (order of OpenEB, antiflicker_filter.cpp).

    Raises:
        ProtocolError: the filter's memory does not get ready.
    """
    board.write(reg.AFK_PIPELINE, [reg.FILTER_BYPASS])
    if not config.enabled:
        return
    _await_memory(board, reg.AFK_INITIALIZATION, "anti-flicker filter")
    board.write_field(
        reg.AFK_INVALIDATION, reg.AFK_INVALIDATION_WAIT_MASK, reg.AFK_INVALIDATION_WAIT
    )
    shortest = int(1e6 / config.high_hz) >> reg.AFK_PERIOD_SHIFT
    longest = int(1e6 / config.low_hz) >> reg.AFK_PERIOD_SHIFT
    # The lowest duty cycle is 1/16.
    inverted_duty = min(15, round(16 * (100 - config.duty_cycle) / 100))
    board.write(reg.AFK_PERIOD, [inverted_duty << 16 | longest << 8 | shortest])
    passing = int(config.mode == "pass")
    board.write_field(
        reg.AFK_PARAM,
        reg.AFK_PARAM_DRIVEN,
        passing << 6 | config.start_threshold << 3 | config.stop_threshold,
    )
    board.write(reg.AFK_PIPELINE, [reg.FILTER_ON])


def set_trail_filter(
    board: TreuzellClient, config: TrailFilter, *, keeps_trail: bool = True
) -> None:
    """Set up the burst filter (order of OpenEB, event_trail_filter.cpp).

    Args:
        board: the sensor's registers.
        config: what it should do.
        keeps_trail: whether the sensor has the improved version of the filter.

    Raises:
        ProtocolError: the filter's memory does not get ready.
    """
    board.write(reg.STC_PIPELINE, [reg.FILTER_BYPASS])
    if config.mode == "off":
        return
    board.write(reg.STC_INITIALIZATION, [reg.INIT_DONE])  # clears the flag
    board.write(reg.STC_INITIALIZATION, [reg.INIT_DONE | reg.REQUEST_INIT])
    milliseconds = round(config.threshold_ms)
    threshold_us = milliseconds * 1000
    if config.mode == "trail":
        board.write_field(reg.STC_PARAM, reg.STC_ENABLE, 0)
        board.write(reg.TRAIL_PARAM, [threshold_us << 1 | reg.TRAIL_ENABLE])
    else:
        keep = reg.STC_KEEP_TRAIL if config.mode == "stc_keep_trail" else 0
        driven = reg.STC_PARAM_DRIVEN | (reg.STC_KEEP_TRAIL if keeps_trail else 0)
        board.write_field(reg.STC_PARAM, driven, keep | threshold_us << 1 | reg.STC_ENABLE)
        board.write_field(reg.TRAIL_PARAM, reg.TRAIL_ENABLE, 0)
    starts = [row[0] for row in reg.STC_TIMING]
    _, prescaler, multiplier, timeout = reg.STC_TIMING[bisect_right(starts, milliseconds) - 1]
    renewed = reg.STC_EVERY_EVENT if keeps_trail else 0
    board.write_field(
        reg.STC_TIMESTAMPING,
        reg.STC_TIMESTAMPING_DRIVEN | renewed,
        renewed | multiplier << 5 | prescaler,
    )
    board.write_field(reg.STC_INVALIDATION, reg.STC_INVALIDATION_TIMEOUT_MASK, timeout << 12)
    _await_memory(board, reg.STC_INITIALIZATION, "trail filter")
    board.write(reg.STC_PIPELINE, [reg.FILTER_ON])


def set_crop(board: TreuzellClient, window: Window | None) -> None:
    """Set up the digital crop; coordinates stay those of the sensor."""
    if window is None:
        board.write_field(reg.CROP_CTRL, reg.CROP_ENABLE_MASK, 0)
        return
    end_x, end_y = window.x + window.width - 1, window.y + window.height - 1
    board.write_many(
        [(reg.CROP_START, window.y << 16 | window.x), (reg.CROP_END, end_y << 16 | end_x)]
    )
    board.write_field(reg.CROP_CTRL, reg.CROP_ENABLE_MASK, reg.CROP_ENABLE)


def set_trigger_in(board: TreuzellClient, enabled: bool) -> None:
    """Switch the external trigger input."""
    board.write_field(reg.TRIGGER_CTRL, reg.TRIGGER_IN, reg.TRIGGER_IN if enabled else 0)


def set_format(board: TreuzellClient, words: str) -> None:
    """Choose the words of the stream, "evt3" or "evt2.1" (OpenEB, TzImx636::set_output_format)."""
    older = words == "evt2.1"
    board.write_field(base.FORMAT_CTRL, base.FORMAT_EVT21, base.FORMAT_EVT21 if older else 0)
    board.write_field(base.OUTPUT_CTRL, base.OUTPUT_WORDS, 0 if older else base.OUTPUT_EVT3)


def set_clock(board: TreuzellClient, clock: str) -> None:
    """Choose the time base before the sensor is started."""
    external = clock != "internal"
    bits = reg.TIME_BASE_EXTERNAL | reg.TIME_BASE_EXTERNAL_ENABLE if external else 0
    bits |= 0 if clock == "secondary" else reg.TIME_BASE_PRIMARY
    mask = reg.TIME_BASE_EXTERNAL | reg.TIME_BASE_EXTERNAL_ENABLE | reg.TIME_BASE_PRIMARY
    board.write_field(base.TIME_BASE_CTRL, mask, bits)
    if external:
        pads = reg.PAD_SYNC_OUT if clock == "primary" else reg.PAD_SYNC_IN
        board.write_field(reg.PAD_CTRL, reg.PAD_SYNC_MASK, pads)
        board.settle(reg.SYNC_SETTLE_US)


def _await_memory(board: TreuzellClient, address: int, what: str) -> None:
    for _ in range(reg.INIT_TRIES):
        if board.read(address)[0] & reg.INIT_DONE:
            return
    raise ProtocolError(f"the memory of the {what} does not get ready; open the device again")
