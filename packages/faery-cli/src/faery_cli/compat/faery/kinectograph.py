"""The mean time of each pixel's events."""

import copy
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from faery_cli.compat.faery import _pixels, enums
from faery_cli.compat.faery._arrays import as_packet
from faery_cli.compat.faery.color import DARK_COLOR_THEME, ColorTheme, color_to_hex_string
from faery_cli.compat.faery.timestamp import Time

__all__ = ["Kinectograph"]

LEGEND_SAMPLES = 16384


class Kinectograph:
    """Mean times and opacities.

    Args:
        time_range: first moment covered and first one no longer covered.
        normalized_times_and_opacities: float64 (height, width, 2), from 0 to 1.
        legend: float64 (n,) what the bar of the legend shows.
    """

    def __init__(
        self,
        time_range: tuple[Time, Time],
        normalized_times_and_opacities: np.ndarray,
        legend: np.ndarray,
    ) -> None:
        self._time_range = time_range
        self.normalized_times_and_opacities = normalized_times_and_opacities
        self.legend = legend

    @classmethod
    def from_events(
        cls,
        stream: Iterable[np.ndarray],
        dimensions: tuple[int, int],
        time_range: tuple[Time, Time],
        threshold_quantile: float = 0.9,
        normalized_times_gamma: Callable[[np.ndarray], np.ndarray] = lambda times: times,
        opacities_gamma: Callable[[np.ndarray], np.ndarray] = lambda opacities: opacities,
        on_progress: Callable[[Any], None] = lambda state: None,
    ) -> "Kinectograph":
        """Average the times of each pixel; the quantile of the counts is opaque."""
        from faery_cli.pictures.kinectograph import MeanTimes

        counted = MeanTimes(dimensions)
        counted.first_us = time_range[0].microseconds
        counted.last_us = time_range[1].microseconds - 1
        for packet in stream:
            counted.add(as_packet(packet, dimensions))
        times, opacities = counted.normalized(threshold_quantile)
        both = np.stack([normalized_times_gamma(times), opacities_gamma(opacities)], axis=-1)
        legend = normalized_times_gamma(np.linspace(0.0, 1.0, LEGEND_SAMPLES))
        return cls(time_range, both, legend)

    def dimensions(self) -> tuple[int, int]:
        """Give (width, height) in pixels, without the legend."""
        height, width = self.normalized_times_and_opacities.shape[:2]
        return width, height

    def time_range(self) -> tuple[Time, Time]:
        """Give the first moment covered and the first one no longer covered."""
        return self._time_range

    def scale(
        self,
        factor_or_minimum_dimensions: float | tuple[int, int] = (960, 720),
        sampling_filter: enums.ImageResizeSamplingFilter = "nearest",
    ) -> "Kinectograph":
        """Enlarge by a factor, or by the smallest whole one that reaches a size."""
        size = _pixels.scaled_size(self.dimensions(), factor_or_minimum_dimensions)
        larger = copy.copy(self)
        larger.normalized_times_and_opacities = np.clip(
            _pixels.resized(self.normalized_times_and_opacities, size, sampling_filter), 0, 1
        )
        return larger

    def render(self, color_theme: ColorTheme = DARK_COLOR_THEME, **_: Any) -> Any:
        """Draw it with a legend, as a `Frame`."""
        from faery_cli.compat.faery.frame_stream import Frame
        from faery_cli.pictures.kinectograph import kinectograph

        begin, end = (time.microseconds for time in self._time_range)
        rgb = kinectograph(
            self.normalized_times_and_opacities[..., 0],
            self.normalized_times_and_opacities[..., 1],
            (begin, end - 1),
            colors=color_theme.colormap.rgba[:, :3],
            background=color_to_hex_string(color_theme.background)[:7].lower(),
            text=color_to_hex_string(color_theme.labels)[:7].lower(),
            legend=self.legend,
        )
        pixels = np.full((*rgb.shape[:2], 4), 255, np.uint8)
        pixels[..., :3] = rgb
        return Frame(self._time_range[1], pixels)
