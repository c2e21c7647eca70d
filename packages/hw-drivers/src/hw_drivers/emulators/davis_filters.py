"""The filters in the logic of the DAVIS cameras, by their parameters."""

from typing import Protocol

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.tables import inivation as table
from neuro_kernels import Events, filters

__all__ = ["EventFilters"]

_LONG_AGO = -(1 << 60)


class _Parameters(Protocol):
    def get(self, parameter: tuple[int, int]) -> int:
        """Return a parameter."""
        ...

    def words(self, first: tuple[int, int], count: int) -> list[int]:
        """Return neighbouring parameters."""
        ...


class EventFilters:
    """Pixel, region, background, refractory, skip and polarity filter, in this order.

    Args:
        size: (width, height) of the sensor.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._background: filters.BackgroundActivity | None = None
        self._background_us = 0
        self._fired = np.full(size[0] * size[1], _LONG_AGO, np.int64)
        self._skipped = 0

    def apply(self, parameters: _Parameters, columns: Columns) -> Columns:
        """Return the events that leave the logic."""
        inverted = bool(parameters.get(table.DVS_ORIENTATION) & 4)
        keep = self._inside(parameters, columns, inverted)
        columns = columns[keep]
        columns = self._without_background(parameters, columns)
        columns = self._refractory(parameters, columns)
        every = parameters.get(table.DVS_SKIP_EVERY)
        if parameters.get(table.DVS_SKIP) and every:
            place = self._skipped + np.arange(len(columns))
            self._skipped = (self._skipped + len(columns)) % (every + 1)
            columns = columns[place % (every + 1) != every]
        if parameters.get(table.DVS_POLARITY_SUPPRESS):
            silent = 1 if parameters.get(table.DVS_POLARITY_SUPPRESS_TYPE) else 0
            columns = columns[columns.p != silent]
        if parameters.get(table.DVS_POLARITY_FLATTEN):
            columns = Columns(columns.t, columns.x, columns.y, np.zeros_like(columns.p))
        return columns

    def _inside(self, parameters: _Parameters, columns: Columns, inverted: bool) -> np.ndarray:
        column, row = (columns.y, columns.x) if inverted else (columns.x, columns.y)
        x, y, end_x, end_y = parameters.words(table.DVS_ROI, 4)
        keep = (column >= x) & (column <= end_x) & (row >= y) & (row <= end_y)
        pixels = parameters.words(table.DVS_PIXEL_FILTER, 2 * table.DVS_PIXEL_FILTERS)
        for hot_row, hot_column in zip(pixels[::2], pixels[1::2], strict=True):
            keep &= ~((row == hot_row) & (column == hot_column))
        return keep

    def _without_background(self, parameters: _Parameters, columns: Columns) -> Columns:
        if not parameters.get(table.DVS_BACKGROUND):
            self._background = None
            return columns
        window_us = parameters.get(table.DVS_BACKGROUND_TIME) * table.DVS_FILTER_TIME_US
        if self._background is None or window_us != self._background_us:
            self._background = filters.BackgroundActivity(self._size, window_us=window_us)
            self._background_us = window_us
        events = Events(columns.t, columns.x, columns.y, columns.p, size=self._size)
        kept = self._background.feed(events)
        return Columns(kept.t, kept.x, kept.y, kept.p)

    def _refractory(self, parameters: _Parameters, columns: Columns) -> Columns:
        if not parameters.get(table.DVS_REFRACTORY) or not len(columns):
            return columns
        time_us = parameters.get(table.DVS_REFRACTORY_TIME) * table.DVS_FILTER_TIME_US
        pixels = columns.y.astype(np.int64) * self._size[0] + columns.x
        keep = np.empty(len(columns), bool)
        fired = self._fired
        for i, (pixel, t) in enumerate(zip(pixels.tolist(), columns.t.tolist(), strict=True)):
            keep[i] = t - fired[pixel] > time_us
            if keep[i]:
                fired[pixel] = t
        return columns[keep]
