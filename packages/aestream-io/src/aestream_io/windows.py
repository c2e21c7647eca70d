"""Windows over a stream of events, by time, by number, or by whichever comes first."""

from collections.abc import Iterable, Iterator

import numpy as np

from neuro_kernels import EventError, Events

__all__ = ["Windower", "time_range", "windows"]


def time_range(events: Events) -> tuple[int, int]:
    """Return the earliest and the latest time of events (at least one)."""
    if events.is_sorted:
        return int(events.t[0]), int(events.t[-1])
    return int(events.t.min()), int(events.t.max())


class Windower:
    """Cuts packets into windows whose places do not depend on the packets.

    Args:
        duration_us: length of a window in microseconds, or None.
        count: most events in a window, or None; at least one of the two must be given.
        start_us: where the first window begins, None for the time of the first event.

    Raises:
        EventError: neither given, or a value below 1.

    Example:
        >>> cutter = Windower(duration_us=10)
        >>> packet = Events([5, 8, 14, 15, 36], [0] * 5, [0] * 5, [1] * 5, size=(1, 1))
        >>> [window.t.tolist() for window in cutter.feed(packet)]
        [[5, 8, 14], [15], []]
        >>> [window.t.tolist() for window in cutter.finish()]
        [[36]]
    """

    def __init__(
        self,
        *,
        duration_us: int | None = None,
        count: int | None = None,
        start_us: int | None = None,
    ) -> None:
        if duration_us is None and count is None:
            raise EventError("windows: give duration_us, count, or both")
        for name, value in (("duration_us", duration_us), ("count", count)):
            if value is not None and (int(value) != value or value < 1):
                raise EventError(f"windows: {name}: expected a whole number from 1, got {value!r}")
        self._duration = None if duration_us is None else int(duration_us)
        self._count = None if count is None else int(count)
        self._begin = start_us
        self._start = start_us
        self._latest: int | None = None
        self._parts: list[Events] = []
        self._held = 0

    def feed(self, events: Events) -> Iterator[Events]:
        """Yield the windows that are complete with these events."""
        if len(events) == 0:
            return
        times = self._rising_times(events)
        at, n = 0, len(events)
        if self._start is not None and int(times[0]) < self._start:
            at = int(np.searchsorted(times, self._start))
        while at < n:
            if self._begin is None:
                self._begin = int(times[at])
            end, full = n, False
            if self._duration is not None and int(times[-1]) - self._begin >= self._duration:
                end = at + int(np.searchsorted(times[at:], self._begin + self._duration))
            if self._count is not None and end - at >= self._count - self._held:
                end, full = at + self._count - self._held, True
            if end > at:
                self._parts.append(events[at:end])
                self._held += end - at
            if full:
                self._begin = int(times[end - 1])
                yield self._take(events)
            elif end < n:
                assert self._duration is not None
                self._begin += self._duration
                yield self._take(events)
            at = end

    def finish(self) -> Iterator[Events]:
        """Yield the window that the end of the stream leaves open, if it holds events."""
        if self._held:
            yield self._take(self._parts[0])

    def _rising_times(self, events: Events) -> np.ndarray:
        times = events.t
        if not events.is_sorted:
            times = np.maximum.accumulate(times)
        if self._latest is not None and int(times[0]) < self._latest:
            times = np.maximum(times, self._latest)
        self._latest = int(times[-1])
        return times

    def _take(self, like: Events) -> Events:
        parts, self._parts, self._held = self._parts, [], 0
        return Events.concatenate(parts) if parts else like[:0]


def windows(
    packets: Iterable[Events],
    *,
    duration_us: int | None = None,
    count: int | None = None,
    start_us: int | None = None,
) -> Iterator[Events]:
    """Cut any packets into windows, see `Source.windows`.

    Args:
        packets: events in the order of the stream.
        duration_us: length of a window in microseconds.
        count: most events in a window.
        start_us: where the first window begins; events before it are left out.

    Returns:
        Iterator of the windows.

    Raises:
        EventError: neither duration nor count, or a value below 1.

    Example:
        >>> events = Events([5, 8, 14, 15], [0] * 4, [0] * 4, [1] * 4, size=(1, 1))
        >>> [window.t.tolist() for window in windows(events, duration_us=10, count=2)]
        [[5, 8], [14, 15]]
    """
    cutter = Windower(duration_us=duration_us, count=count, start_us=start_us)
    return _windows(packets, cutter)


def _windows(packets: Iterable[Events], cutter: Windower) -> Iterator[Events]:
    for events in packets:
        yield from cutter.feed(events)
    yield from cutter.finish()
