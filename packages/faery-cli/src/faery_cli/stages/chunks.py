"""Cut the stream into packets of one number of events."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from faery_cli.errors import UsageError
from faery_cli.operation import Operation, Packet
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import COUNT

if TYPE_CHECKING:
    from neuro_kernels import Events


class Chunks(Operation):
    """Gives packets of `length` events; the last may be shorter."""

    def __init__(self, shape: Shape, length: int) -> None:
        super().__init__(shape.but(grid=None))
        self._length = length
        self._held: list[Events] = []
        self._count = 0

    def feed(self, item: Packet) -> Iterator[Packet]:
        events = item.events
        at = 0
        while self._count + len(events) - at >= self._length:
            stop = at + self._length - self._count
            self._held.append(events[at:stop])
            yield from self.finish()
            at = stop
        if at < len(events):
            self._held.append(events[at:])
            self._count += len(events) - at

    def finish(self) -> Iterator[Packet]:
        from neuro_kernels import Events

        held, self._held, self._count = self._held, [], 0
        if held:
            yield Packet(Events.concatenate(held))


@stage(
    "chunks",
    "Cut the stream into packets of one number of events.",
    Parameter("length", COUNT, "events in a packet"),
    details="The last packet may be shorter. A regular stream becomes irregular.",
    example="fae in.raw : chunks 5000 : udp:localhost:3333",
)
def chunks(shape: Shape, *, length: int) -> Chunks:
    if length < 1:
        raise UsageError(f"chunks: expected at least one event in a packet, got {length}")
    return Chunks(shape, length)
