"""Cut the stream into packets of one duration."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from faery_cli.operation import Operation, Packet
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Grid, Shape
from faery_cli.units import DURATION, RATE

if TYPE_CHECKING:
    from neuro_kernels import Events


class Regularize(Operation):
    """Gives packet k when an event at or after its end arrives, empty packets included.

    Packet k covers [start + round(k period), start + round((k + 1) period)). An event that comes
    late (its time lies before the current packet) stays in the current packet.
    """

    def __init__(self, shape: Shape, grid: Grid, start_us: int | None) -> None:
        super().__init__(shape.but(grid=grid))
        self._grid = grid
        self._start = start_us
        self._k = 0
        self._held: list[Events] = []
        self._entered = False  # an event at or after the start has come

    def feed(self, item: Packet) -> Iterator[Packet]:
        import numpy as np

        events = item.events
        if not len(events):
            return
        at = 0
        if self._start is None:
            self._start = int(events.t[0])
            self._entered = True
        if not self._entered:
            late_enough = events.t >= self._start
            if not late_enough.any():
                return
            at = int(late_enough.argmax())
            self._entered = True
        # The running maximum is sorted, hence can be searched, and moves no event ahead.
        t = events.t if events.is_sorted else np.maximum.accumulate(events.t)
        while at < len(events):
            end = self._grid.edge(self._start, self._k + 1)
            stop = int(np.searchsorted(t, end))
            if stop > at:
                self._held.append(events[at:stop])
                at = stop
            if at < len(events):
                yield self._close(events)

    def finish(self) -> Iterator[Packet]:
        if self._held:
            yield self._close(self._held[-1])

    def _close(self, like: "Events") -> Packet:
        from neuro_kernels import Events

        assert self._start is not None
        events = Events.concatenate(self._held) if self._held else like[:0]
        begin, end = (self._grid.edge(self._start, self._k + i) for i in (0, 1))
        self._held = []
        self._k += 1
        return Packet(events, begin, end)


@stage(
    "regularize",
    "Cut the stream into packets of one duration, empty ones included.",
    Parameter("rate", RATE, "packets per second"),
    Parameter(
        "start",
        DURATION,
        "first moment of packet 0 (the first event's time if absent)",
        None,
        named=True,
    ),
    example="fae in.raw : regularize 60Hz : render : out.gif",
)
def regularize(shape: Shape, *, rate: float, start: int | None) -> Regularize:
    return Regularize(shape, Grid(1e6 / rate), start)
