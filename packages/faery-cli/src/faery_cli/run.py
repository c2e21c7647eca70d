"""Running a chain: builds the operations, lets them learn, drives the items through."""

import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

from faery_cli.errors import UsageError
from faery_cli.operation import Operation, Packet
from faery_cli.registry import FLAG, Stage
from faery_cli.shape import Shape
from faery_cli.sources import Source, shape_of

__all__ = ["Call", "Run", "StageReport", "plan"]


@dataclass(frozen=True)
class Call:
    """A stage with its values.

    Args:
        stage: the entry of the registry.
        values: a value for each of its parameters.
        word: index of the stage's word in the command line, where there is one.
    """

    stage: Stage
    values: dict[str, Any]
    word: int | None = None

    def text(self) -> str:
        """Write it as on the command line, values that are not the default by name."""
        words = [self.stage.name]
        for parameter in self.stage.parameters:
            value = self.values[parameter.name]
            if parameter.kind is FLAG:
                words += [parameter.option] if value else []
            elif value != parameter.default:
                text = parameter.kind.show(value)
                words += [parameter.option, shlex.quote(text)]
        return " ".join(words)


@dataclass
class StageReport:
    """What came out of one step of a chain.

    Attributes:
        name: of the stage, or of the source.
        events_out: events (of frames: the events they show) given on.
        items_out: packets or frames given on.
        seconds: time spent in it and in the steps before it.
    """

    name: str
    events_out: int = 0
    items_out: int = 0
    seconds: float = 0.0


def _events_of(item: Any) -> int:
    return len(item.events) if isinstance(item, Packet) else item.events


def plan(shape: Shape, calls: Sequence[Call]) -> list[Operation]:
    """Build the operations of a chain.

    Args:
        shape: of the source.
        calls: the stages in order.

    Raises:
        UsageError: a stage that cannot follow what comes before, or wrong values; it points at the
            stage's word.
    """
    operations = []
    for call in calls:
        if call.stage.takes != shape.content:
            hint = (
                "put render before it" if call.stage.takes == "frames" else "put it before render"
            )
            raise UsageError(
                f"{call.stage.name}: works on {call.stage.takes}, but {shape.content} come here; "
                f"{hint}",
                word=call.word,
            )
        try:
            operation = call.stage.build(shape, **call.values)
        except UsageError as error:
            if error.word is None:
                error.word = call.word
            raise
        operations.append(operation)
        shape = operation.shape
    return operations


class Run:
    """One run of a chain over its source; iterate it once.

    Args:
        source: where the events come from.
        calls: the stages in order.

    Attributes:
        opened: the source.
        input_shape: what the source gives.
        shape: what the chain gives.
        reports: of the source and each stage, complete when the run is.
        watch: called with the run after each item, or None.
    """

    def __init__(self, source: Source, calls: Sequence[Call]) -> None:
        self.watch: Callable[[Run], None] | None = None
        self._calls = list(calls)
        self._stack = ExitStack()
        self.opened = self._stack.enter_context(source.open())
        try:
            self.input_shape = shape_of(source, self.opened.size)
            self._operations = plan(self.input_shape, self._calls)
        except BaseException:
            self._stack.close()
            raise
        self._source = source
        self.shape = self._operations[-1].shape if self._operations else self.input_shape
        self.reports = [StageReport(source.name), *(StageReport(c.stage.name) for c in calls)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def problems(self) -> str:
        """What in the source was damaged, in one clause; empty if nothing was."""
        return self.opened.problems()

    def done(self) -> float | None:
        """Give the part of the source that was read, 0 to 1; None where nobody knows."""
        return self.opened.done()

    def notes(self) -> tuple[str, ...]:
        """Give the remarks of the stages, one clause each, when the run is over."""
        pairs = zip(self._calls, self._operations, strict=True)
        return tuple(f"{c.stage.name}: {note}" for c, o in pairs for note in o.notes())

    def __iter__(self) -> Iterator[Any]:
        items: Iterable[Packet] = self.opened
        learners = [k for k, operation in enumerate(self._operations) if operation.learns]
        if learners and not self._source.again:
            # A pipe cannot be read twice: its events stay in memory.
            items = list(items)
        for k in learners:
            self._teach(k, items)
        for item in self._through(self._operations, items, self.reports):
            yield item
            if self.watch is not None:
                self.watch(self)

    def _teach(self, k: int, items: Iterable[Packet]) -> None:
        """Let operation `k` see what comes out of those before it."""
        with ExitStack() as stack:
            if self._source.again:
                items = stack.enter_context(self._source.open())
            before = plan(self.input_shape, self._calls[:k])
            for fresh, taught in zip(before, self._operations, strict=False):
                fresh.learned = taught.learned
            reports = [StageReport(r.name) for r in self.reports]
            self._operations[k].learn(self._through(before, items, reports))

    def _through(
        self, operations: Sequence[Operation], items: Iterable[Any], reports: Sequence[StageReport]
    ) -> Iterator[Any]:
        stream = _timed(iter(items), reports[0])
        for operation, report in zip(operations, reports[1:], strict=False):
            stream = _timed(_step(operation, stream), report)
        return stream


def _step(operation: Operation, items: Iterator[Any]) -> Iterator[Any]:
    if not operation.done:
        for item in items:
            yield from operation.feed(item)
            if operation.done:
                break
    yield from operation.finish()


def _timed(items: Iterator[Any], report: StageReport) -> Iterator[Any]:
    while True:
        begin = time.perf_counter()
        item = next(items, None)
        report.seconds += time.perf_counter() - begin
        if item is None:
            return
        report.events_out += _events_of(item)
        report.items_out += 1
        yield item
