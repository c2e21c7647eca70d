"""Change the times of events: shift, stretch, jitter."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from faery_cli.errors import UsageError
from faery_cli.operation import Operation, Packet
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Grid, Shape
from faery_cli.units import DURATION, INTEGER, SPEED, WINDOW

if TYPE_CHECKING:
    from neuro_kernels import Events


class Shift(Operation):
    """Adds to every time."""

    def __init__(self, shape: Shape, by_us: int) -> None:
        super().__init__(shape)
        self._by = by_us

    def feed(self, item: Packet) -> Iterator[Packet]:
        edges = (None if edge is None else edge + self._by for edge in (item.begin_us, item.end_us))
        yield Packet(item.events.replace(t=item.events.t + self._by), *edges)


@stage(
    "shift",
    "Add a time to the time of every event.",
    Parameter("by", DURATION, "what is added; may be below zero"),
    example="fae in.raw : shift 1.5s : out.raw",
)
def shift(shape: Shape, *, by: int) -> Shift:
    return Shift(shape, by)


class Stretch(Operation):
    """Multiplies the times since the first event."""

    def __init__(self, shape: Shape, factor: float) -> None:
        grid = None if shape.grid is None else Grid(shape.grid.period_us * factor)
        super().__init__(shape.but(grid=grid))
        self._factor = factor
        self._origin: int | None = None

    def _time(self, t: int) -> int:
        origin = self._origin or 0
        return origin + int((t - origin) * self._factor + 0.5)

    def feed(self, item: Packet) -> Iterator[Packet]:
        from neuro_kernels import filters

        events = item.events
        if self._origin is None:
            if item.begin_us is not None:
                self._origin = item.begin_us
            elif len(events):
                self._origin = int(events.t[0])
        origin = self._origin or 0
        t = filters.stretch_times(events.t, self._factor, origin=origin)
        edges = (None if e is None else self._time(e) for e in (item.begin_us, item.end_us))
        yield Packet(events.replace(t=t), *edges)


@stage(
    "stretch",
    "Multiply the times since the first event.",
    Parameter("factor", SPEED, "2 makes the recording twice as long"),
    aliases=("time-scale",),
    example="fae in.raw : stretch 10 : slow.raw",
)
def stretch(shape: Shape, *, factor: float) -> Stretch:
    return Stretch(shape, factor)


class Jitter(Operation):
    """Moves every time at random and puts the events in order again.

    An event is held back until no later one can come before it, for streams in order of time.
    """

    def __init__(self, shape: Shape, most_us: int, seed: int) -> None:
        super().__init__(shape.but(grid=None))
        self._most, self._seed = most_us, seed
        self._number = 0
        self._held: list[Events] = []

    def feed(self, item: Packet) -> Iterator[Packet]:
        import numpy as np

        from neuro_kernels import filters

        events = item.events
        if not len(events):
            return
        moved = filters.jitter_times(events.t, self._most, first=self._number, seed=self._seed)
        self._number += len(events)
        safe = int(events.t[-1]) - self._most
        self._held.append(events.replace(t=moved))
        held = self._sorted()
        stop = int(np.searchsorted(held.t, safe))
        self._held = [held[stop:]]
        yield Packet(held[:stop])

    def finish(self) -> Iterator[Packet]:
        if self._held:
            yield Packet(self._sorted())
            self._held = []

    def _sorted(self) -> "Events":
        from neuro_kernels import Events

        return Events.concatenate(self._held).in_order()


@stage(
    "jitter",
    "Move the time of every event at random.",
    Parameter("most", WINDOW, "largest distance, earlier or later"),
    Parameter("seed", INTEGER, "other seeds give other numbers", 0, named=True),
    details="The numbers depend on the event's place in the stream alone. Events come out in order "
    "of their new times; the stream must be in order of time.",
    example="fae in.raw : jitter 100us : out.raw",
)
def jitter(shape: Shape, *, most: int, seed: int) -> Jitter:
    if not 0 <= most < 2**31:
        raise UsageError("jitter: expected a time that is not negative, and at most 35 minutes")
    return Jitter(shape, most, seed)
