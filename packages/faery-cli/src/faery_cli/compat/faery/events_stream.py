"""Streams of events: finite or not, regular or not."""

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from faery_cli.compat.faery import stream as base
from faery_cli.compat.faery._events_methods import RegularMethods, Sliceable, span_of
from faery_cli.compat.faery.timestamp import Time

__all__ = [
    "Array",
    "EventsFilter",
    "EventsStream",
    "FiniteEventsFilter",
    "FiniteEventsStream",
    "FiniteRegularEventsFilter",
    "FiniteRegularEventsStream",
    "RegularEventsFilter",
    "RegularEventsStream",
]


class EventsStream(Sliceable, base.Stream[np.ndarray]):
    """Events without end and without rhythm."""


class FiniteEventsStream(Sliceable, base.FiniteStream[np.ndarray]):
    """Events that end."""


class RegularEventsStream(RegularMethods, base.RegularStream[np.ndarray]):
    """Packets of one duration without end."""


class FiniteRegularEventsStream(RegularMethods, base.FiniteRegularStream[np.ndarray]):
    """Packets of one duration that end."""


class EventsFilter(EventsStream, base.Filter[np.ndarray]):
    """Heir of filters of endless streams."""


class FiniteEventsFilter(FiniteEventsStream, base.FiniteFilter[np.ndarray]):
    """Heir of filters of streams that end."""


class RegularEventsFilter(RegularEventsStream, base.RegularFilter[np.ndarray]):
    """Heir of filters of regular streams."""


class FiniteRegularEventsFilter(FiniteRegularEventsStream, base.FiniteRegularFilter[np.ndarray]):
    """Heir of filters of regular streams that end."""


class _Step:
    """A filter whose parts are given as functions."""

    parent: Any

    def set_up(
        self,
        iterate: Callable[[], Iterator[np.ndarray]],
        size: tuple[int, int] | None,
        time_range: Callable[[], tuple[Time, Time]] | None,
        frequency_hz: float | None,
    ) -> None:
        """Say what it does."""
        self._iterate = iterate
        self._size = size
        self._range = time_range
        self._frequency_hz = frequency_hz

    def __iter__(self) -> Iterator[np.ndarray]:
        return self._iterate()

    def dimensions(self) -> tuple[int, int]:
        """Give (width, height) in pixels."""
        return self.parent.dimensions() if self._size is None else self._size

    def time_range(self) -> tuple[Time, Time]:
        """Give the first moment covered and the first one no longer covered."""
        return self.parent.time_range() if self._range is None else self._range()

    def frequency_hz(self) -> float:
        """Give packets per second."""
        return self.parent.frequency_hz() if self._frequency_hz is None else self._frequency_hz


class _EventsStep(_Step, EventsFilter):
    pass


class _FiniteStep(_Step, FiniteEventsFilter):
    pass


class _RegularStep(_Step, RegularEventsFilter):
    pass


class _FiniteRegularStep(_Step, FiniteRegularEventsFilter):
    pass


# By (finite, regular).
STEPS: dict[tuple[bool, bool], Any] = {
    (False, False): _EventsStep,
    (True, False): _FiniteStep,
    (False, True): _RegularStep,
    (True, True): _FiniteRegularStep,
}


class Array(FiniteEventsStream):
    """Events of an array.

    Args:
        events: of `EVENTS_DTYPE`.
        dimensions: (width, height) in pixels.
    """

    def __init__(self, events: np.ndarray, dimensions: tuple[int, int]) -> None:
        self.events = events
        self.inner_dimensions = dimensions

    def __iter__(self) -> Iterator[np.ndarray]:
        yield self.events.copy()

    def dimensions(self) -> tuple[int, int]:
        """Give (width, height) in pixels."""
        return self.inner_dimensions

    def time_range(self) -> tuple[Time, Time]:
        """Give the first event's time and the last one's plus one."""
        return span_of(iter([self.events]))


class Opened(FiniteEventsStream):
    """Events of a file.

    Args:
        path: of the file.
        open: gives a fresh iterator over packets.
        dimensions: (width, height) in pixels.
    """

    def __init__(
        self,
        path: pathlib.Path,
        open: Callable[[], Iterator[np.ndarray]],
        dimensions: tuple[int, int],
    ) -> None:
        self.path = path
        self._open = open
        self._dimensions = dimensions
        self._range: tuple[Time, Time] | None = None

    def __iter__(self) -> Iterator[np.ndarray]:
        return self._open()

    def dimensions(self) -> tuple[int, int]:
        """Give (width, height) in pixels."""
        return self._dimensions

    def time_range(self) -> tuple[Time, Time]:
        """Give the first event's time and the last one's plus one; reads the file once."""
        if self._range is None:
            self._range = span_of(iter(self))
        return self._range


class Live(EventsStream):
    """Events that come from outside, once.

    Args:
        packets: an iterator over arrays.
        dimensions: (width, height) in pixels.
    """

    def __init__(self, packets: Iterator[np.ndarray], dimensions: tuple[int, int]) -> None:
        self._packets = packets
        self._dimensions = dimensions

    def __iter__(self) -> Iterator[np.ndarray]:
        return self._packets

    def dimensions(self) -> tuple[int, int]:
        """Give (width, height) in pixels."""
        return self._dimensions
