"""Register values of the IMX636 that a configuration stands for."""

from collections.abc import Iterable, Mapping

from hw_drivers.config import Config
from hw_drivers.devices.hd_config import HdConfig, Roi
from hw_drivers.errors import ConfigError
from hw_drivers.tables import imx636_registers as reg
from hw_drivers.tables.hd_sensors import HdSensor

__all__ = [
    "bias_words",
    "changed",
    "erc_count",
    "erc_set_up",
    "line_masks",
    "pixel_masks",
    "roi_mode_bit",
    "spanned",
]


def bias_words(sensor: HdSensor, biases: Config, factory: Mapping[str, int]) -> dict[int, int]:
    """Return address -> word of every bias; the upper bits are fixed (OpenEB, Imx636_LL_Biases).

    Args:
        sensor: the kind of sensor.
        biases: offsets, or absolute values where the sensor has those.
        factory: values read after initialisation, by name.

    Raises:
        ConfigError: factory value and offset leave the 8 bits of the register.
    """
    words: dict[int, int] = {}
    for bias in sensor.biases:
        given, base = getattr(biases, bias.name), factory[bias.name]
        value = given if sensor.absolute else base + given
        if not 0 <= value <= reg.BIAS_VALUE_MASK:
            raise ConfigError(
                f"bias.{bias.name}: this chip's factory value is {base}, so the offset can be "
                f"{-base} to {reg.BIAS_VALUE_MASK - base}, got {given}"
            )
        words[bias.address] = reg.BIAS_WORD | value
    return words


def line_masks(roi: Roi) -> dict[int, int]:
    """Return address -> word of the column and row masks; bit i of word w is line 32 w + i."""
    columns, rows = set(roi.columns), set(roi.rows)
    if roi.rectangles:
        inside_x = {x for w in roi.rectangles for x in range(w.x, w.x + w.width)}
        inside_y = {y for w in roi.rectangles for y in range(w.y, w.y + w.height)}
        if roi.mode == "drop":
            columns, rows = inside_x, inside_y
        else:
            columns |= set(range(reg.WIDTH)) - inside_x
            rows |= set(range(reg.HEIGHT)) - inside_y
    words = _packed(columns, reg.COLUMN_MASK, reg.COLUMN_MASK_WORDS)
    words |= _packed(rows, reg.ROW_MASK, reg.ROW_MASK_WORDS)
    words[reg.ROW_MASK + 4 * (reg.ROW_MASK_WORDS - 1)] |= reg.ROW_MASK_LAST_RESERVED
    return words


def roi_mode_bit(roi: Roi) -> int:
    """Return the bit of ROI_CTRL that says how column and row masks are combined."""
    dropping = roi.mode == "drop" and bool(roi.rectangles)
    return 0 if dropping else reg.ROI_RONI_N_EN


def pixel_masks(roi: Roi) -> dict[int, int]:
    """Return address -> word of the 64 pixel masks."""
    words = [reg.PIXEL_MASK_VALID | y << 16 | x for x, y in roi.pixels]
    words += [0] * (reg.PIXEL_MASK_WORDS - len(words))
    return {reg.PIXEL_MASK + 4 * i: word for i, word in enumerate(words)}


def erc_count(config: HdConfig) -> int:
    """Return the events per period of the rate controller for a limit that is set."""
    assert config.rate_limit is not None
    return round(config.rate_limit * reg.ERC_PERIOD_US * 1e-6)


def changed(before: Mapping[int, int], after: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return the (address, value) pairs of `after` that differ from `before`, by address."""
    return [(a, after[a]) for a in sorted(after) if before.get(a) != after[a]]


def spanned(before: Mapping[int, int], after: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return the pairs of `after` from the first to the last that differs: one burst.

    Args:
        before: address -> value of neighbouring registers.
        after: the same addresses.
    """
    addresses = [a for a in sorted(after) if before.get(a) != after[a]]
    if not addresses:
        return []
    return [(a, after[a]) for a in sorted(after) if addresses[0] <= a <= addresses[-1]]


def erc_set_up(count: int) -> list[tuple[int, int]]:
    """Return the writes that load and switch on the rate controller (OpenEB, Gen41Erc).

    Args:
        count: events per period.
    """
    reserved = reg.ERC_RESERVED_LUT
    drop = reg.ERC_T_DROP_LUT
    return [
        (reg.ERC_CONTROL, reg.ERC_CONTROL_OFF),
        (reg.ERC_IN_DROP_RATE_CONTROL, 1),
        (reg.ERC_REFERENCE_PERIOD, reg.ERC_PERIOD_US),
        (reg.ERC_TARGET_EVENT_RATE, count),
        (reg.ERC_ENABLE, reg.ERC_ENABLE_ON),
        (reg.ERC_LUT_UNLOCK, 1),
        *((reserved + 4 * i, v) for i, v in enumerate(reg.ERC_RESERVED_LUT_VALUES)),
        (reg.ERC_LUT_UNLOCK, 0),
        *((drop + 4 * i, v) for i, v in enumerate(reg.ERC_T_DROP_LUT_VALUES)),
        (reg.ERC_H_DROPPING, 0),
        (reg.ERC_V_DROPPING, 0),
        (reg.ERC_CONTROL, reg.ERC_CONTROL_ON),
    ]


def _packed(lines: Iterable[int], first: int, count: int) -> dict[int, int]:
    words = [0] * count
    for line in lines:
        words[line // 32] |= 1 << (line % 32)
    return {first + 4 * i: word for i, word in enumerate(words)}
