"""Tasks with inputs and targets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.tasks._task import Shard, Task

__all__ = ["Source", "Split", "Supervised", "model_device", "model_dtype"]


class Source(Protocol):
    """Samples that can be read by their numbers."""

    def __len__(self) -> int: ...

    def read(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Return inputs, batch first, and targets."""
        ...


@dataclass(frozen=True)
class Split:
    """Samples in memory: inputs `(n, ...)` and targets `(n, ...)`."""

    inputs: Tensor
    targets: Tensor

    def __len__(self) -> int:
        return len(self.inputs)

    def read(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Return inputs and targets."""
        return self.inputs[numbers], self.targets[numbers]


def model_dtype(model: nn.Module) -> torch.dtype:
    """Precision of a model's weights."""
    return next(model.parameters()).dtype


def model_device(model: nn.Module) -> torch.device:
    """Device of a model's weights."""
    return next(model.parameters()).device


def _classes(output: Tensor, target: Tensor) -> Tensor:
    return (output.argmax(-1) == target).double()


class Supervised(Task):
    """A task with a training and a test split.

    Args:
        name: Name of the task.
        train: Samples to train on.
        test: Samples to score on.
        build: Makes the model from a generator.
        drive: Turns inputs `(B, ...)` into what the model reads, `(T, B, ...)`, with a generator.
        readout: Turns the model's output `(T, B, ...)` into what loss and score compare.
        loss: Mean loss of readout and targets.
        score: Score of each sample from readout and targets.
        batch_size: Samples per update.
        epochs: Default number of epochs.
        lr: Default learning rate.

    Example:
        >>> from norse_lite import LI, LIF, SequentialState, decode
        >>> data = Split(torch.eye(4).repeat(8, 1), torch.arange(4).repeat(8))
        >>> task = Supervised(
        ...     "four",
        ...     data,
        ...     data,
        ...     build=lambda g: SequentialState(nn.Linear(4, 16), LIF(), nn.Linear(16, 4), LI()),
        ...     drive=lambda x, g: x.expand(20, *x.shape),
        ...     readout=decode.mean_membrane,
        ... )
        >>> 0 <= task.evaluate(task.model(torch.Generator())) <= 1
        True
    """

    def __init__(
        self,
        name: str,
        train: Source,
        test: Source,
        *,
        build: Callable[[torch.Generator], nn.Module],
        drive: Callable[[Tensor, torch.Generator], Tensor],
        readout: Callable[[Tensor], Tensor],
        loss: Callable[[Tensor, Tensor], Tensor] = nn.functional.cross_entropy,
        score: Callable[[Tensor, Tensor], Tensor] = _classes,
        batch_size: int = 32,
        epochs: int = 15,
        lr: float = 5e-3,
    ) -> None:
        if not len(train) or not len(test):
            raise NetworkError(f"task {name}: {len(train)} training and {len(test)} test samples")
        self.name = name
        self.train, self.test = train, test
        self._build, self._drive, self._readout = build, drive, readout
        self._loss, self._score = loss, score
        self.batch_size = min(batch_size, len(train))
        self.epochs, self.lr = epochs, lr
        self.updates_per_epoch = -(-len(train) // self.batch_size)

    def model(self, generator: torch.Generator) -> nn.Module:
        """Build the model with its initial weights."""
        return self._build(generator)

    def _inputs(self, x: Tensor, model: nn.Module, generator: torch.Generator) -> Tensor:
        driven = self._drive(x.to(model_dtype(model)), generator)
        return driven.to(model_device(model), model_dtype(model))

    def _output(self, model: nn.Module, driven: Tensor) -> Tensor:
        y: Any = model(driven)
        return self._readout(y[0] if isinstance(y, tuple) else y)

    def epoch(
        self,
        model: nn.Module,
        step: Callable[[Tensor], None],
        generator: torch.Generator,
        shard: Shard,
    ) -> float:
        """Train on all samples once, in a drawn order."""
        total = 0.0
        order = torch.randperm(len(self.train), generator=generator)
        for numbers in order.split(self.batch_size):
            x, y = self.train.read(numbers)
            # Every process draws the spikes of the whole batch and keeps its part, so that their
            # number does not change what is learned.
            driven = shard.of(self._inputs(x, model, generator), 1)
            y = shard.of(y).to(driven.device)
            weight = shard.weight(len(numbers))
            if len(y):
                loss = self._loss(self._output(model, driven), y) * weight
            else:
                # All processes must take part in every step.
                loss = torch.stack([0 * p.sum() for p in model.parameters()]).sum()
            step(loss)
            total += float(loss.detach()) * len(numbers)
        return total / len(self.train)

    @torch.no_grad()
    def evaluate(self, model: nn.Module) -> float:
        """Return the mean score of the test samples, whose spikes are the same in every call."""
        generator = torch.Generator().manual_seed(20_011)
        total = 0.0
        for numbers in torch.arange(len(self.test)).split(max(self.batch_size, 256)):
            x, y = self.test.read(numbers)
            output = self._output(model, self._inputs(x, model, generator))
            total += float(self._score(output, y.to(output.device)).sum())
        return total / len(self.test)
