"""Lines that a saturated arbiter reads out as a whole."""

import math
from typing import Literal

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events
from neuro_kernels.events._columns import check_size
from neuro_kernels.filters._checks import check_sensor

__all__ = ["SaturatedLines"]


class SaturatedLines:
    """Removes runs of events of one line (row or column) that fill too much of it.

    A run is a stretch of the stream, in the order given, whose events have the same row. Its events
    pass when they are at most `ratio` times the line's pixels. A run is decided when it ends, hence
    its events come out with those of a later call, or with `finish`.

    Args:
        size: (width, height) of the sensor in pixels.
        ratio: largest part of a line's pixels; above 0.
        lines: "row" or "column".

    Raises:
        EventError: a size or ratio that cannot be.

    Example:
        >>> events = Events([0] * 5, [0, 1, 2, 3, 0], [7] * 4 + [8], [1] * 5, size=(4, 9))
        >>> lines = SaturatedLines(events.size, 0.5)
        >>> len(lines.feed(events)), len(lines.finish())
        (0, 1)
    """

    def __init__(
        self, size: tuple[int, int], ratio: float, *, lines: Literal["row", "column"] = "row"
    ) -> None:
        self.size = check_size(size)
        if not (math.isfinite(ratio) and ratio > 0):
            raise EventError(f"SaturatedLines: expected a finite ratio above 0, got {ratio!r}")
        if lines not in ("row", "column"):
            raise EventError(f"SaturatedLines: lines: expected row or column, got {lines!r}")
        self.ratio = float(ratio)
        self.lines = lines
        self._limit = math.floor(ratio * self.size[0 if lines == "row" else 1])
        self._held = Events.empty(self.size)
        self._gone = 0  # events of the open run that were dropped already
        self._gone_line = -1

    def feed(self, events: Events) -> Events:
        """Return the events whose run ended well, which follow those returned before.

        Raises:
            EventError: events of a sensor of another size.
        """
        check_sensor("SaturatedLines.feed", self.size, events)
        if not len(events):
            return events
        events = Events.concatenate([self._held, events]) if len(self._held) else events
        line = events.y if self.lines == "row" else events.x
        before = self._gone if int(line[0]) == self._gone_line else 0
        keep = np.empty(len(events), np.uint8)
        kept, begin, length = _kernels.mark_lines(line, self._limit, before, keep)
        if keep[begin]:
            # A view of the packet would keep all of it in memory.
            self._held, self._gone, self._gone_line = events[begin:], 0, -1
            kept -= len(events) - begin
            keep[begin:] = 0
        else:
            self._held = Events.empty(self.size)
            self._gone, self._gone_line = length, int(line[begin])
        return events._select(keep, kept)

    def finish(self) -> Events:
        """Return the events of the last run, at the end of the stream."""
        held, self._held = self._held, Events.empty(self.size)
        self._gone, self._gone_line = 0, -1
        return held
