"""Give the events in the time in which they happened."""

import time
from collections.abc import Iterator

from faery_cli.operation import Operation, Packet
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import SPEED

STEP_S = 1e-3  # what lies this close together is given at once


class Pace(Operation):
    """Waits until the moment of each event has come; a delay is made up for."""

    def __init__(self, shape: Shape, speed: float) -> None:
        super().__init__(shape)
        self._us_per_s = speed * 1e6
        self._step_us = max(1, round(STEP_S * self._us_per_s))
        self._origin: tuple[int, float] | None = None

    def feed(self, item: Packet) -> Iterator[Packet]:
        import numpy as np

        events = item.events
        if not len(events):
            yield item
            return
        if self._origin is None:
            self._origin = (int(events.t[0]), time.monotonic())
        begin_us, begin_s = self._origin
        steps = (events.t - begin_us) // self._step_us
        edges = np.flatnonzero(np.diff(steps)) + 1
        if item.end_us is not None:  # a packet of a regular stream stays whole
            edges = edges[:0]
        for first, last in zip([0, *edges], [*edges, len(events)], strict=True):
            due = begin_s + (int(events.t[first]) - begin_us) / self._us_per_s
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            yield Packet(events[int(first) : int(last)], item.begin_us, item.end_us)


@stage(
    "pace",
    "Give the events in the time in which they happened.",
    Parameter("speed", SPEED, "seconds of events per second", 1.0),
    details="For playing and sending recordings as if they came from a camera.",
    example="fae in.raw : pace 0.5 : udp:localhost:3333",
)
def pace(shape: Shape, *, speed: float) -> Pace:
    return Pace(shape, speed)
