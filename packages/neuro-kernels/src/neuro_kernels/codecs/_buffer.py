"""Columns that decoders fill and that can be used again."""

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import Events

__all__ = ["EventBuffer"]

_LARGE = 1 << 20  # events from which on columns have pages of their own


class EventBuffer:
    """Event columns of a fixed room, filled from the front.

    Memory that was never written takes no room in RAM, so a generous `capacity` costs nothing.

    Args:
        capacity: number of events there is room for at first.

    Example:
        >>> buffer = EventBuffer(1000)
        >>> buffer.n, buffer.capacity
        (0, 1000)
    """

    __slots__ = ("n", "p", "t", "x", "y")

    def __init__(self, capacity: int) -> None:
        self.n = 0
        self._allocate(capacity)

    def _allocate(self, capacity: int) -> None:
        if capacity >= _LARGE:
            # Memory of columns that nobody holds any more is used again: its pages need not be
            # cleared by the system, which costs more than most decoding.
            self.t, self.x, self.y, self.p = _kernels.fresh_columns(capacity)
            return
        self.t = np.empty(capacity, np.int64)
        self.x = np.empty(capacity, np.uint16)
        self.y = np.empty(capacity, np.uint16)
        self.p = np.empty(capacity, np.uint8)

    @property
    def capacity(self) -> int:
        """Number of events there is room for."""
        return len(self.t)

    def clear(self) -> None:
        """Start again from the front; Events made before then change under their holders."""
        self.n = 0

    def reserve(self, room: int) -> None:
        """Make room for `room` more events, moving to larger memory where needed."""
        if self.capacity - self.n >= room:
            return
        old = (self.t, self.x, self.y, self.p)
        self._allocate(self.n + max(room, self.n // 2))
        for new, column in zip((self.t, self.x, self.y, self.p), old, strict=True):
            new[: self.n] = column[: self.n]

    def time_range(self) -> tuple[int, int]:
        """The earliest and the latest time of the filled part, which must not be empty."""
        return _kernels.time_range(self.t, self.n)

    def events(
        self, size: tuple[int, int], *, t0: int | None = None, is_sorted: bool | None = None
    ) -> Events:
        """The filled part as Events on this memory.

        Args:
            size: `(width, height)` that holds all coordinates.
            t0: absolute time of `t == 0` in microseconds, or None.
            is_sorted: whether the times are known to rise; None when not known.
        """
        n = self.n
        return Events._wrap(
            self.t[:n], self.x[:n], self.y[:n], self.p[:n], size=size, t0=t0, is_sorted=is_sorted
        )
