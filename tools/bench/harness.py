"""Taking turns: every candidate runs once per round, after its result was found right."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# One measurement lasts at least this long, so that the clock and the caller do not count.
SHORTEST_S = 0.005


class BenchError(Exception):
    """A benchmark that would measure wrong output."""


@dataclass(frozen=True)
class Candidate:
    """One way to do the work.

    Attributes:
        name: what the table calls it, for example "norse 1.1.0".
        run: does the work once and returns its result.
        check: given the result, returns None if it is right, or what is wrong with it.
        remark: what a reader must know beside the number, "" if nothing.
        ours: whether the others are compared with this one.
        before: called before each run, outside the clock; None for nothing.
    """

    name: str
    run: Callable[[], object]
    check: Callable[[object], str | None]
    remark: str = ""
    ours: bool = False
    before: Callable[[], object] | None = None


@dataclass(frozen=True)
class Case:
    """One block of a table: the same work done by several candidates.

    Attributes:
        title: what is done, with its size.
        candidates: who does it; exactly one of them is ours.
        work: amount of work in one run, in `unit`; 0 for none.
        unit: unit of `work`, for example "Mev" (the table then shows Mev/s).
        gauge: measures something else than time: given what to run, returns a number.
        quantity: what `gauge` gives, with its unit, for the head of the table.
    """

    title: str
    candidates: Sequence[Candidate]
    work: float = 0.0
    unit: str = ""
    gauge: Callable[[Callable[[], object]], float] | None = None
    quantity: str = "ms"


@dataclass(frozen=True)
class Measurement:
    """What one candidate took.

    Attributes:
        name: name of the candidate.
        seconds: duration of one run, or what the case's gauge gave, one entry per round; empty if
            it was refused.
        refused: why it was not timed, or None.
        remark: remark of the candidate.
        ours: whether it is ours.
    """

    name: str
    seconds: tuple[float, ...]
    refused: str | None = None
    remark: str = ""
    ours: bool = False

    @property
    def median(self) -> float:
        """Median duration in seconds."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """Distance between the quartiles, as a fraction of the median."""
        if len(self.seconds) < 4:
            return (max(self.seconds) - min(self.seconds)) / self.median
        low, _, high = statistics.quantiles(self.seconds, n=4)
        return (high - low) / self.median


@dataclass(frozen=True)
class Outcome:
    """A case with its measurements, and the quantity that they are if not time."""

    title: str
    work: float
    unit: str
    measurements: Sequence[Measurement] = field(default_factory=tuple)
    quantity: str = "ms"

    @property
    def ours(self) -> Measurement:
        """The measurement that the others are compared with."""
        return next(one for one in self.measurements if one.ours)


def measure(case: Case, *, rounds: int) -> Outcome:
    """Check every candidate's result, then let those that are right take turns.

    Args:
        case: the work and who does it.
        rounds: number of measurements of each candidate.

    Returns:
        One measurement per candidate, in the order of the case.

    Raises:
        BenchError: if not exactly one candidate is ours, or if our own result is wrong.

    Example:
        >>> right = lambda result: None if result == 6 else "not six"
        >>> case = Case("2 x 3", [Candidate("ours", lambda: 2 * 3, right, ours=True),
        ...                       Candidate("peer", lambda: 2 + 3, right)])
        >>> [one.refused for one in measure(case, rounds=1).measurements]
        [None, 'not six']
    """
    if sum(one.ours for one in case.candidates) != 1:
        raise BenchError(f"{case.title}: exactly one candidate must be ours.")
    wrong = {one.name: _judge(case, one) for one in case.candidates}
    running = [one for one in case.candidates if wrong[one.name] is None]
    repeats = {one.name: _repeats(one) for one in running} if case.gauge is None else {}
    seconds: dict[str, list[float]] = {one.name: [] for one in running}
    for round_ in range(rounds):
        # Each round begins with another candidate, so that nobody always follows the same one.
        turn = round_ % len(running)
        for one in running[turn:] + running[:turn]:
            value = _gauge(case.gauge, one) if case.gauge else _time(one, repeats[one.name])
            seconds[one.name].append(value)
    measurements = [
        Measurement(
            one.name, tuple(seconds.get(one.name, ())), wrong[one.name], one.remark, one.ours
        )
        for one in case.candidates
    ]
    return Outcome(case.title, case.work, case.unit, tuple(measurements), case.quantity)


def _judge(case: Case, candidate: Candidate) -> str | None:
    try:
        _prepare(candidate)
        reason = candidate.check(candidate.run())
    except Exception as error:  # a peer may fail in any way; that is its result
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:120]
    gc.collect()
    if reason is not None and candidate.ours:
        raise BenchError(f"{case.title}: our own result is wrong: {reason}.")
    return reason


def _repeats(candidate: Candidate) -> int:
    repeats = 1
    while _time(candidate, repeats) * repeats < SHORTEST_S:
        repeats *= 2
    return repeats


def _prepare(candidate: Candidate) -> None:
    if candidate.before is not None:
        candidate.before()


def _gauge(gauge: Callable[[Callable[[], object]], float], candidate: Candidate) -> float:
    _prepare(candidate)
    return gauge(candidate.run)


def _time(candidate: Candidate, repeats: int) -> float:
    elapsed = 0.0
    gc.disable()
    try:
        for _ in range(repeats):
            _prepare(candidate)
            start = time.perf_counter()
            _ = candidate.run()
            elapsed += time.perf_counter() - start
    finally:
        gc.enable()
    return elapsed / repeats
