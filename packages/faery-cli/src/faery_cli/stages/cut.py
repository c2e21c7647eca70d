"""Keep a part of the time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from faery_cli.errors import UsageError
from faery_cli.operation import Operation, Packet
from faery_cli.registry import FLAG, Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import DURATION, show_duration

if TYPE_CHECKING:
    from neuro_kernels import Events

# After so many events in a row past the end, nothing is awaited from a recording any more; a single
# damaged time does not end it.
PATIENCE = 65536


class TimeSlice(Operation):
    """Keeps begin <= t - origin < end; `origin` is the first event's time, or 0.

    An endless stream ends at the first event past the end.
    """

    def __init__(
        self, shape: Shape, begin: int | None, end: int | None, *, relative: bool, zero: bool
    ) -> None:
        if begin is not None and end is not None and begin >= end:
            spans = f"{show_duration(begin)} to {show_duration(end)}"
            raise UsageError(f"cut: the end must come after the start, got {spans}")
        super().__init__(shape.but(finite=shape.finite or end is not None))
        self._begin, self._end, self._zero = begin, end, zero
        self._origin = None if relative else 0
        self._patience = PATIENCE if shape.finite else 1
        self._late = 0  # length of the run of events past the end that the stream closes with

    def feed(self, item: Packet) -> Iterator[Packet]:
        events = item.events
        if self._origin is None and len(events):
            self._origin = int(events.t[0])
        origin = self._origin or 0
        begin = None if self._begin is None else origin + self._begin
        end = None if self._end is None else origin + self._end
        if len(events) and end is not None:
            events = self._until(events, end)
        if begin is not None:
            events = self._from(events, begin)
        if self._zero and len(events):
            from neuro_kernels import Events

            start = origin if begin is None else begin
            t0 = None if events.t0 is None else events.t0 + start
            events = Events(events.t - start, events.x, events.y, events.p, size=events.size, t0=t0)
        if item.begin_us is None or item.end_us is None:
            yield Packet(events)
            return
        shift = (origin if begin is None else begin) if self._zero else 0
        whole = (begin is None or item.begin_us >= begin) and (end is None or item.end_us <= end)
        if whole or len(events):
            yield Packet(events, item.begin_us - shift, item.end_us - shift)

    @staticmethod
    def _from(events: "Events", begin: int) -> "Events":
        if events.is_sorted:
            return events[int(events.t.searchsorted(begin)) :]
        early = events.t < begin
        return events[~early] if early.any() else events

    def _until(self, events: "Events", end: int) -> "Events":
        if not events.is_sorted:
            return self._until_each(events, end)
        kept = int(events.t.searchsorted(end))
        self._late = len(events) - kept + (0 if kept else self._late)
        self.done = self._late >= self._patience
        return events[:kept]

    def _until_each(self, events: "Events", end: int) -> "Events":
        import numpy as np

        late = events.t >= end
        early = np.flatnonzero(~late)
        n = len(late)
        # Runs of late events lie between the early ones; the first goes on from the last packet.
        edges = np.concatenate([[-1 - self._late], early, [n]])
        complete = np.flatnonzero(np.diff(edges) > self._patience)
        if len(complete):
            self.done = True
            late[max(0, int(edges[complete[0]]) + self._patience) :] = True
        self._late = n - 1 - int(edges[-2])
        return events[~late] if n != len(early) else events


PARAMETERS = (
    Parameter("start", DURATION, "first moment kept (the beginning if empty)", None, span=True),
    Parameter("end", DURATION, "first moment no longer kept", None),
    Parameter("zero", FLAG, "let the part kept begin at time 0", False),
)


@stage(
    "cut",
    "Keep a part of the time, counted from the first event.",
    *PARAMETERS,
    example="fae in.raw : cut 250ms:500ms : out.raw",
)
def cut(shape: Shape, *, start: int | None, end: int | None, zero: bool) -> TimeSlice:
    return TimeSlice(shape, start, end, relative=True, zero=zero)


@stage(
    "time-slice",
    "Keep a part of the time, by the recording's own clock.",
    *PARAMETERS,
    example="fae in.raw : time-slice 16.77s:16.771s : out.raw",
)
def time_slice(shape: Shape, *, start: int | None, end: int | None, zero: bool) -> TimeSlice:
    return TimeSlice(shape, start, end, relative=False, zero=zero)
