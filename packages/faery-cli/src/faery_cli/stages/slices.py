"""Keep a part of the stream by number: events or packets."""

from collections.abc import Iterator

from faery_cli.errors import UsageError
from faery_cli.operation import Operation, Packet
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import COUNT


def _check(name: str, start: int | None, end: int | None) -> tuple[int, int | None]:
    start = 0 if start is None else start
    if end is not None and end < start:
        raise UsageError(f"{name}: expected start <= end, got {start}:{end}")
    return start, end


class EventSlice(Operation):
    """Keeps the events number start to end - 1."""

    def __init__(self, shape: Shape, start: int, end: int | None) -> None:
        super().__init__(shape.but(finite=shape.finite or end is not None))
        self._start, self._end = start, end
        self._seen = 0
        self.done = end is not None and end <= start

    def feed(self, item: Packet) -> Iterator[Packet]:
        n = len(item.events)
        first = min(n, max(0, self._start - self._seen))
        last = n if self._end is None else min(n, max(0, self._end - self._seen))
        self._seen += n
        self.done = self._end is not None and self._seen >= self._end
        yield Packet(item.events[first : max(first, last)], item.begin_us, item.end_us)


class PacketSlice(Operation):
    """Keeps the packets number start to end - 1 of a regular stream."""

    def __init__(self, shape: Shape, start: int, end: int | None) -> None:
        if shape.grid is None:
            raise UsageError(
                "packet-slice: packets have a meaning only after regularize; put it before"
            )
        super().__init__(shape.but(finite=shape.finite or end is not None))
        self._start, self._end = start, end
        self._seen = 0
        self.done = end is not None and end <= start

    def feed(self, item: Packet) -> Iterator[Packet]:
        k, self._seen = self._seen, self._seen + 1
        self.done = self._end is not None and self._seen >= self._end
        if k >= self._start and (self._end is None or k < self._end):
            yield item


@stage(
    "event-slice",
    "Keep a part of the stream by the number of the event.",
    Parameter("start", COUNT, "number of the first event kept, from 0", None, span=True),
    Parameter("end", COUNT, "number of the first event no longer kept", None),
    example="fae in.raw : event-slice 10:20 : out.raw",
)
def event_slice(shape: Shape, *, start: int | None, end: int | None) -> EventSlice:
    return EventSlice(shape, *_check("event-slice", start, end))


@stage(
    "packet-slice",
    "Keep a part of a regular stream by the number of the packet.",
    Parameter("start", COUNT, "number of the first packet kept, from 0", None, span=True),
    Parameter("end", COUNT, "number of the first packet no longer kept", None),
    example="fae in.raw : regularize 100Hz : packet-slice 1:4 : out.raw",
)
def packet_slice(shape: Shape, *, start: int | None, end: int | None) -> PacketSlice:
    return PacketSlice(shape, *_check("packet-slice", start, end))
