"""Event rate over time."""

import pathlib
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from faery_cli.compat.faery import enums
from faery_cli.compat.faery.color import LIGHT_COLOR_THEME, ColorTheme, color_to_hex_string
from faery_cli.compat.faery.timestamp import Time

__all__ = ["EventRate"]


class EventRate:
    """Events per second.

    Args:
        time_range: first moment covered and first one no longer covered.
        samples: float64 (n,) events per second.
        timestamps: uint64 (n,) first microsecond of each sample.
    """

    def __init__(
        self, time_range: tuple[Time, Time], samples: np.ndarray, timestamps: np.ndarray
    ) -> None:
        self._time_range = time_range
        self.samples = samples
        self.timestamps = timestamps

    @classmethod
    def from_events(
        cls,
        stream: Iterable[np.ndarray],
        time_range: tuple[Time, Time],
        samples: int = 1600,
        on_progress: Callable[[Any], None] = lambda state: None,
    ) -> "EventRate":
        """Count events in equal parts of a time."""
        if samples < 1:
            raise ValueError(f"EventRate: expected at least one sample, got {samples}")
        begin, end = (time.microseconds for time in time_range)
        edges = begin + np.arange(samples) * (end - begin) // samples
        counts = np.zeros(samples + 1, np.int64)
        for packet in stream:
            place = np.searchsorted(edges, packet["t"].astype(np.int64), side="right")
            counts += np.bincount(place, minlength=samples + 1)
        widths = np.maximum(1, np.diff(np.append(edges, end)))
        return cls(time_range, counts[1:] * 1e6 / widths, edges.astype(np.uint64))

    def time_range(self) -> tuple[Time, Time]:
        """Give the first moment covered and the first one no longer covered."""
        return self._time_range

    def filtered_samples(self, window: np.ndarray) -> np.ndarray:
        """Give the samples averaged with the weights of a window."""
        weights = np.convolve(np.ones(len(self.samples)), window, "same")
        return np.convolve(self.samples, window, "same") / weights

    def _drawing(self, color_theme: ColorTheme, smooth: int) -> Any:
        from faery_cli.pictures.chart import Chart, Series, Theme

        def rgb(color: Any) -> str:
            return color_to_hex_string(color)[:7].lower()

        theme = Theme(
            rgb(color_theme.background),
            rgb(color_theme.labels),
            rgb(color_theme.axes),
            "#dddddd" if rgb(color_theme.background) == "#ffffff" else "#3a3a3a",
            tuple(rgb(line) for line in color_theme.lines),
        )
        seconds = self.timestamps.astype(np.float64) / 1e6
        window = np.hamming(max(3, min(smooth, len(self.samples) | 1)))
        curves = [
            Series("raw", seconds, self.samples, 1.0),
            Series("smoothed", seconds, self.filtered_samples(window), 2.0),
        ]
        return Chart("", "time", "event rate", "s", "ev/s", curves, False, True, theme).draw()

    def render(
        self, color_theme: ColorTheme = LIGHT_COLOR_THEME, smooth: int = 101, **_: Any
    ) -> Any:
        """Draw the curve as a `Frame`."""
        from faery_cli.compat.faery.frame_stream import Frame

        rgb = self._drawing(color_theme, smooth).pixels()
        pixels = np.full((*rgb.shape[:2], 4), 255, np.uint8)
        pixels[..., :3] = rgb
        return Frame(self._time_range[1], pixels)

    def to_svg_string(
        self, color_theme: ColorTheme = LIGHT_COLOR_THEME, smooth: int = 101, **_: Any
    ) -> str:
        """Draw the curve as SVG."""
        return self._drawing(color_theme, smooth).svg()

    def to_file(
        self,
        path: pathlib.Path | str,
        color_theme: ColorTheme = LIGHT_COLOR_THEME,
        smooth: int = 101,
        file_type: enums.GraphFileType | None = None,
        **_: Any,
    ) -> None:
        """Write the curve to an svg or png file."""
        kind = enums.guess(enums.GraphFileType, "GraphFileType", path, file_type)
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "svg":
            path.write_text(self.to_svg_string(color_theme, smooth), encoding="utf-8")
        else:
            self.render(color_theme, smooth).to_file(path, file_type="png")
