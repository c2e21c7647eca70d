"""Hot pixels and background activity."""

import math

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events
from neuro_kernels.events._columns import check_size, fresh
from neuro_kernels.filters._checks import check_sensor, whole_us

__all__ = ["BackgroundActivity", "HotPixels", "background_activity", "hot_pixels"]


class HotPixels:
    """Removes pixels that fire far more often than their neighbours, over a whole recording.

    A pixel is kept when `count + 1 < ratio * (largest count of its 4 neighbours + 1)`; the added
    one keeps lonely events of quiet regions. Counting takes a pass of its own: the mask belongs to
    all events counted so far, however they were cut into packets. The criterion is that of faery's
    filter-hot-pixels on a recording taken as one packet.

    Args:
        size: (width, height) of the sensor in pixels.
        ratio: how many times the busiest neighbour's count is too much; above 0.

    Raises:
        EventError: a size or ratio that cannot be.

    Example:
        >>> events = Events([0] * 9, [0] + [1] * 8, [0] * 9, [1] * 9, size=(2, 1))
        >>> hot = HotPixels(events.size, ratio=3.0)
        >>> hot.count(events)
        >>> hot.mask()
        array([[ True, False]])
        >>> len(hot.apply(events))
        1
    """

    def __init__(self, size: tuple[int, int], ratio: float = 3.0) -> None:
        self.size = check_size(size)
        if not (math.isfinite(ratio) and ratio > 0):
            raise EventError(f"HotPixels: expected a finite ratio above 0, got {ratio!r}")
        self.ratio = float(ratio)
        self._counts = np.zeros((self.size[1], self.size[0]), np.uint32)
        self._mask: np.ndarray | None = None

    def count(self, events: Events) -> None:
        """Count `events` (first pass).

        Raises:
            EventError: events of a sensor of another size.
        """
        check_sensor("HotPixels.count", self.size, events)
        _kernels.count_pixels(events.t, events.x, events.y, events.p, self._counts)
        self._mask = None

    def mask(self) -> np.ndarray:
        """Return (height, width) bool, True for pixels that are kept; read-only."""
        return self._flags().view(bool)

    def apply(self, events: Events) -> Events:
        """Return the events of pixels that are kept (second pass).

        Raises:
            EventError: events of a sensor of another size.
        """
        check_sensor("HotPixels.apply", self.size, events)
        keep = np.empty(len(events), np.uint8)
        kept = _kernels.mark_by_pixel(events.t, events.x, events.y, events.p, self._flags(), keep)
        return events._select(keep, kept)

    def _flags(self) -> np.ndarray:
        if self._mask is None:
            mask = np.empty(self._counts.shape, np.uint8)
            _kernels.hot_pixel_mask(self._counts, self.ratio, mask)
            mask.flags.writeable = False
            self._mask = mask
        return self._mask


def hot_pixels(events: Events, ratio: float = 3.0) -> Events:
    """Remove pixels that fire far more often than their neighbours; see `HotPixels`.

    Args:
        events: the whole recording.
        ratio: how many times the busiest neighbour's count is too much; above 0.

    Returns:
        The events of the other pixels, in order.

    Example:
        >>> events = Events([0] * 9, [0] + [1] * 8, [0] * 9, [1] * 9, size=(2, 1))
        >>> hot_pixels(events).x
        array([0], dtype=uint16)
    """
    hot = HotPixels(events.size, ratio)
    hot.count(events)
    return hot.apply(events)


class BackgroundActivity:
    """Keeps events that a neighbour supports: one of the 8 pixels around has fired shortly before.

    Event i is kept when, for at least one of the 8 neighbours, the time t' of that pixel's last
    event before i (in the order given) fulfils `0 <= t_i - t' <= window_us`. Kept or not, event i
    then becomes the last event of its own pixel. Polarity plays no part. The first event of a
    moving edge is lost with the noise: nothing has supported it yet.

    Source: T. Delbruck, "Frame-free dynamic digital vision", Intl. Symp. on Secure-Life
    Electronics, 2008.

    Args:
        size: (width, height) of the sensor in pixels.
        window_us: how long an event supports its neighbours, in microseconds; not negative.
        itself: whether an earlier event of the same pixel supports an event as well.

    Raises:
        EventError: a size or window that cannot be.

    Example:
        >>> events = Events([0, 500, 9000], [4, 5, 6], [2, 2, 2], [1, 1, 1], size=(9, 9))
        >>> BackgroundActivity(events.size, window_us=1000).feed(events).t
        array([500])
    """

    def __init__(
        self, size: tuple[int, int], window_us: int = 2000, *, itself: bool = False
    ) -> None:
        self.size = check_size(size)
        self.window_us = whole_us("BackgroundActivity: window_us", window_us)
        self.itself = bool(itself)
        self._last = np.empty(_kernels.background_activity_cells(*self.size), np.int64)
        self.reset()

    def reset(self) -> None:
        """Forget all events seen."""
        self._last.fill(_kernels.NEVER_FIRED)

    def feed(self, events: Events) -> Events:
        """Return the supported ones of `events`, which follow those fed before.

        Raises:
            EventError: events of a sensor of another size.
        """
        check_sensor("BackgroundActivity.feed", self.size, events)
        columns = fresh(len(events))
        kept = _kernels.background_activity(
            events.t,
            events.x,
            events.y,
            events.p,
            *self.size,
            self.window_us,
            self.itself,
            self._last,
            *columns,
        )
        return events._picked(columns, kept)


def background_activity(events: Events, window_us: int = 2000, *, itself: bool = False) -> Events:
    """Keep the events that a neighbour supports; see `BackgroundActivity`.

    Args:
        events: the whole recording.
        window_us: how long an event supports its neighbours, in microseconds; not negative.
        itself: whether an earlier event of the same pixel supports an event as well.

    Returns:
        The supported events, in order.

    Example:
        >>> events = Events([0, 500, 9000], [4, 5, 6], [2, 2, 2], [1, 1, 1], size=(9, 9))
        >>> len(background_activity(events))
        1
    """
    return BackgroundActivity(events.size, window_us, itself=itself).feed(events)
