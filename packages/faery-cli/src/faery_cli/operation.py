"""The running side of a stage: takes items one by one, gives items, remembers what it must."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faery_cli.shape import Shape

if TYPE_CHECKING:
    import numpy as np

    from neuro_kernels import Events

__all__ = ["Frame", "Operation", "Packet", "PerPacket"]


@dataclass(frozen=True, eq=False)
class Packet:
    """Some events, in stream order.

    Args:
        events: they may be none.
        begin_us: of a regular stream, first microsecond covered; else None.
        end_us: of a regular stream, first microsecond no longer covered; else None.
    """

    events: "Events"
    begin_us: int | None = None
    end_us: int | None = None


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture.

    Args:
        t_us: the moment it shows, in microseconds.
        index: uint8 (height, width) indices into the palette of the stream's shape.
        events: how many events came since the frame before.
        picture: a number that frames with the same indices share, if it may come again.
    """

    t_us: int
    index: "np.ndarray"
    events: int = 0
    picture: int | None = None


class Operation:
    """What a stage does with a stream; one object serves one run.

    The result never depends on how the events were cut into packets.

    Attributes:
        shape: of what it gives.
        learns: it must see the whole stream once before it can give anything.
        learned: what it learned then; another operation of the same stage and values can use it.
        done: set when nothing that comes later can change the output any more.
    """

    def __init__(self, shape: Shape, *, learns: bool = False) -> None:
        self.shape = shape
        self.learns = learns
        self.learned: Any = None
        self.done = False

    def learn(self, items: Iterable[Any]) -> None:
        """Look at the whole stream (only if `learns`)."""

    def feed(self, item: Any) -> Iterable[Any]:
        """Take one item; give those that are ready."""
        raise TypeError(f"{type(self).__name__} does not say what it does with an item")

    def finish(self) -> Iterable[Any]:
        """Give what is left when the stream ends."""
        return ()

    def notes(self) -> Iterable[str]:
        """Give remarks about the run when it is over, one clause each."""
        return ()


class PerPacket(Operation):
    """An operation on each packet's events by themselves; regular streams stay regular.

    Args:
        shape: of what it gives.
        function: events to events.
    """

    def __init__(self, shape: Shape, function: "Callable[[Events], Events]") -> None:
        super().__init__(shape)
        self._function = function

    def feed(self, item: Packet) -> Iterator[Packet]:
        """Give one packet for each."""
        yield Packet(self._function(item.events), item.begin_us, item.end_us)
