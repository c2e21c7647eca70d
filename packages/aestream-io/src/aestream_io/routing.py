"""From one source to any number of sinks, as fast as it goes or in the time of the events."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from aestream_io._errors import OutputError
from aestream_io.sinks._registry import open_sink
from aestream_io.sinks.base import Sink, SinkReport
from aestream_io.sources._registry import open_source
from aestream_io.sources.adapted import as_source
from aestream_io.sources.base import Source, StreamStats
from neuro_kernels import EventError, Events

__all__ = ["Clock", "RouteReport", "paced", "route"]

PACE_STEP_S = 1e-3  # wall time of what is handed on at once when paced


@dataclass(frozen=True, kw_only=True)
class RouteReport:
    """What went from a source to its sinks.

    Attributes:
        events: events that went to every sink.
        packets: pieces they went in.
        elapsed_s: seconds it took.
        source: the source's own counts, losses included.
        sinks: one report per sink, in the order given.
        interrupted: whether Ctrl-C ended it.
    """

    events: int
    packets: int
    elapsed_s: float
    source: StreamStats
    sinks: tuple[SinkReport, ...]
    interrupted: bool = False


class Clock(Protocol):
    """Time and waiting, in seconds; the module `time` is one."""

    def monotonic(self) -> float:
        """Seconds since any fixed moment."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...


def route(
    source: Any,
    *sinks: Any,
    pace: float | None = None,
    max_events: int | None = None,
    duration_us: int | None = None,
    finish_on_interrupt: bool = False,
    clock: Clock = time,
) -> RouteReport:
    """Send a stream of events to sinks.

    Each packet goes to the sinks one after the other, so the slowest sets the speed: a file or a
    generator waits for it, a network source buffers and then loses packets, which its counts tell.
    When anything fails, files not yet complete are removed; only what a live source gave until
    then is kept.

    Args:
        source: an address (see `aestream_io.open`), a `Source`, `Events`, or an iterable of them.
            A source opened here is closed here.
        sinks: addresses (see `aestream_io.sinks.open_sink`), `Sink` objects, or functions of
            `Events`; at least one.
        pace: None for as fast as possible; else event time per wall time: 1 is real time, 2 twice
            as fast.
        max_events: end after this many events.
        duration_us: end after this much event time.
        finish_on_interrupt: let Ctrl-C end the stream like any other end; without it the sinks are
            completed and KeyboardInterrupt goes on to the caller.
        clock: where pacing takes time from.

    Returns:
        The counts of all who took part.

    Raises:
        UriError: an address that means nothing.
        OutputError: a sink that cannot be opened or written to.
        EventError: a source that cannot be opened or read, or an option out of range.

    Example:
        >>> report = route("synth:noise?rate=1e6&duration=10ms", "null:")
        >>> report.events, report.sinks[0].events
        (10000, 10000)
    """
    _check(sinks, pace, max_events, duration_us)
    with contextlib.ExitStack() as stack:
        if isinstance(source, str | os.PathLike):
            source = stack.enter_context(open_source(source))
        source = as_source(source)
        outputs = _Outputs([], source.live)
        stack.push(outputs.settle)
        for sink in sinks:
            outputs.add(open_sink(sink))
        outputs.start(source)
        packets: Iterator[Events] = iter(source)
        if max_events is not None or duration_us is not None:
            packets = _limited(packets, max_events, duration_us)
        if pace is not None:
            packets = paced(packets, pace, clock)
        begin_s = time.perf_counter()
        interrupted = False
        try:
            for events in packets:
                outputs.write(events)
        except KeyboardInterrupt:
            if not finish_on_interrupt:
                raise
            interrupted = True
        reports = outputs.finish()
        return RouteReport(
            events=outputs.events,
            packets=outputs.packets,
            elapsed_s=time.perf_counter() - begin_s,
            source=source.stats,
            sinks=reports,
            interrupted=interrupted,
        )


def _check(
    sinks: Sequence[Any], pace: float | None, max_events: int | None, duration_us: int | None
) -> None:
    if not sinks:
        raise EventError("route: expected at least one sink, got none; 'null:' only counts")
    if pace is not None and not 0 < pace < float("inf"):
        raise EventError(f"route: pace: expected a factor above 0 (1 is real time), got {pace}")
    for name, value in (("max_events", max_events), ("duration_us", duration_us)):
        if value is not None and value < 0:
            raise EventError(f"route: {name}: expected at least 0, got {value}")


class _Outputs:
    """The sinks of one run, settled together: all completed, or all given up."""

    def __init__(self, sinks: list[Sink], live: bool) -> None:
        self._open = sinks
        self._live = live
        self._failed = False
        self.events = 0
        self.packets = 0

    def add(self, sink: Sink) -> None:
        self._open.append(sink)

    def start(self, source: Source) -> None:
        for sink in self._open:
            self._guard(sink, lambda sink=sink: sink.start(source.size, source.t0), "")

    def write(self, events: Events) -> None:
        for sink in self._open:
            self._guard(sink, lambda sink=sink: sink.write(events))
        self.events += len(events)
        self.packets += 1

    def finish(self) -> tuple[SinkReport, ...]:
        reports = []
        while self._open:
            sink = self._open[0]
            reports.append(self._guard(sink, sink.finish))
            self._open.pop(0)
        return tuple(reports)

    def _guard(
        self, sink: Sink, action: Callable[[], Any], left: str = "; the output is not complete"
    ) -> Any:
        try:
            return action()
        except BrokenPipeError:
            self._failed = True
            raise
        except (OutputError, OSError, EventError) as error:
            self._failed = True
            if isinstance(error, OutputError):
                raise
            text = str(error)
            named = text if sink.name in text else f"{sink.name}: {text}"
            raise OutputError(f"{named}{left}") from error
        except BaseException as error:
            # An interrupt in the middle of a write leaves the sink whole: what it took counts.
            self._failed = not isinstance(error, KeyboardInterrupt)
            raise

    def settle(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        """Complete what may be kept, give up the rest; called on the way out, whatever happened."""
        keep = (
            not self._failed
            and kind is not None
            and (self._live or issubclass(kind, KeyboardInterrupt))
        )
        if keep:
            with contextlib.suppress(OSError, EventError):
                self.finish()
        for sink in self._open:
            sink.abort()


def _limited(
    packets: Iterator[Events], max_events: int | None, duration_us: int | None
) -> Iterator[Events]:
    left = max_events
    end: int | None = None
    if left == 0:
        return
    for events in packets:
        if duration_us is not None:
            if end is None:
                end = int(events.t[0]) + duration_us
            beyond = events.t >= end
            if beyond.any():
                first = int(np.argmax(beyond))
                if first:
                    yield events[:first] if left is None else events[: min(first, left)]
                return
        if left is not None:
            events = events[:left]
            left -= len(events)
        yield events
        if left == 0:
            return


def paced(packets: Iterator[Events], pace: float, clock: Clock) -> Iterator[Events]:
    """Hold events back until their time has come, in pieces of a millisecond."""
    origin_us: int | None = None
    origin_s = 0.0
    step_us = max(1, round(PACE_STEP_S * 1e6 * pace))
    for packet in packets:
        if origin_us is None:
            origin_us, origin_s = int(packet.t[0]), clock.monotonic()
        # Piece k holds event time [k, k + 1) steps and leaves when the first of them is due.
        steps = (packet.t - origin_us) // step_us
        cuts = np.flatnonzero(steps[1:] != steps[:-1]) + 1
        for first, last in zip([0, *cuts], [*cuts, len(packet)], strict=True):
            due_s = origin_s + (int(packet.t[first]) - origin_us) / (pace * 1e6)
            wait_s = due_s - clock.monotonic()
            if wait_s > 0:
                clock.sleep(wait_s)
            yield packet[first:last]
