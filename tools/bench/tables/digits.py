"""What the task `digits` reaches, and how long that takes."""

import time
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count

import torch

from bench.harness import Candidate, Case
from norse_lite.tasks import TrainOptions, train

TITLE = "Digits"
TEXT = """
`python -m norse_lite train digits` with its defaults on one thread: scikit-learn's digits (8 x 8),
1347 to learn from and 450 to test on, 15 epochs, four seeds. Told are the worst of the four after
the first and after the last epoch, and the time of all four together, data and test included, the
import not.
"""
VERSIONS = ("norse-lite", "neuro-kernels", "torch", "scikit-learn")

SEEDS = (0, 1, 2, 3)


def cases(quick: bool) -> Sequence[Case]:
    """Accuracy after the first and the last epoch, and the time of both."""
    torch.set_num_threads(1)
    seeds = SEEDS[:1] if quick else SEEDS
    epochs = 1 if quick else 15

    @cache
    def scores(round_: int) -> tuple[float, float, float]:
        begin = time.perf_counter()
        runs = [train("digits", TrainOptions(seed=seed, epochs=epochs)) for seed in seeds]
        seconds = time.perf_counter() - begin
        first = min(run.history[0]["score"] for run in runs)
        return 100 * first, 100 * min(run.score for run in runs), seconds

    what = (
        ("accuracy after 1 epoch", "%"),
        (f"accuracy after {epochs} epochs", "%"),
        (f"training, {len(seeds)} seeds", "s"),
    )
    return [_case(title, quantity, scores, k) for k, (title, quantity) in enumerate(what)]


def _case(
    title: str, quantity: str, scores: Callable[[int], tuple[float, float, float]], kept: int
) -> Case:
    # The n-th run of each case is the same training; the first of them is not timed.
    rounds = count()
    ours = Candidate("norse-lite", lambda: scores(next(rounds))[kept], _some, ours=True)
    return Case(title, [ours], gauge=_number, quantity=quantity)


def _some(result: object) -> str | None:
    return None if isinstance(result, float) and result > 0 else "nothing was learned"


def _number(run: Callable[[], object]) -> float:
    value = run()
    assert isinstance(value, float)
    return value
