"""Add the events of another source."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from faery_cli.errors import UsageError
from faery_cli.operation import Operation, Packet
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import DURATION, Kind

if TYPE_CHECKING:
    from neuro_kernels import Events

SOURCE = Kind("source", "SOURCE", lambda value: value, str, hint="object")


class Merge(Operation):
    """Merges two streams that are in order of time; of equal times the first stream's come first.

    Events of the first stream are held back until the second one is read up to their time.
    """

    def __init__(self, shape: Shape, source: Any, shift_us: int) -> None:
        from faery_cli.sources import make_source
        from faery_cli.stream import Stream

        stream = source if isinstance(source, Stream) else Stream(make_source(source))
        if not stream.source.again:
            raise UsageError("merge: expected a file or an address that can be read again")
        other = stream.shape
        if other.content != "events":
            raise UsageError("merge: the other stream gives frames")
        if not other.finite and shape.finite:
            raise UsageError("merge: the other stream never ends; add a duration to it")
        size = tuple(max(pair) for pair in zip(shape.size, other.size, strict=True))
        super().__init__(shape.but(size=size, grid=None))
        self._stream = stream
        self._stack = ExitStack()
        self._items: Iterator[Any] | None = None
        self._shift = shift_us
        self._held: Events | None = None  # of the other stream, from `_held` on not given yet

    def _other(self, until: int | None) -> "list[Events]":
        """Give the other stream's events before `until`, all for None."""
        import numpy as np

        taken: list[Events] = []
        if self._items is None:
            self._items = iter(self._stack.enter_context(self._stream.run()))
        while True:
            if self._held is None or not len(self._held):
                item = next(self._items, None)
                if item is None:
                    self._held = None
                    self._stack.close()
                    return taken
                e = item.events
                t = e.t + self._shift if self._shift else None
                self._held = e.replace(t=t, size=self.shape.size)
                continue
            held = self._held
            stop = len(held) if until is None else int(np.searchsorted(held.t, until))
            taken.append(held[:stop])
            self._held = held[stop:]
            if stop < len(held):
                return taken

    def feed(self, item: Packet) -> Iterator[Packet]:
        from neuro_kernels import Events

        e = item.events
        if not len(e):
            return
        own = e.replace(size=self.shape.size)
        # Equal times at the packet's end wait: more of the first stream may follow.
        both = Events.concatenate([own, *self._other(int(own.t[-1]))])
        if len(both) == len(own):
            yield Packet(own)
            return
        yield Packet(both.in_order())

    def finish(self) -> Iterator[Packet]:
        for events in self._other(None):
            if len(events):
                yield Packet(events)


@stage(
    "merge",
    "Add the events of another source, by their times.",
    Parameter("source", SOURCE, "a file, an address, or in Python a stream"),
    Parameter("shift", DURATION, "added to the other's times", 0, named=True),
    details="Both must be in order of time. The picture is as large as the larger one.",
    example="fae in.raw : merge 'synth:noise?duration=1s&size=320x240' : out.raw",
)
def merge(shape: Shape, *, source: Any, shift: int) -> Merge:
    return Merge(shape, source, shift)
