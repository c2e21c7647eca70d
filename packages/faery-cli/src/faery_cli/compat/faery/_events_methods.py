"""What can be done with streams of events, whatever their class."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from faery_cli.compat.faery import _filters, enums
from faery_cli.compat.faery import stream as base
from faery_cli.compat.faery._outputs import EventsOutput
from faery_cli.compat.faery.timestamp import Time, TimeOrTimecode, parse_time
from neuro_kernels import filters

__all__ = ["Methods", "RegularMethods", "Sliceable", "span_of"]


class Methods(EventsOutput):
    """What all streams of events can do."""

    def _then(
        self,
        iterate: Callable[[], Iterator[np.ndarray]],
        *,
        size: tuple[int, int] | None = None,
        time_range: Callable[[], tuple[Time, Time]] | None = None,
        frequency_hz: float | None = None,
        finite: bool | None = None,
        regular: bool | None = None,
    ) -> Any:
        finite = isinstance(self, base.FiniteStream) if finite is None else finite
        regular = isinstance(self, base.RegularStream) if regular is None else regular
        from faery_cli.compat.faery.events_stream import STEPS

        step = STEPS[finite, regular]()
        step.init(parent=self)
        step.set_up(iterate, size, time_range, frequency_hz)
        return step

    def apply(self, filter_class: Any, *args: Any, **kwargs: Any) -> Any:
        """Make a stream of an own filter class, called with this stream and the arguments."""
        return filter_class(self, *args, **kwargs)

    def map(self, function: Callable[[np.ndarray], np.ndarray]) -> Any:
        """Change each packet by a function."""
        return self._then(lambda: map(function, iter(self)))

    def regularize(self, frequency_hz: float, start: TimeOrTimecode | None = None) -> Any:
        """Cut into packets of one duration, empty ones included."""
        if not frequency_hz > 0:
            raise ValueError(f"regularize: expected a frequency above zero, got {frequency_hz}")
        begin = None if start is None else parse_time(start).microseconds
        source: Any = self
        finite = isinstance(self, base.FiniteStream)

        def time_range() -> tuple[Time, Time]:
            first, last = source.time_range()
            origin = first.microseconds if begin is None else begin
            count = _packets(origin, last.microseconds, frequency_hz)
            return Time(origin), Time(origin + round(count * 1e6 / frequency_hz))

        def iterate() -> Iterator[np.ndarray]:
            if not finite:
                return _filters.regularize(iter(self), frequency_hz, begin, None)
            first, last = source.time_range()
            origin = first.microseconds if begin is None else begin
            count = _packets(origin, last.microseconds, frequency_hz)
            return _filters.regularize(iter(self), frequency_hz, origin, count)

        return self._then(
            iterate, time_range=time_range, frequency_hz=float(frequency_hz), regular=True
        )

    def chunks(self, chunk_length: int) -> Any:
        """Cut into packets of one number of events."""
        if chunk_length < 1:
            raise ValueError(f"chunks: expected a length above zero, got {chunk_length}")
        return self._then(lambda: _filters.chunks(iter(self), chunk_length), regular=False)

    def event_slice(self, start: int, end: int) -> Any:
        """Keep the events number start to end - 1."""
        if not 0 <= start <= end:
            raise ValueError(f"event_slice: expected 0 <= start <= end, got {start} and {end}")

        def iterate() -> Iterator[np.ndarray]:
            return _filters.event_slice(iter(self), start, end)

        if isinstance(self, base.FiniteStream):
            return self._then(iterate, regular=False)
        return self._then(
            iterate, regular=False, finite=True, time_range=lambda: span_of(iterate())
        )

    def crop(self, left: int, right: int, top: int, bottom: int) -> Any:
        """Keep a rectangle (right and bottom excluded) and move its corner to the origin."""
        width, height = self.dimensions()
        if not (0 <= left < right <= width and 0 <= top < bottom <= height):
            raise ValueError(
                f"crop: expected 0 <= left < right <= {width} and 0 <= top < bottom <= {height}, "
                f"got {left}, {right}, {top}, {bottom}"
            )
        return self._then(
            lambda: _filters.crop(iter(self), left, right, top, bottom),
            size=(right - left, bottom - top),
        )

    def mask(self, array: np.ndarray) -> Any:
        """Keep the events of the pixels that are True in a (height, width) array."""
        size = self.dimensions()
        if array.shape != (size[1], size[0]) or array.dtype != np.bool_:
            raise ValueError(
                f"mask: expected bool of shape {(size[1], size[0])}, got {array.dtype} of "
                f"shape {array.shape}"
            )
        return self.map(lambda packet: packet[array[packet["y"], packet["x"]]])

    def remove_on_events(self) -> Any:
        """Keep the OFF events."""
        return self.map(lambda packet: packet[~packet["on"]])

    def remove_off_events(self) -> Any:
        """Keep the ON events."""
        return self.map(lambda packet: packet[packet["on"]])

    def transpose(self, action: enums.TransposeAction) -> Any:
        """Turn or mirror the picture."""
        enums.validate(enums.TransposeAction, "TransposeAction", action)
        width, height = self.dimensions()
        size = (height, width) if _filters.TURNS[action][1] else (width, height)
        return self._then(lambda: _filters.turned(iter(self), action, (width, height)), size=size)

    def filter_hot_pixels(self, maximum_relative_event_count: float) -> Any:
        """Remove pixels that fire much more than their neighbours.

        Counted over the packets of a regular stream, and over all of another one that ends.
        """
        regular = isinstance(self, base.RegularStream)
        per_packet = regular or not isinstance(self, base.FiniteStream)
        return self._then(
            lambda: _filters.hot_pixels(
                lambda: iter(self),
                maximum_relative_event_count,
                self.dimensions(),
                per_packet=per_packet,
            )
        )

    def filter_arbiter_saturation_lines(
        self, maximum_line_fill_ratio: float, filter_orientation: enums.FilterOrientation = "row"
    ) -> Any:
        """Remove runs of events that fill too much of a row (or column)."""
        enums.validate(enums.FilterOrientation, "FilterOrientation", filter_orientation)
        size = self.dimensions()
        regular = isinstance(self, base.RegularStream)
        return self._then(
            lambda: _filters.fed(
                iter(self),
                filters.SaturatedLines(size, maximum_line_fill_ratio, lines=filter_orientation),
                size,
                whole=regular,
            )
        )

    def render(
        self,
        decay: enums.Decay,
        tau: TimeOrTimecode,
        colormap: Any,
        minimum_clip: float = 0.0,
        maximum_clip: float = 0.99,
        gamma: float = 0.0,
    ) -> Any:
        """Draw a frame for each packet."""
        from faery_cli.compat.faery.frame_stream import rendered

        enums.validate(enums.Decay, "Decay", decay)
        return rendered(self, decay, parse_time(tau), colormap, minimum_clip, maximum_clip, gamma)


def _packets(begin: int, end: int, frequency_hz: float) -> int:
    """Number of packets of a grid that cover begin to end."""
    count = max(1, int((end - begin) * frequency_hz / 1e6))
    while begin + round(count * 1e6 / frequency_hz) < end:
        count += 1
    return count


def span_of(packets: Iterator[np.ndarray]) -> tuple[Time, Time]:
    """Time range of some packets: (first, last + 1)."""
    low = high = None
    for packet in packets:
        if len(packet):
            first, last = int(packet["t"].min()), int(packet["t"].max())
            low = first if low is None else min(low, first)
            high = last if high is None else max(high, last)
    return Time(low or 0), Time((high or 0) + 1)


class Sliceable(Methods):
    """What irregular streams can do besides."""

    def time_slice(self, start: TimeOrTimecode, end: TimeOrTimecode, zero: bool = False) -> Any:
        """Keep start <= t < end; with `zero`, start becomes 0."""
        begin, stop = parse_time(start).microseconds, parse_time(end).microseconds
        if begin >= stop:
            raise ValueError(f"time_slice: expected start < end, got {start} and {end}")
        source: Any = self

        def time_range() -> tuple[Time, Time]:
            low, high = begin, stop
            if isinstance(self, base.FiniteStream):
                first, last = (time.microseconds for time in source.time_range())
                low, high = max(low, first), max(min(high, last), max(low, first))
            return (Time(low - begin), Time(high - begin)) if zero else (Time(low), Time(high))

        return self._then(
            lambda: _filters.time_slice(iter(self), begin, stop, zero),
            time_range=time_range,
            finite=True,
        )


class RegularMethods(Methods):
    """What regular streams can do besides."""

    def packet_slice(self, start: int, end: int, zero: bool = False) -> Any:
        """Keep the packets number start to end - 1; with `zero`, the first begins at time 0."""
        if not 0 <= start <= end:
            raise ValueError(f"packet_slice: expected 0 <= start <= end, got {start} and {end}")
        source: Any = self
        finite = isinstance(self, base.FiniteStream)

        def edges() -> tuple[int, int, int]:
            origin = source.time_range()[0].microseconds if finite else 0
            period = 1e6 / source.frequency_hz()
            last = min(end, base.item_count(source)) if finite else end
            return origin, round(start * period), round(max(start, last) * period)

        def time_range() -> tuple[Time, Time]:
            origin, first, last = edges()
            shift = origin + first if zero else 0
            return Time(origin + first - shift), Time(origin + last - shift)

        def iterate() -> Iterator[np.ndarray]:
            origin, first, _ = edges()
            return _filters.packet_slice(iter(self), start, end, origin + first if zero else None)

        return self._then(iterate, time_range=time_range, finite=True)
