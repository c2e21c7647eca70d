"""Windows over a stream of events, by time, by number, or by whichever comes first."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from neuro_kernels import EventError, Events

__all__ = ["Window", "Windower", "since", "spans", "time_range", "until", "windows"]


def time_range(events: Events) -> tuple[int, int]:
    """Return the earliest and the latest time of events (at least one)."""
    if events.is_sorted:
        return int(events.t[0]), int(events.t[-1])
    return int(events.t.min()), int(events.t.max())


def since(packets: Iterable[Events], t_us: int) -> Iterator[Events]:
    """Leave out the events before the first one of a time.

    Example:
        >>> packet = Events([5, 9, 7, 12], [0] * 4, [0] * 4, [1] * 4, size=(1, 1))
        >>> [part.t.tolist() for part in since([packet], 8)]
        [[9, 7, 12]]
    """
    begun = False
    for events in packets:
        if not begun:
            late = events.t >= t_us
            if not late.any():
                continue
            begun = True
            events = events[int(np.argmax(late)) :]
        yield events


def until(packets: Iterable[Events], t_us: int) -> Iterator[Events]:
    """End before the first event of a time.

    Example:
        >>> packet = Events([5, 9, 7, 12], [0] * 4, [0] * 4, [1] * 4, size=(1, 1))
        >>> [part.t.tolist() for part in until([packet], 8)]
        [[5]]
    """
    for events in packets:
        beyond = events.t >= t_us
        if not beyond.any():
            yield events
            continue
        first = int(np.argmax(beyond))
        if first:
            yield events[:first]
        return


@dataclass(frozen=True)
class Window:
    """The events of a span of time.

    Attributes:
        parts: the events in the order of the stream, in pieces of which each has some; possibly
            none.
        begin_us: where the window begins.
        end_us: where it ends, not included; of a window that is full by count, one microsecond
            behind its last event.
        like: no events, of the same sensor.
    """

    parts: tuple[Events, ...]
    begin_us: int
    end_us: int
    like: Events

    @classmethod
    def of(cls, events: Events, begin_us: int, end_us: int) -> "Window":
        """Make a window of events in one piece."""
        return cls((events,) if len(events) else (), begin_us, end_us, events[:0])

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the sensor in pixels."""
        return self.like.size

    @property
    def events(self) -> Events:
        """The events in one piece, joined where they came in several."""
        return Events.concatenate(list(self.parts)) if self.parts else self.like


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
        self._like: Events | None = None

    def feed(self, events: Events) -> Iterator[Events]:
        """Yield the windows that are complete with these events."""
        return (window.events for window in self.feed_spans(events))

    def feed_spans(self, events: Events) -> Iterator[Window]:
        """Yield the windows that are complete with these events, with their spans."""
        if len(events) == 0:
            return
        self._like = events[:0]
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
                last = int(times[end - 1])
                yield self._take(last + 1, next_begin=last)
            elif end < n:
                assert self._duration is not None
                yield self._take(self._begin + self._duration)
            at = end

    def advance(self, t_us: int) -> Iterator[Window]:
        """Yield the windows that end at a time or before it, although no event has come since.

        Args:
            t_us: no event before this time is waited for any more; one that comes all the same
                counts as late.
        """
        if self._begin is None or self._duration is None or self._like is None:
            return
        while self._begin + self._duration <= t_us:
            end = self._begin + self._duration
            self._latest = end if self._latest is None else max(self._latest, end)
            yield self._take(end)

    def finish(self) -> Iterator[Events]:
        """Yield the window that the end of the stream leaves open, if it holds events."""
        return (window.events for window in self.finish_spans())

    def finish_spans(self) -> Iterator[Window]:
        """Yield the window that the end of the stream leaves open, with its span."""
        if self._held:
            assert self._begin is not None
            assert self._latest is not None
            end = self._latest + 1 if self._duration is None else self._begin + self._duration
            yield self._take(end)

    def _rising_times(self, events: Events) -> np.ndarray:
        times = events.t
        if not events.is_sorted:
            times = np.maximum.accumulate(times)
        if self._latest is not None and int(times[0]) < self._latest:
            times = np.maximum(times, self._latest)
        self._latest = int(times[-1])
        return times

    def _take(self, end: int, *, next_begin: int | None = None) -> Window:
        assert self._begin is not None
        assert self._like is not None
        parts, self._parts, self._held = self._parts, [], 0
        begin, self._begin = self._begin, end if next_begin is None else next_begin
        return Window(tuple(parts), begin, end, self._like)


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
    cut = spans(packets, duration_us=duration_us, count=count, start_us=start_us)
    return (window.events for window in cut)


def spans(
    packets: Iterable[Events],
    *,
    duration_us: int | None = None,
    count: int | None = None,
    start_us: int | None = None,
    clock: Callable[[], float] | None = None,
) -> Iterator[Window]:
    """Cut any packets into windows with their spans.

    Args:
        packets: events in the order of the stream. With a clock, an empty packet says that
            nothing has come for a while.
        duration_us: length of a window in microseconds.
        count: most events in a window.
        start_us: where the first window begins; events before it are left out.
        clock: seconds, such as `time.monotonic`: while nothing comes, event time is taken to go on
            with this clock from the last event, and windows that end meanwhile are yielded.

    Returns:
        Iterator of the windows.

    Raises:
        EventError: neither duration nor count, or a value below 1.

    Example:
        >>> events = Events([5, 8, 14, 15], [0] * 4, [0] * 4, [1] * 4, size=(1, 1))
        >>> [(window.begin_us, window.end_us) for window in spans([events], duration_us=6)]
        [(5, 11), (11, 17)]
    """
    cutter = Windower(duration_us=duration_us, count=count, start_us=start_us)
    if clock is None or duration_us is None:
        return _spans(packets, cutter)
    return _spans_by_clock(packets, cutter, clock)


def _spans(packets: Iterable[Events], cutter: Windower) -> Iterator[Window]:
    for events in packets:
        yield from cutter.feed_spans(events)
    yield from cutter.finish_spans()


def _spans_by_clock(
    packets: Iterable[Events], cutter: Windower, clock: Callable[[], float] = time.monotonic
) -> Iterator[Window]:
    latest_us: int | None = None
    seen_s = 0.0
    for events in packets:
        if len(events):
            yield from cutter.feed_spans(events)
            last_us = time_range(events)[1]
            latest_us = last_us if latest_us is None else max(latest_us, last_us)
            seen_s = clock()
        elif latest_us is not None:
            yield from cutter.advance(latest_us + int((clock() - seen_s) * 1e6))
    yield from cutter.finish_spans()
