"""Filters by place: masks of pixels, and maps that move pixels."""

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events
from neuro_kernels.events._columns import check_size
from neuro_kernels.filters._checks import check_sensor

__all__ = ["PixelMask", "Remap"]


class PixelMask:
    """Keeps the events of some pixels.

    Args:
        mask: (height, width) bool, True for pixels that are kept.

    Raises:
        EventError: something that is no picture of bool.

    Example:
        >>> events = Events([0, 1], [0, 1], [0, 0], [1, 1], size=(2, 1))
        >>> PixelMask(np.array([[False, True]])).feed(events).t
        array([1])
    """

    def __init__(self, mask: np.ndarray) -> None:
        mask = np.asarray(mask)
        if mask.ndim != 2 or mask.dtype != np.bool_:
            raise EventError(
                f"PixelMask: expected bool of shape (height, width), got {mask.dtype} of shape "
                f"{mask.shape}"
            )
        self.size = check_size((mask.shape[1], mask.shape[0]))
        self._flags = np.ascontiguousarray(mask).astype(np.uint8)

    def feed(self, events: Events) -> Events:
        """Return the events of the pixels kept.

        Raises:
            EventError: events of a sensor of another size.
        """
        check_sensor("PixelMask.feed", self.size, events)
        keep = np.empty(len(events), np.uint8)
        kept = _kernels.mark_by_pixel(events.t, events.x, events.y, events.p, self._flags, keep)
        return events._select(keep, kept)


class Remap:
    """Moves each pixel's events to another place, and drops those that have none.

    Args:
        x: (height, width) integers, the new column of each pixel; below 0 for none.
        y: (height, width) integers, the new row; below 0 for none.
        size: (width, height) of the new picture.

    Raises:
        EventError: maps that do not fit each other.

    Example:
        >>> events = Events([0, 1], [0, 1], [0, 0], [1, 1], size=(2, 1))
        >>> Remap(np.array([[1, -1]]), np.array([[0, 0]]), size=(2, 1)).feed(events).x
        array([1], dtype=uint16)
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, *, size: tuple[int, int]) -> None:
        x, y = np.asarray(x), np.asarray(y)
        if x.ndim != 2 or x.shape != y.shape:
            raise EventError(
                f"Remap: expected two maps of shape (height, width), got {x.shape} and {y.shape}"
            )
        self.size = check_size((x.shape[1], x.shape[0]))
        self.new_size = check_size(size)
        inside = (x >= 0) & (x < size[0]) & (y >= 0) & (y < size[1])
        places = y.astype(np.int64) << 16 | x.astype(np.int64)
        self._map = np.where(inside, places, _kernels.NOWHERE).astype(np.uint32)

    def feed(self, events: Events) -> Events:
        """Return the events that have a new place, there.

        Raises:
            EventError: events of a sensor of another size.
        """
        check_sensor("Remap.feed", self.size, events)
        n = len(events)
        x, y, keep = np.empty(n, np.uint16), np.empty(n, np.uint16), np.empty(n, np.uint8)
        kept = _kernels.remap_events(events.t, events.x, events.y, events.p, self._map, x, y, keep)
        columns = (events.t, x, y, events.p)
        moved = Events._wrap(
            *columns, size=self.new_size, t0=events.t0, is_sorted=events._is_sorted
        )
        return moved._select(keep, kept)
