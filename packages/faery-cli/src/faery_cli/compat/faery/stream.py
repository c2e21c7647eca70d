"""What all streams have in common."""

import math
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from faery_cli.compat.faery.timestamp import Time

__all__ = [
    "Filter",
    "FiniteFilter",
    "FiniteRegularFilter",
    "FiniteRegularStream",
    "FiniteStream",
    "RegularFilter",
    "RegularStream",
    "Stream",
]

ItemType = TypeVar("ItemType")


class Stream(Generic[ItemType]):
    """Something to iterate over, again and again where its source allows it."""

    def __iter__(self) -> Iterator[ItemType]:
        raise TypeError(f"{type(self).__name__} does not define __iter__")

    def dimensions(self) -> tuple[int, int]:
        """Give (width, height) in pixels."""
        raise TypeError(f"{type(self).__name__} does not define dimensions")


class FiniteStream(Stream[ItemType]):
    """A stream that ends."""

    def time_range(self) -> tuple[Time, Time]:
        """Give the first moment covered and the first one no longer covered."""
        raise TypeError(f"{type(self).__name__} does not define time_range")


class RegularStream(Stream[ItemType]):
    """A stream whose items come at a fixed rate."""

    def frequency_hz(self) -> float:
        """Give items per second."""
        raise TypeError(f"{type(self).__name__} does not define frequency_hz")


class FiniteRegularStream(FiniteStream[ItemType], RegularStream[ItemType]):
    """A regular stream that ends."""


class Filter(Stream[ItemType]):
    """A stream made of another; heirs call `init` and define `__iter__`."""

    parent: Any

    def init(self, parent: Any) -> None:
        """Remember what it is made of."""
        self.parent = parent

    def dimensions(self) -> tuple[int, int]:
        """Give those of the parent."""
        return self.parent.dimensions()


class FiniteFilter(Filter[ItemType], FiniteStream[ItemType]):
    """A filter of a stream that ends."""

    def time_range(self) -> tuple[Time, Time]:
        """Give that of the parent."""
        return self.parent.time_range()


class RegularFilter(Filter[ItemType], RegularStream[ItemType]):
    """A filter of a regular stream."""

    def frequency_hz(self) -> float:
        """Give that of the parent."""
        return self.parent.frequency_hz()


class FiniteRegularFilter(FiniteFilter[ItemType], RegularFilter[ItemType], FiniteRegularStream):
    """A filter of a regular stream that ends."""


def item_count(stream: Any) -> int:
    """Give the number of items of a regular stream that ends."""
    begin, end = stream.time_range()
    duration = (end.microseconds - begin.microseconds) / 1e6
    return max(1, math.ceil(duration * stream.frequency_hz() - 1e-9))
