"""Remove lines that a saturated arbiter reads out as a whole."""

from collections.abc import Iterator
from typing import Any

from faery_cli.errors import UsageError
from faery_cli.operation import Operation, Packet
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import RATIO, Choice


class Lines(Operation):
    """Holds a run of events back until it ends; packets of a regular stream stay whole."""

    def __init__(self, shape: Shape, ratio: float, lines: Any) -> None:
        from neuro_kernels import filters

        super().__init__(shape)
        self._filter = filters.SaturatedLines(shape.size, ratio, lines=lines)

    def feed(self, item: Packet) -> Iterator[Packet]:
        from neuro_kernels import Events

        events = self._filter.feed(item.events)
        if item.begin_us is not None:
            events = Events.concatenate([events, self._filter.finish()])
        yield Packet(events, item.begin_us, item.end_us)

    def finish(self) -> Iterator[Packet]:
        rest = self._filter.finish()
        if len(rest):
            yield Packet(rest)


@stage(
    "lines",
    "Remove runs of events that fill too much of a row or column (saturated arbiter).",
    Parameter("ratio", RATIO, "largest part of a line's pixels that is kept", 0.5),
    Parameter("orientation", Choice("orientation", ("row", "column")), "which lines", "row"),
    aliases=("arbiter-lines", "filter-arbiter-saturation-lines"),
    details="A run is a stretch of events with the same row in the order in which they come. After "
    "regularize a run ends with its packet.",
    example="fae in.raw : lines 0.5 : out.raw",
)
def lines(shape: Shape, *, ratio: float, orientation: str) -> Lines:
    if ratio <= 0:
        raise UsageError("lines: expected a ratio above zero")
    return Lines(shape, ratio, orientation)
