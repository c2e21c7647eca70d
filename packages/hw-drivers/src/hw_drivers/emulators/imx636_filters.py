"""Models of the on-sensor filters of the IMX636.

They follow the maker's description of what each filter keeps, pixel by pixel; the chip's own
quantisation of time and its memory limits are not modelled.
"""

import numpy as np

from hw_drivers.columns import Columns

__all__ = ["BurstFilter", "FlickerFilter", "RateController"]

_LONG_AGO = -(1 << 60)


class BurstFilter:
    """Spatio-temporal contrast and trail filter.

    Events of one pixel and polarity that follow each other within the threshold form a burst.

    Args:
        width: columns of the sensor.
        height: rows of the sensor.

    Example:
        >>> filter = BurstFilter(4, 1)
        >>> t = np.array([0, 10, 20, 500])
        >>> burst = Columns(t, np.zeros(4, np.uint16), np.zeros(4, np.uint16), np.ones(4, np.uint8))
        >>> for mode in ("trail", "stc_cut_trail", "stc_keep_trail"):
        ...     print(mode, BurstFilter(4, 1).apply(burst, mode, 100).t)
        trail [  0 500]
        stc_cut_trail [10]
        stc_keep_trail [10 20]
    """

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._last_t = np.full(width * height, _LONG_AGO, np.int64)
        self._last_p = np.zeros(width * height, np.uint8)
        self._place = np.zeros(width * height, np.int64)  # of the last event in its burst

    def apply(self, columns: Columns, mode: str, threshold_us: int) -> Columns:
        """Return the events that pass; `mode` is "trail", "stc_cut_trail" or "stc_keep_trail"."""
        n = len(columns)
        if n == 0:
            return columns
        pixel = columns.y.astype(np.int64) * self._width + columns.x
        order = np.argsort(pixel, kind="stable")
        sorted_pixel, t, p = pixel[order], columns.t[order], columns.p[order]
        first = np.ones(n, bool)
        first[1:] = sorted_pixel[1:] != sorted_pixel[:-1]
        before_t, before_p = np.empty_like(t), np.empty_like(p)
        before_t[1:], before_p[1:] = t[:-1], p[:-1]
        before_t[first] = self._last_t[sorted_pixel[first]]
        before_p[first] = self._last_p[sorted_pixel[first]]
        linked = (t - before_t <= threshold_us) & (p == before_p)
        # Count along each run of linked events; a pixel's first event may continue an older burst.
        start = first | ~linked
        base = np.where(first & linked, self._place[sorted_pixel] + 1, 0)
        index = np.arange(n)
        run = np.maximum.accumulate(np.where(start, index, 0))
        place = index - run + base[run]
        last = np.ones(n, bool)
        last[:-1] = first[1:]
        self._last_t[sorted_pixel[last]] = t[last]
        self._last_p[sorted_pixel[last]] = p[last]
        self._place[sorted_pixel[last]] = place[last]
        kept = {"trail": place == 0, "stc_cut_trail": place == 1, "stc_keep_trail": place >= 1}
        keep = np.empty(n, bool)
        keep[order] = kept[mode]
        return columns[keep]


class FlickerFilter:
    """Anti-flicker filter: finds pixels whose ON events come at a steady period.

    Each period inside the band raises a pixel's counter, each other one lowers it; at the start
    threshold the pixel counts as blinking, below the stop threshold it no longer does. The duty
    cycle is not modelled.

    Args:
        width: columns of the sensor.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._pixels: dict[int, tuple[int, int, bool]] = {}  # last ON, counter, blinking

    def apply(
        self,
        columns: Columns,
        *,
        shortest_us: int,
        longest_us: int,
        passing: bool,
        start: int,
        stop: int,
    ) -> Columns:
        """Return the events that pass."""
        pixel = (columns.y.astype(np.int64) * self._width + columns.x).tolist()
        keep = np.empty(len(columns), bool)
        rows = zip(pixel, columns.t.tolist(), columns.p.tolist(), strict=True)
        for i, (where, t, p) in enumerate(rows):
            last, counter, blinking = self._pixels.get(where, (_LONG_AGO, 0, False))
            if p:
                inside = shortest_us <= t - last <= longest_us
                counter = min(counter + 1, 7) if inside else max(counter - 1, 0)
                blinking = counter >= start or (blinking and counter >= stop)
                self._pixels[where] = (t, counter, blinking)
            keep[i] = blinking == passing
        return columns[keep]


class RateController:
    """Event-rate controller: passes the first events of each period.

    Example:
        >>> t = np.array([0, 1, 2, 200, 201])
        >>> columns = Columns(t, t.astype(np.uint16), t.astype(np.uint16), t.astype(np.uint8))
        >>> RateController().apply(columns, 200, 2).t
        array([  0,   1, 200, 201])
    """

    def __init__(self) -> None:
        self._period, self._count = -1, 0

    def apply(self, columns: Columns, period_us: int, limit: int) -> Columns:
        """Return the events that pass: `limit` of each period."""
        if not len(columns):
            return columns
        period = columns.t // period_us
        first = np.searchsorted(period, period, side="left")
        rank = np.arange(len(columns)) - first
        # The first period of this slice may have begun in the slice before.
        rank[period == self._period] += self._count
        self._count = int(rank[-1]) + 1
        self._period = int(period[-1])
        return columns[rank < limit]
