"""The training engine: epochs, schedule, checkpoints, early stopping, metrics."""

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.tasks._checkpoint import load_checkpoint, save_checkpoint, write_text
from norse_lite.tasks._curves import curves_svg
from norse_lite.tasks._distributed import Process, process_group
from norse_lite.tasks._options import TrainOptions
from norse_lite.tasks._registry import make_task
from norse_lite.tasks._task import Task

__all__ = ["Progress", "TrainResult", "train"]

# Called after every epoch with its line of the history.
Progress = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class TrainResult:
    """What a run gave.

    Attributes:
        task: Name of the task.
        metric: Name of the score.
        history: One line per epoch: epoch, loss, score, lr, seconds.
        best: Best score.
        best_epoch: Its epoch, counted from 1.
        stopped: Why the run ended: "epochs", "patience" or "target".
        model: The trained model, with the weights of the last epoch.
    """

    task: str
    metric: str
    history: tuple[dict[str, Any], ...]
    best: float
    best_epoch: int
    stopped: str
    model: nn.Module = field(repr=False, compare=False)

    @property
    def score(self) -> float:
        """Score after the last epoch."""
        return float(self.history[-1]["score"])


def train(
    task: str | Task, options: TrainOptions | None = None, *, progress: Progress | None = None
) -> TrainResult:
    """Train a task.

    A run that was stopped after any epoch and resumed ends with the same weights, bit for bit, as
    one that was not. In several processes (started by `torchrun`) each computes a part of every
    batch, and gradients are averaged.

    Args:
        task: Name of a task, or one of your own.
        options: How to train.
        progress: Called after every epoch with its line of the history.

    Returns:
        The history, the scores and the model.

    Raises:
        NetworkError: An unknown task, missing data, or a checkpoint of another run.

    Example:
        >>> result = train("correlation", TrainOptions(epochs=1, seed=1))
        >>> sorted(result.history[0])
        ['epoch', 'loss', 'lr', 'score', 'seconds']
    """
    options = options or TrainOptions()
    with process_group() as shard:
        chosen = make_task(task, options) if isinstance(task, str) else task
        return _Run(chosen, options, shard, progress).run()


def _moved(model: nn.Module, options: TrainOptions) -> nn.Module:
    """Bring a model to the wanted device and precision."""
    try:
        return model.to(options.device, getattr(torch, options.dtype))
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise NetworkError(
            f"train: the device {options.device!r} cannot be used here ({reason}); take cpu, or "
            "an installation of torch with that device"
        ) from error


class _Run:
    def __init__(
        self, task: Task, options: TrainOptions, shard: Process, progress: Progress | None
    ) -> None:
        self.task, self.options, self.shard, self.progress = task, options, shard, progress
        self.epochs = options.epochs or task.epochs
        self.generator = torch.Generator().manual_seed(options.seed)
        with _seeded(options.seed):
            model = task.model(torch.Generator().manual_seed(options.seed))
        self.model = _moved(model, options)
        self.lr = options.lr or task.lr
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.lr)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, self._schedule)
        shard.share(chain(self.model.parameters(), self.model.buffers()))
        self.history: list[dict[str, Any]] = []

    def _schedule(self, update: int) -> float:
        """Constant in the first half of the run, then linear to zero."""
        total = self.epochs * self.task.updates_per_epoch
        return min(1.0, 2 * max(0.0, 1 - update / total))

    @property
    def settings(self) -> dict[str, Any]:
        """What must be the same when a run is resumed."""
        o = self.options
        return {
            "task": self.task.name,
            "epochs": self.epochs,
            "seed": o.seed,
            "lr": self.lr,
            "batch_size": o.batch_size,
            "hidden": o.hidden,
            "steps": o.steps,
            "dtype": o.dtype,
        }

    def run(self) -> TrainResult:
        done = self._resume() if self.options.resume else 0
        stopped = self._stop()
        for epoch in range(done, self.epochs):
            if stopped:
                break
            self._epoch(epoch + 1)
            stopped = self._stop()
        scores = [line["score"] for line in self.history]
        best = max(range(len(scores)), key=lambda i: scores[i])
        result = TrainResult(
            self.task.name,
            self.task.metric,
            tuple(self.history),
            scores[best],
            best + 1,
            stopped or "epochs",
            self.model,
        )
        self._write(result)
        return result

    def _epoch(self, number: int) -> None:
        start = time.perf_counter()
        self.model.train()
        with _seeded(self.options.seed * 1_000_003 + number):
            loss = self.task.epoch(self.model, self._step, self.generator, self.shard)
        loss = self.shard.mean(loss)
        if not math.isfinite(loss):
            raise NetworkError(
                f"task {self.task.name}: the loss is {loss} in epoch {number}; lower lr "
                f"(now {self.lr:g}), or run doctor(model, batch)"
            )
        self.shard.share(self.model.buffers())
        self.model.eval()
        line = {
            "epoch": number,
            "loss": loss,
            "score": self.task.evaluate(self.model),
            "lr": self.scheduler.get_last_lr()[0],
            "seconds": round(time.perf_counter() - start, 3),
        }
        self.history.append(line)
        if self.shard.rank == 0:
            if self.options.out is not None:
                save_checkpoint(self.options.out, self._state())
            if self.progress is not None:
                self.progress(line)

    def _step(self, loss: Tensor) -> None:
        self.optimizer.zero_grad()
        loss.backward()
        self.shard.average_gradients(self.model)
        self.optimizer.step()
        self.scheduler.step()

    def _stop(self) -> str:
        if not self.history:
            return ""
        scores = [line["score"] for line in self.history]
        if self.options.target is not None and scores[-1] >= self.options.target:
            return "target"
        since = len(scores) - 1 - max(range(len(scores)), key=lambda i: scores[i])
        if self.options.patience is not None and since >= self.options.patience:
            return "patience"
        return ""

    def _state(self) -> dict[str, Any]:
        return {
            "settings": self.settings,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "generator": self.generator.get_state(),
            "history": self.history,
        }

    def _resume(self) -> int:
        assert self.options.out is not None
        state = load_checkpoint(self.options.out, self.settings)
        if state is None:
            return 0
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.generator.set_state(state["generator"])
        self.history = list(state["history"])
        return len(self.history)

    def _write(self, result: TrainResult) -> None:
        folder = self.options.out
        if folder is None or self.shard.rank != 0:
            return
        folder.mkdir(parents=True, exist_ok=True)
        metrics = {
            "task": result.task,
            "metric": result.metric,
            "best": result.best,
            "best_epoch": result.best_epoch,
            "score": result.score,
            "stopped": result.stopped,
            "parameters": sum(p.numel() for p in self.model.parameters()),
            "options": {
                k: None if v is None else _plain(v) for k, v in asdict(self.options).items()
            },
            "torch": torch.__version__,
            "history": result.history,
        }
        write_text(folder / "metrics.json", json.dumps(metrics, indent=1) + "\n")
        series = [
            ("loss", [line["loss"] for line in self.history]),
            (result.metric, [line["score"] for line in self.history]),
        ]
        title = f"{result.task}, seed {self.options.seed}: {result.metric} {result.score:.3g}"
        write_text(folder / "curves.svg", curves_svg(title, series))


def _plain(value: Any) -> Any:
    return value if isinstance(value, (bool, int, float, str)) else str(value)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let modules that draw from torch's global source (as Dropout) depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
