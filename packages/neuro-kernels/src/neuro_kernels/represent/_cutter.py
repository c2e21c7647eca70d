"""Frames of a stream's windows, written while its events are still in the cache."""

from typing import Any

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError
from neuro_kernels.represent._frame import Columns, check_inside, polarity_of

__all__ = ["FrameCutter", "WindowCutter"]

_NO_START = -(2**63)


def _window_kernel(
    duration_us: int | None, count: int | None, start_us: int | None
) -> "_kernels.WindowCutter":
    if duration_us is None and count is None:
        raise EventError("windows: give duration_us, count, or both")
    for name, value in (("duration_us", duration_us), ("count", count)):
        if value is not None and (int(value) != value or value < 1):
            raise EventError(f"windows: {name}: expected a whole number from 1, got {value!r}")
    return _kernels.WindowCutter(
        int(duration_us or 0), int(count or 0), _NO_START if start_us is None else start_us
    )


class WindowCutter:
    """Tells which events of a stream belong to one window; where they lie, see `FrameCutter`.

    Args:
        duration_us: length of a window in microseconds, or None.
        count: most events in a window, or None; at least one of the two must be given.
        start_us: where the first window begins; events before it are left out.

    Raises:
        EventError: neither limit given, or a value below 1.

    Example:
        >>> cutter = WindowCutter(duration_us=10)
        >>> t = np.array([5, 8, 15], np.int64)
        >>> cutter.cut(t, 0, 3), cutter.cut(t, 2, 3), cutter.begin_us
        ((0, 2, (5, 15)), (2, 3, None), 15)
        >>> cutter.finish()
        (15, 25)
    """

    def __init__(
        self,
        *,
        duration_us: int | None = None,
        count: int | None = None,
        start_us: int | None = None,
    ) -> None:
        self._cutter = _window_kernel(duration_us, count, start_us)

    def cut(self, t: np.ndarray, first: int, last: int) -> tuple[int, int, tuple[int, int] | None]:
        """Find the rows of the current window.

        Args:
            t: int64 (n,), times in microseconds.
            first: row to begin with.
            last: row to end before.

        Returns:
            The first row of the window (those before it come before `start_us`), the row behind its
            last one, and the window's [begin, end) in microseconds if it closes there. Give the
            rows behind that again.
        """
        return _kernels.cut_window(self._cutter, t, first, last)

    @property
    def begin_us(self) -> int:
        """Where the current window begins; known once it has events."""
        return self._cutter.begin()

    def finish(self) -> tuple[int, int] | None:
        """Return the span of the window that the end leaves open, None if it holds no events."""
        return self._cutter.finish()[1]


class FrameCutter:
    """Writes events into frames, one frame per window of a stream.

    A window spans [begin, begin + duration_us); the first begins at the first event or at
    `start_us`, the next where the last one ended. A window that is full by count ends with its last
    event, and the next one begins at that event's time. A time before an earlier one counts as the
    latest so far.

    Args:
        size: (width, height) of the sensor in pixels.
        duration_us: length of a window in microseconds, or None.
        count: most events in a window, or None; at least one of the two must be given.
        start_us: where the first window begins; events before it are left out.
        polarity: see `histogram`.
        mark: write 1 where there are events instead of counting them.

    Raises:
        EventError: neither limit given, a value below 1, or an unknown polarity.

    Example:
        >>> from neuro_kernels import Events
        >>> events = Events([5, 8, 15], [0, 0, 0], [0, 0, 0], [1, 0, 1], size=(1, 1))
        >>> cutter = FrameCutter((1, 1), duration_us=10)
        >>> frame = cutter.empty()
        >>> cutter.add(events, 0, 3, frame)
        (2, (5, 15))
        >>> frame.ravel()
        array([1., 1.], dtype=float32)
    """

    def __init__(
        self,
        size: tuple[int, int],
        *,
        duration_us: int | None = None,
        count: int | None = None,
        start_us: int | None = None,
        polarity: str = "split",
        mark: bool = False,
    ) -> None:
        rule = polarity_of(polarity, "FrameCutter")
        width, height = size
        self._shape = (rule.planes, height, width)
        stride = width * height if rule.planes == 2 else 0
        self._place: tuple[Any, ...] = (width, height, stride, rule.off, rule.on, mark)
        self._cutter = _window_kernel(duration_us, count, start_us)

    def empty(self) -> np.ndarray:
        """Return a frame of zeros: float32 (2, height, width), or (1, height, width)."""
        frame = np.empty(self._shape, np.float32)
        frame.fill(0)
        return frame

    def add(
        self, events: Columns, first: int, last: int, frame: np.ndarray
    ) -> tuple[int, tuple[int, int] | None]:
        """Write events into the frame of the current window, until it closes or all are written.

        Args:
            events: `Events`, or a buffer with the same columns.
            first: row to begin with.
            last: row to end before.
            frame: float32, as `empty` makes it.

        Returns:
            The row to go on with, and the window's [begin, end) in microseconds if it has closed.

        Raises:
            EventError: events outside the sensor.
        """
        row, span, outside = self._cutter.add(
            events.t, events.x, events.y, events.p, first, last, frame, *self._place
        )
        check_inside(outside, "FrameCutter.add")
        return row, span

    def finish(self) -> tuple[int, int] | None:
        """Return the span of the window that the end leaves open, None if it holds no events."""
        return self._cutter.finish()[1]
