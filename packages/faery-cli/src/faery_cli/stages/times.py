"""Change the times of events: shift, stretch, jitter."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from faery_cli.errors import UsageError
from faery_cli.operation import Operation, Packet
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Grid, Shape
from faery_cli.stages._order import in_order
from faery_cli.units import DURATION, INTEGER, SPEED, WINDOW

if TYPE_CHECKING:
    import numpy as np

    from neuro_kernels import Events


def _at(events: "Events", t: "np.ndarray") -> "Events":
    from neuro_kernels import Events

    return Events(t, events.x, events.y, events.p, size=events.size, t0=events.t0)


class Shift(Operation):
    """Adds to every time."""

    def __init__(self, shape: Shape, by_us: int) -> None:
        super().__init__(shape)
        self._by = by_us

    def feed(self, item: Packet) -> Iterator[Packet]:
        edges = (None if edge is None else edge + self._by for edge in (item.begin_us, item.end_us))
        yield Packet(_at(item.events, item.events.t + self._by), *edges)


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
        import numpy as np

        events = item.events
        if self._origin is None:
            if item.begin_us is not None:
                self._origin = item.begin_us
            elif len(events):
                self._origin = int(events.t[0])
        origin = self._origin or 0
        t = origin + np.floor((events.t - origin) * self._factor + 0.5).astype(np.int64)
        edges = (None if e is None else self._time(e) for e in (item.begin_us, item.end_us))
        yield Packet(_at(events, t), *edges)


@stage(
    "stretch",
    "Multiply the times since the first event.",
    Parameter("factor", SPEED, "2 makes the recording twice as long"),
    aliases=("time-scale",),
    example="fae in.raw : stretch 10 : slow.raw",
)
def stretch(shape: Shape, *, factor: float) -> Stretch:
    return Stretch(shape, factor)


# Constants of SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014): a good random number for each
# number of an event, hence the same ones however the events were cut into packets.
_GAMMA, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def random_of(numbers: "np.ndarray", seed: int) -> "np.ndarray":
    """Give a random uint64 for each number, the same for the same number and seed.

    Example:
        >>> import numpy as np
        >>> a, b = random_of(np.arange(2), seed=1), random_of(np.arange(1, 2), seed=1)
        >>> bool(a[1] == b[0])
        True
    """
    import numpy as np

    with np.errstate(over="ignore"):
        z = (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(_GAMMA)
        z += np.uint64(seed * _GAMMA % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(_MIX_1)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(_MIX_2)
        return z ^ (z >> np.uint64(31))


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

        events = item.events
        if not len(events):
            return
        numbers = np.arange(self._number, self._number + len(events))
        self._number += len(events)
        span = np.uint64(2 * self._most + 1)
        moved = (random_of(numbers, self._seed) % span).astype(np.int64) - self._most
        safe = int(events.t[-1]) - self._most
        self._held.append(_at(events, events.t + moved))
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

        return in_order(Events.concatenate(self._held))


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
    if most < 0:
        raise UsageError("jitter: expected a time that is not negative")
    return Jitter(shape, most, seed)
