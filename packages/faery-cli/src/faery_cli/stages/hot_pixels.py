"""Remove pixels that fire much more than their neighbours."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from faery_cli.errors import UsageError
from faery_cli.operation import Operation, Packet
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import DURATION, NUMBER

if TYPE_CHECKING:
    from neuro_kernels import Events


class HotPixels(Operation):
    """Counts over the whole stream first, or over its beginning, then removes."""

    def __init__(self, shape: Shape, ratio: float, learn_us: int | None) -> None:
        if ratio <= 0:
            raise UsageError(f"hot-pixels: expected a ratio above zero, got {ratio:g}")
        if learn_us is None and not shape.finite:
            raise UsageError(
                "hot-pixels: an endless stream cannot be counted to its end; say for how long to "
                "count, for example --learn 2s"
            )
        from neuro_kernels import filters

        super().__init__(shape, learns=learn_us is None)
        self.learned = filters.HotPixels(shape.size, ratio)
        self._learn_us = learn_us
        self._end_us: int | None = None
        self._held: list[Packet] = []
        self._counted = learn_us is None

    def learn(self, items: Iterable[Packet]) -> None:
        for item in items:
            self.learned.count(item.events)

    def feed(self, item: Packet) -> Iterator[Packet]:
        if not self._counted:
            self._held.append(item)
            self._count(item.events)
            if self._counted:
                yield from self._release()
            return
        yield self._apply(item)

    def finish(self) -> Iterator[Packet]:
        yield from self._release()

    def _count(self, events: "Events") -> None:
        assert self._learn_us is not None
        if not len(events):
            return
        if self._end_us is None:
            self._end_us = int(events.t[0]) + self._learn_us
        late = events.t >= self._end_us
        if late.any():
            self.learned.count(events[: int(late.argmax())])
            self._counted = True
        else:
            self.learned.count(events)

    def _release(self) -> Iterator[Packet]:
        held, self._held = self._held, []
        for item in held:
            yield self._apply(item)

    def _apply(self, item: Packet) -> Packet:
        return Packet(self.learned.apply(item.events), item.begin_us, item.end_us)


@stage(
    "hot-pixels",
    "Remove pixels that fire much more than their four neighbours.",
    Parameter("ratio", NUMBER, "how many times the largest neighbour's count is too much", 3.0),
    Parameter(
        "learn",
        DURATION,
        "count over this long a beginning only (needed for endless streams)",
        None,
        named=True,
    ),
    details="A pixel stays where count + 1 < ratio * (largest count of its four neighbours + 1), "
    "over the whole recording: a file is read twice.",
    example="fae in.raw : hot-pixels 3 : out.raw",
)
def hot_pixels(shape: Shape, *, ratio: float, learn: int | None) -> HotPixels:
    return HotPixels(shape, ratio, learn)
