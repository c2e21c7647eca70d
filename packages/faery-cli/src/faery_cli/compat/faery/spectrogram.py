"""Strength of each frequency of the event rate over time."""

import math
from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np

from faery_cli.compat.faery import _pixels, enums
from faery_cli.compat.faery.color import DARK_COLOR_THEME, ColorTheme
from faery_cli.compat.faery.timestamp import Time

__all__ = ["Polarity", "Spectrogram"]

Polarity = Literal["on_minus_off", "on_plus_off", "on", "off"]
_SIGNS = {"on_minus_off": (1, -1), "on_plus_off": (1, 1), "on": (1, 0), "off": (0, 1)}


class Spectrogram:
    """Strengths from 0 to 1.

    Args:
        time_range: first moment covered and first one no longer covered.
        frequency_range: lowest and highest frequency in Hz.
        normalized_activities: float64 (rows, columns), highest frequency on top.
    """

    def __init__(
        self,
        time_range: tuple[Time, Time],
        frequency_range: tuple[float, float],
        normalized_activities: np.ndarray,
    ) -> None:
        self._time_range = time_range
        self._frequency_range = frequency_range
        self.normalized_activities = normalized_activities

    @classmethod
    def from_events(
        cls,
        stream: Iterable[np.ndarray],
        dimensions: tuple[int, int],
        time_range: tuple[Time, Time],
        frequency_range: tuple[float, float],
        spectrogram_dimensions: tuple[int, int] | None = None,
        on_progress: Callable[[Any], None] = lambda state: None,
        *,
        bins_per_octave: int = 12,
        columns: int = 1600,
        polarity: str = "on_minus_off",
        sampling_rate: float | None = None,
        gamma: float | None = 0.0,
        filter_scale: float = 1.0,
    ) -> "Spectrogram":
        """Sum the events of all pixels in short bins and look for periods in them."""
        from faery_cli.pictures.spectrogram import spectrogram

        low, high = frequency_range
        if not 0 < low < high:
            raise ValueError(f"Spectrogram: expected 0 < lowest < highest, got {low} and {high}")
        if polarity not in _SIGNS:
            listed = ", ".join(_SIGNS)
            raise ValueError(f'unknown Polarity "{polarity}" (expected one of {listed})')
        rows = max(2, round(bins_per_octave * math.log2(high / low)))
        if spectrogram_dimensions is not None:
            columns, rows = spectrogram_dimensions
        begin, end = (time.microseconds for time in time_range)
        bin_us = 1e6 / (4 * high if sampling_rate is None else sampling_rate)
        count = max(2, math.ceil((end - begin) / bin_us))
        sums = np.zeros(count)
        signs = np.array(_SIGNS[polarity][::-1], np.float64)
        for packet in stream:
            place = ((packet["t"].astype(np.int64) - begin) / bin_us).astype(np.int64)
            weight = signs[packet["on"].astype(np.int64)]
            sums += np.bincount(np.clip(place, 0, count - 1), weight, count)
        found, _ = spectrogram(
            sums,
            bin_us,
            frequencies=(low, high),
            rows=rows,
            columns=columns,
            cycles=filter_scale / (2 ** (1 / max(1, bins_per_octave)) - 1),
        )
        return cls(time_range, frequency_range, found / max(float(found.max()), 1e-12))

    def dimensions(self) -> tuple[int, int]:
        """Give (columns, rows)."""
        rows, columns = self.normalized_activities.shape
        return columns, rows

    def time_range(self) -> tuple[Time, Time]:
        """Give the first moment covered and the first one no longer covered."""
        return self._time_range

    def frequency_range(self) -> tuple[float, float]:
        """Give the lowest and highest frequency in Hz."""
        return self._frequency_range

    def scale(
        self,
        factor_or_minimum_dimensions: float | tuple[int, int] = (960, 720),
        sampling_filter: enums.ImageResizeSamplingFilter = "nearest",
    ) -> "Spectrogram":
        """Enlarge by a factor, or by the smallest whole one that reaches a size."""
        size = _pixels.scaled_size(self.dimensions(), factor_or_minimum_dimensions)
        values = _pixels.resized(self.normalized_activities[..., None], size, sampling_filter)
        return Spectrogram(self._time_range, self._frequency_range, np.clip(values[..., 0], 0, 1))

    def render(self, color_theme: ColorTheme = DARK_COLOR_THEME, **_: Any) -> Any:
        """Draw it as a `Frame`."""
        from faery_cli.compat.faery.frame_stream import Frame

        table = _pixels.to_bytes(color_theme.colormap.rgba)
        index = np.floor(self.normalized_activities * (len(table) - 1) + 0.5).astype(np.int64)
        return Frame(self._time_range[1], table[index])
