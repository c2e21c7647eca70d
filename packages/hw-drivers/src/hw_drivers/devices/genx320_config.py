"""The configuration of a GenX320 camera."""

from dataclasses import dataclass
from typing import Any

from hw_drivers.config import Config, parameter
from hw_drivers.devices.hd_config import AntiFlicker, TrailFilter
from hw_drivers.errors import ConfigError
from hw_drivers.tables import genx320 as reg

__all__ = ["GenX320Biases", "GenX320Config", "GenX320Roi", "GenX320Window"]

_BIAS = {bias.name: bias for bias in reg.BIASES}


def _bias(name: str) -> Any:
    row = _BIAS[name]
    return parameter(
        row.usual,
        row.doc,
        unit="steps",
        allowed=row.allowed,
        recommended=row.recommended,
        source="OpenEB genx320_bias_settings.h",
    )


@dataclass(frozen=True, kw_only=True)
class GenX320Biases(Config):
    """Bias values of the GenX320, absolute.

    Example:
        >>> GenX320Biases(diff_on=30, diff_off=30).diff_on
        30
    """

    fo: int = _bias("fo")
    hpf: int = _bias("hpf")
    diff_on: int = _bias("diff_on")
    diff: int = _bias("diff")
    diff_off: int = _bias("diff_off")
    refr: int = _bias("refr")


@dataclass(frozen=True, kw_only=True)
class GenX320Window(Config):
    """A rectangle of pixels.

    Example:
        >>> GenX320Window(x=80, y=80, width=160, height=160).width
        160
    """

    x: int = parameter(0, "First column.", unit="pixels", allowed=(0, reg.WIDTH - 1))
    y: int = parameter(0, "First row, 0 at the top.", unit="pixels", allowed=(0, reg.HEIGHT - 1))
    width: int = parameter(reg.WIDTH, "Columns.", unit="pixels", allowed=(1, reg.WIDTH))
    height: int = parameter(reg.HEIGHT, "Rows.", unit="pixels", allowed=(1, reg.HEIGHT))

    def _check(self) -> None:
        if self.x + self.width > reg.WIDTH or self.y + self.height > reg.HEIGHT:
            raise ConfigError(
                f"GenX320Window: {self.width} x {self.height} at ({self.x}, {self.y}) reaches "
                f"beyond the {reg.WIDTH} x {reg.HEIGHT} sensor; make it smaller or move it"
            )


@dataclass(frozen=True, kw_only=True)
class GenX320Roi(Config):
    """Which pixels may send events.

    Example:
        >>> GenX320Roi(windows=(GenX320Window(width=64), GenX320Window(x=200, width=64))).mode
        'keep'
    """

    windows: tuple[GenX320Window, ...] = parameter(
        (), f"Up to {reg.ROI_MAX_WINDOWS} rectangles; none for the whole sensor."
    )
    mode: str = parameter(
        "keep", "Keep only what is inside the windows, or drop it.", choices=("keep", "drop")
    )
    pixels: tuple[tuple[int, int], ...] = parameter(
        (),
        "Single pixels (x, y) that stay silent, in up to 16 groups of 32 neighbours in a row.",
    )

    def _check(self) -> None:
        if len(self.windows) > reg.ROI_MAX_WINDOWS:
            raise ConfigError(
                f"GenX320Roi.windows: expected at most {reg.ROI_MAX_WINDOWS}, got "
                f"{len(self.windows)}; join some of them"
            )
        for x, y in self.pixels:
            if not (0 <= x < reg.WIDTH and 0 <= y < reg.HEIGHT):
                raise ConfigError(
                    f"GenX320Roi.pixels: ({x}, {y}) is outside the {reg.WIDTH} x {reg.HEIGHT} "
                    "sensor"
                )
        groups = {(x // 32, y) for x, y in self.pixels}
        if len(groups) > reg.PIXEL_MASK_SLOTS:
            raise ConfigError(
                f"GenX320Roi.pixels: the sensor masks {reg.PIXEL_MASK_SLOTS} groups of 32 "
                f"neighbouring columns of a row, these pixels are in {len(groups)}; use windows "
                "for the others"
            )


@dataclass(frozen=True, kw_only=True)
class GenX320Config(Config):
    """Everything that can be set on a GenX320; the default is the state after power-on.

    Example:
        >>> GenX320Config(bias=GenX320Biases(fo=34)).bias.fo
        34
    """

    bias: GenX320Biases = parameter(GenX320Biases(), "Bias values.")  # noqa: RUF009
    roi: GenX320Roi = parameter(GenX320Roi(), "Which pixels may send events.")  # noqa: RUF009
    crop: GenX320Window | None = parameter(  # noqa: RUF009
        None, "Digital crop after the pixels; events keep the coordinates of the sensor."
    )
    rate_limit: float | None = parameter(
        None,
        "Event-rate controller: most events per second, or none for no limit.",
        unit="events/s",
        allowed=(1e6 / reg.ERC_PERIOD_US, reg.ERC_MAX_COUNT * 1e6 / reg.ERC_PERIOD_US),
        source="OpenEB genx320es_registermap.h: 21-bit count per 200 us",
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
