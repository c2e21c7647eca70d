"""Counting events in single bytes, frame after frame."""

from typing import Any

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events._columns import check_size
from neuro_kernels.represent._frame import Columns, check_inside, dtype_of, output, polarity_of

__all__ = ["FrameCounter", "counts_pay"]

_LEVEL_2 = 1 << 20  # bytes of a frame from which on it leaves the level-2 cache
_MOST_CELLS = 1 << 32
_HOW = {False: 0, True: 1}
_SIGNED = 2


def counts_pay(cells: int, n: int) -> bool:
    """Whether a frame of float32 is made faster by counting `n` events in bytes first."""
    return 4 * cells >= _LEVEL_2 and cells <= _MOST_CELLS and 16 * n >= cells


class FrameCounter:
    """Counts events into one frame after the other.

    The counts lie in single bytes, which are made numbers when a frame is taken: a quarter of the
    memory stays in the caches. What passes 255 is kept beside them.

    Args:
        size: (width, height) of the sensor in pixels.
        polarity: "split", "merged" or "signed", see `histogram`.
        mark: frames hold 1 where there were events; not with "signed".
        dtype: of the frames, float32 or uint8; counts end at 255 in uint8, which has no "signed".

    Raises:
        EventError: a size that cannot be, an unknown polarity or dtype.

    Example:
        >>> from neuro_kernels import Events
        >>> counter = FrameCounter((2, 1), polarity="merged")
        >>> counter.add(Events([1, 2], [0, 0], [0, 0], [1, 0], size=(2, 1)))
        >>> counter.add(Events([3], [1], [0], [0], size=(2, 1)))
        >>> counter.take(), counter.take()
        (array([[[2., 1.]]], dtype=float32), array([[[0., 0.]]], dtype=float32))
    """

    def __init__(
        self,
        size: tuple[int, int],
        *,
        polarity: str = "split",
        mark: bool = False,
        dtype: Any = np.float32,
    ) -> None:
        self._dtype = dtype_of(dtype, "FrameCounter")
        unsigned = mark or self._dtype == np.uint8
        choices = ("split", "merged") if unsigned else ("split", "merged", "signed")
        rule = polarity_of(polarity, "FrameCounter", choices)
        width, height = check_size(size)
        self._shape = (rule.planes, height, width)
        signed = polarity == "signed"
        self._how = _SIGNED if signed else _HOW[mark]
        self._kernel = _kernels.FrameCounter(width, height, 2 if signed else rule.planes)

    def add(self, events: Columns, first: int = 0, last: int | None = None) -> None:
        """Count events.

        Args:
            events: `Events`, or a buffer with the same columns.
            first: row to begin with.
            last: row to end before; None: all.

        Raises:
            EventError: events outside the sensor.
        """
        end = len(events.t) if last is None else last
        outside = self._kernel.add(events.t, events.x, events.y, events.p, first, end)
        check_inside(outside, "FrameCounter.add")

    def take(self, *, out: np.ndarray | None = None) -> np.ndarray:
        """Return what was counted since the last call.

        Args:
            out: an array of the result's shape and dtype to write to; a fresh one without it.

        Returns:
            (2, height, width) of the counter's dtype, or (1, height, width) of one plane.

        Raises:
            EventError: an `out` of another shape or dtype.
        """
        frame = output(self._shape, out, self._dtype)
        if self._dtype == np.uint8:
            self._kernel.take_bytes(frame, self._how)
        else:
            self._kernel.take(frame, self._how)
        return frame
