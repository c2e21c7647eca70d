"""The configuration of an EVK4."""

from dataclasses import dataclass
from typing import Any

from hw_drivers.config import Config, parameter
from hw_drivers.errors import ConfigError
from hw_drivers.tables import imx636_registers as reg
from hw_drivers.tables.imx636_biases import BIASES
from hw_drivers.tables.imx636_filters import AFK_MAX_HZ, AFK_MIN_HZ, STC_MAX_MS, STC_MIN_MS

__all__ = ["AntiFlicker", "Evk4Biases", "Evk4Config", "Roi", "TrailFilter", "Window"]

_BIAS = {bias.name: bias for bias in BIASES}
_MAX_RATE = reg.ERC_MAX_COUNT * 1e6 / reg.ERC_PERIOD_US
_MIN_RATE = 1e6 / reg.ERC_PERIOD_US


def _bias(name: str) -> Any:
    row = _BIAS[name]
    return parameter(
        0,
        f"Offset from the factory value. {row.doc}",
        unit="steps",
        allowed=row.allowed,
        recommended=row.recommended,
        source="OpenEB imx636_bias_settings.h",
    )


@dataclass(frozen=True, kw_only=True)
class Evk4Biases(Config):
    """Bias offsets from the values that the factory stored in the chip.

    Example:
        >>> Evk4Biases(diff_on=20, diff_off=20).diff_on
        20
    """

    fo: int = _bias("fo")
    hpf: int = _bias("hpf")
    diff_on: int = _bias("diff_on")
    diff: int = _bias("diff")
    diff_off: int = _bias("diff_off")
    refr: int = _bias("refr")


@dataclass(frozen=True, kw_only=True)
class Window(Config):
    """A rectangle of pixels.

    Example:
        >>> Window(x=320, y=180, width=640, height=360).width
        640
    """

    x: int = parameter(0, "First column.", unit="pixels", allowed=(0, reg.WIDTH - 1))
    y: int = parameter(0, "First row, 0 at the top.", unit="pixels", allowed=(0, reg.HEIGHT - 1))
    width: int = parameter(reg.WIDTH, "Columns.", unit="pixels", allowed=(1, reg.WIDTH))
    height: int = parameter(reg.HEIGHT, "Rows.", unit="pixels", allowed=(1, reg.HEIGHT))

    def _check(self) -> None:
        if self.x + self.width > reg.WIDTH or self.y + self.height > reg.HEIGHT:
            raise ConfigError(
                f"Window: {self.width} x {self.height} at ({self.x}, {self.y}) reaches beyond the "
                f"{reg.WIDTH} x {reg.HEIGHT} sensor; make it smaller or move it"
            )


@dataclass(frozen=True, kw_only=True)
class Roi(Config):
    """Which pixels may send events.

    Example:
        >>> Roi(window=Window(x=0, y=0, width=640, height=360), pixels=((3, 4),)).mode
        'keep'
    """

    window: Window | None = parameter(  # noqa: RUF009
        None, "A rectangle, or none for the whole sensor."
    )
    mode: str = parameter(
        "keep", "Keep only what is inside the window, or drop it.", choices=("keep", "drop")
    )
    columns: tuple[int, ...] = parameter(
        (), "Columns that stay silent.", unit="pixels", allowed=(0, reg.WIDTH - 1)
    )
    rows: tuple[int, ...] = parameter(
        (), "Rows that stay silent.", unit="pixels", allowed=(0, reg.HEIGHT - 1)
    )
    pixels: tuple[tuple[int, int], ...] = parameter(
        (), "Up to 64 single pixels (x, y) that stay silent, for hot pixels."
    )

    def _check(self) -> None:
        if self.mode == "drop" and (self.columns or self.rows):
            raise ConfigError(
                "Roi: mode 'drop' uses the column and row masks for the window; leave columns and "
                "rows empty, or use mode 'keep'"
            )
        if len(self.pixels) > reg.PIXEL_MASK_WORDS:
            raise ConfigError(
                f"Roi.pixels: expected at most {reg.PIXEL_MASK_WORDS} pixels, got "
                f"{len(self.pixels)}; use columns or rows for the others"
            )
        for x, y in self.pixels:
            if not (0 <= x < reg.WIDTH and 0 <= y < reg.HEIGHT):
                raise ConfigError(
                    f"Roi.pixels: ({x}, {y}) is outside the {reg.WIDTH} x {reg.HEIGHT} sensor"
                )


@dataclass(frozen=True, kw_only=True)
class AntiFlicker(Config):
    """On-sensor filter of pixels that blink at a steady frequency.

    Example:
        >>> AntiFlicker(enabled=True, low_hz=90, high_hz=110).mode
        'stop'
    """

    enabled: bool = parameter(False, "Whether the filter works.")
    low_hz: int = parameter(
        50, "Lowest frequency of the band.", unit="Hz", allowed=(AFK_MIN_HZ, AFK_MAX_HZ)
    )
    high_hz: int = parameter(
        520, "Highest frequency of the band.", unit="Hz", allowed=(AFK_MIN_HZ, AFK_MAX_HZ)
    )
    mode: str = parameter(
        "stop", "Drop what blinks inside the band, or drop all else.", choices=("stop", "pass")
    )
    duty_cycle: float = parameter(
        50.0, "Bright part of a period, in steps of 1/16.", unit="%", allowed=(6.25, 100)
    )
    start_threshold: int = parameter(6, "Periods until a pixel counts as blinking.", allowed=(0, 7))
    stop_threshold: int = parameter(4, "Level at which it no longer does.", allowed=(0, 7))

    def _check(self) -> None:
        if self.low_hz > self.high_hz:
            raise ConfigError(
                f"AntiFlicker: low_hz {self.low_hz} is above high_hz {self.high_hz}; exchange them"
            )


@dataclass(frozen=True, kw_only=True)
class TrailFilter(Config):
    """On-sensor filter of bursts: events of one pixel and polarity in quick succession.

    Example:
        >>> TrailFilter(mode="stc_cut_trail", threshold_ms=10).threshold_ms
        10.0
    """

    mode: str = parameter(
        "off",
        "stc_cut_trail keeps the second event of a burst, stc_keep_trail the second and all later "
        "ones, trail the first.",
        choices=("off", "stc_cut_trail", "stc_keep_trail", "trail"),
    )
    threshold_ms: float = parameter(
        10.0,
        "Longest time between two events of a burst, rounded to whole milliseconds.",
        unit="ms",
        allowed=(STC_MIN_MS, STC_MAX_MS),
    )


@dataclass(frozen=True, kw_only=True)
class Evk4Config(Config):
    """Everything that can be set on an EVK4; the default is the state after power-on.

    Example:
        >>> config = Evk4Config().with_value("bias.diff_on", "+20")
        >>> config.bias.diff_on
        20
        >>> Evk4Config.from_dict(config.to_dict()) == config
        True
    """

    bias: Evk4Biases = parameter(  # noqa: RUF009
        Evk4Biases(), "Bias offsets from the factory values."
    )
    roi: Roi = parameter(Roi(), "Which pixels may send events.")  # noqa: RUF009
    rate_limit: float | None = parameter(
        None,
        "Event-rate controller: most events per second, or none for no limit.",
        unit="events/s",
        allowed=(_MIN_RATE, _MAX_RATE),
        source="OpenEB Gen41Erc: 22-bit count per 200 us",
    )
    crop: Window | None = parameter(  # noqa: RUF009
        None, "Digital crop after the pixels, in sensor coordinates."
    )
    anti_flicker: AntiFlicker = parameter(  # noqa: RUF009
        AntiFlicker(), "Filter of blinking lights."
    )
    trail: TrailFilter = parameter(TrailFilter(), "Filter of bursts.")  # noqa: RUF009
    trigger_in: bool = parameter(True, "Whether edges of the trigger input are sent.")
    clock: str = parameter(
        "internal",
        "Time base: its own, its own and given to others, or that of a primary camera.",
        choices=("internal", "primary", "secondary"),
    )
