"""What becomes of the events of one window after the other: a frame of each kind.

Where a frame lies in time must be known before its first event can be written to it. Voxel grids
and stacked histograms of windows by number know it only at their end: their events are held until
then, in one memory that is used again, of the length of the longest window.
"""

from typing import Protocol

import numpy as np

from aestream_io.frames import not_before
from neuro_kernels import Events, codecs, represent

__all__ = ["FrameSink", "frame_sink"]


class FrameSink(Protocol):
    """Takes the events of one window after the other."""

    def add(self, buffer: codecs.EventBuffer, first: int, last: int, begin_us: int) -> None:
        """Take the rows [first, last), of the window that began at `begin_us`."""
        ...

    def take(self, begin_us: int, end_us: int) -> np.ndarray:
        """Return the frame of the window that has ended, and begin with the next one."""
        ...


class _Counter:
    """Histograms and marks."""

    def __init__(self, size: tuple[int, int], polarity: str, mark: bool, dtype: str) -> None:
        self._counter = represent.FrameCounter(size, polarity=polarity, mark=mark, dtype=dtype)

    def add(self, buffer: codecs.EventBuffer, first: int, last: int, begin_us: int) -> None:
        self._counter.add(buffer, first, last)

    def take(self, begin_us: int, end_us: int) -> np.ndarray:
        return self._counter.take()


class _Voxels:
    """Voxel grids of windows whose length is known beforehand."""

    def __init__(self, size: tuple[int, int], bins: int, polarity: str, duration_us: int) -> None:
        self._bins, self._polarity, self._duration_us = bins, polarity, duration_us
        self._empty = Events.empty(size)
        self._grid: np.ndarray | None = None

    def add(self, buffer: codecs.EventBuffer, first: int, last: int, begin_us: int) -> None:
        events = buffer.events(self._empty.size)[first:last]
        self._grid = represent.voxel_grid(
            not_before(events, begin_us),
            self._bins,
            span_us=(begin_us, begin_us + self._duration_us - 1),
            polarity=self._polarity,
            out=self._grid,
            accumulate=self._grid is not None,
        )

    def take(self, begin_us: int, end_us: int) -> np.ndarray:
        grid, self._grid = self._grid, None
        if grid is not None:
            return grid
        span = (begin_us, end_us - 1)
        return represent.voxel_grid(self._empty, self._bins, span_us=span, polarity=self._polarity)


class _Stack:
    """Stacked histograms of windows whose length is known beforehand.

    Events come in the order of their slices, so that one counter makes one slice after the other.
    """

    def __init__(self, size: tuple[int, int], bins: int, polarity: str, duration_us: int) -> None:
        self._bins, self._duration_us = bins, duration_us
        self._size = size
        self._counter = represent.FrameCounter(size, polarity=polarity)
        self._planes = 2 if polarity == "split" else 1
        self._stack: np.ndarray | None = None
        self._slice = 0

    def add(self, buffer: codecs.EventBuffer, first: int, last: int, begin_us: int) -> None:
        if self._stack is None:
            self._begin(begin_us)
        events = buffer.events(self._size)[first:last]
        t = events.t if events.is_sorted else np.maximum.accumulate(events.t)
        # What comes late counts with those before it, as in `represent.stacked_histogram`.
        row = 0
        while row < len(t):
            end_us = self._end_us(begin_us, self._slice)
            end = len(t) if int(t[-1]) < end_us else row + int(np.searchsorted(t[row:], end_us))
            self._counter.add(events, row, end)
            row = end
            if row < len(t):
                self._close_slice()

    def _begin(self, begin_us: int) -> None:
        width, height = self._size
        self._stack = np.empty((self._bins, self._planes, height, width), np.float32)
        self._slice = 0

    def _end_us(self, begin_us: int, k: int) -> int:
        """The first whole microsecond behind slice `k`."""
        return begin_us - (-(k + 1) * self._duration_us // self._bins)

    def _close_slice(self) -> None:
        assert self._stack is not None
        self._counter.take(out=self._stack[self._slice])
        self._slice += 1

    def take(self, begin_us: int, end_us: int) -> np.ndarray:
        if self._stack is None:
            self._begin(begin_us)
        while self._slice < self._bins:
            self._close_slice()
        stack, self._stack = self._stack, None
        assert stack is not None
        return stack


class _Held:
    """Voxel grids and stacked histograms of windows whose length only their last event tells."""

    def __init__(
        self, size: tuple[int, int], bins: int, polarity: str, stacked: bool, room: int
    ) -> None:
        self._size, self._bins, self._polarity, self._stacked = size, bins, polarity, stacked
        self._held = codecs.EventBuffer(room)

    def add(self, buffer: codecs.EventBuffer, first: int, last: int, begin_us: int) -> None:
        held, n = self._held, last - first
        held.reserve(n)
        for name in "txyp":
            getattr(held, name)[held.n : held.n + n] = getattr(buffer, name)[first:last]
        held.n += n

    def take(self, begin_us: int, end_us: int) -> np.ndarray:
        events = not_before(self._held.events(self._size), begin_us)
        if self._stacked:
            frame = represent.stacked_histogram(
                events, self._bins, span_us=(begin_us, end_us), polarity=self._polarity
            )
        else:
            frame = represent.voxel_grid(
                events, self._bins, span_us=(begin_us, end_us - 1), polarity=self._polarity
            )
        self._held.clear()
        return frame


class _Surface:
    """Time surfaces, which go on from window to window."""

    def __init__(self, size: tuple[int, int], tau_us: float) -> None:
        self._surface = represent.DecaySurface(size, tau_us)

    def add(self, buffer: codecs.EventBuffer, first: int, last: int, begin_us: int) -> None:
        self._surface.feed(buffer.events(self._surface.size)[first:last])

    def take(self, begin_us: int, end_us: int) -> np.ndarray:
        return self._surface.frame(end_us - 1)


def frame_sink(
    representation: str,
    size: tuple[int, int],
    *,
    room: int,
    duration_us: int | None = None,
    count: int | None = None,
    bins: int | None = None,
    tau_us: float | None = None,
    polarity: str | None = None,
    dtype: str = "float32",
) -> FrameSink:
    """Return what makes frames of one kind.

    Args:
        representation: see `Source.frames`.
        size: (width, height) of the sensor in pixels.
        room: events there is room for at first where they are held.
        duration_us: see `Source.windows`.
        count: see `Source.windows`.
        bins: see `Source.frames`.
        tau_us: see `Source.frames`.
        polarity: see `Source.frames`.
        dtype: see `Source.frames`.

    Returns:
        The sink of one stream.

    Raises:
        EventError: an option that cannot be.

    Example:
        >>> sink = frame_sink("histogram", (4, 3), room=10, count=2)
        >>> sink.take(0, 10).shape
        (2, 3, 4)
    """
    if representation == "time_surface":
        return _Surface(size, 50_000.0 if tau_us is None else tau_us)
    if representation not in ("voxel_grid", "stacked"):
        return _Counter(size, polarity or "split", representation == "binary", dtype)
    stacked = representation == "stacked"
    n = 5 if bins is None else bins
    polarity = polarity or ("split" if stacked else "signed")
    if duration_us is None or count is not None:
        return _Held(size, n, polarity, stacked, min(room, count or room))
    return (_Stack if stacked else _Voxels)(size, n, polarity, duration_us)
