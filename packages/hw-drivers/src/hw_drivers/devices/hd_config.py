"""What the configurations of the cameras with 1280 x 720 pixels share."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from hw_drivers.config import Config, parameter
from hw_drivers.errors import ConfigError
from hw_drivers.tables import imx636_registers as reg
from hw_drivers.tables.imx636_filters import AFK_MAX_HZ, AFK_MIN_HZ, STC_MAX_MS, STC_MIN_MS

__all__ = ["ORIGINS", "AntiFlicker", "HdConfig", "Roi", "TrailFilter", "TriggerOut", "Window"]

_MAX_RATE = reg.ERC_MAX_COUNT * 1e6 / reg.ERC_PERIOD_US
_MIN_RATE = 1e6 / reg.ERC_PERIOD_US
ORIGINS = ("top-left", "top-right", "bottom-left", "bottom-right")


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


def _pixels_beside(windows: tuple[Window, ...]) -> int:
    """Count the crossings of the windows' columns and rows that lie in none of them."""
    if len(windows) < 2:
        return 0
    inside = np.zeros((reg.HEIGHT, reg.WIDTH), bool)
    for w in windows:
        inside[w.y : w.y + w.height, w.x : w.x + w.width] = True
    return int(inside.any(axis=0).sum() * inside.any(axis=1).sum() - inside.sum())


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
    windows: tuple[Window, ...] = parameter((), "Further rectangles.")
    mode: str = parameter(
        "keep", "Keep only what is inside the windows, or drop it.", choices=("keep", "drop")
    )
    grid: bool = parameter(
        False,
        "Take every crossing of the windows' columns and rows: all that the sensor can do with "
        "windows that share neither.",
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

    @property
    def rectangles(self) -> tuple[Window, ...]:
        """All windows."""
        return (() if self.window is None else (self.window,)) + self.windows

    def _check(self) -> None:
        others = _pixels_beside(self.rectangles)
        if others and not self.grid:
            raise ConfigError(
                f"Roi.windows: the sensor knows whole columns and rows only, so {others} pixels "
                "outside these windows would count as inside; give windows that share their "
                "columns or their rows, or set grid=True to accept that"
            )
        if self.mode == "drop" and (self.columns or self.rows):
            raise ConfigError(
                "Roi: mode 'drop' uses the column and row masks for the window; leave columns "
                "and rows empty, or use mode 'keep'"
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
class TriggerOut(Config):
    """A square wave on the trigger output.

    Example:
        >>> TriggerOut(enabled=True, period_us=10_000, duty_cycle=10).width_us
        1000
    """

    enabled: bool = parameter(False, "Whether the output is driven.")
    period_us: int = parameter(
        100,
        "Time from one pulse to the next.",
        unit="us",
        allowed=(2, (1 << 32) - 1),
        source="OpenEB imx636_evk2_registermap.h",
    )
    duty_cycle: float = parameter(
        50.0, "Part of the period that is high.", unit="%", allowed=(0, 100)
    )

    @property
    def width_us(self) -> int:
        """Length of a pulse in microseconds."""
        return int(self.period_us * self.duty_cycle / 100)


@dataclass(frozen=True, kw_only=True)
class HdConfig(Config):
    """Fields that every camera with this readout has; the default is the state after power-on."""

    roi: Roi = parameter(Roi(), "Which pixels may send events.")  # noqa: RUF009
    crop: Window | None = parameter(  # noqa: RUF009
        None, "Digital crop after the pixels; events keep the coordinates of the sensor."
    )
    origin: str = parameter(
        "top-left",
        "Corner of the picture from which windows, lines, pixels and crop of this configuration "
        "count; events always count from the top left.",
        choices=ORIGINS,
    )
    rate_limit: float | None = parameter(
        None,
        "Event-rate controller: most events per second, or none for no limit.",
        unit="events/s",
        allowed=(_MIN_RATE, _MAX_RATE),
        source="OpenEB Gen41Erc: 22-bit count per 200 us",
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

    def in_sensor_coordinates(self) -> Self:
        """Return the same configuration with coordinates that count from the top left.

        Example:
            >>> config = HdConfig(roi=Roi(rows=(0,)), origin="bottom-left")
            >>> config.in_sensor_coordinates().roi.rows
            (719,)
        """
        flip_y, flip_x = (part in self.origin for part in ("bottom", "right"))
        if not flip_x and not flip_y:
            return self

        def column(x: int) -> int:
            return reg.WIDTH - 1 - x if flip_x else x

        def row(y: int) -> int:
            return reg.HEIGHT - 1 - y if flip_y else y

        def rectangle(window: Window) -> Window:
            x = reg.WIDTH - window.x - window.width if flip_x else window.x
            y = reg.HEIGHT - window.y - window.height if flip_y else window.y
            return window.replace(x=x, y=y)

        roi = self.roi.replace(
            window=None if self.roi.window is None else rectangle(self.roi.window),
            windows=tuple(map(rectangle, self.roi.windows)),
            columns=tuple(map(column, self.roi.columns)),
            rows=tuple(map(row, self.roi.rows)),
            pixels=tuple((column(x), row(y)) for x, y in self.roi.pixels),
        )
        crop = None if self.crop is None else rectangle(self.crop)
        return self.replace(roi=roi, crop=crop, origin=ORIGINS[0])
