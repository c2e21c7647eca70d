"""What the training engine asks of a task."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

__all__ = ["Shard", "Task"]


@dataclass(frozen=True)
class Shard:
    """The part of each batch that one of several processes computes."""

    rank: int = 0
    world: int = 1

    def of(self, batch: Tensor, axis: int = 0) -> Tensor:
        """Return this process's part of a batch; parts differ in size by one at most."""
        return batch.tensor_split(self.world, axis)[self.rank]

    def weight(self, total: int) -> float:
        """Factor of the mean over a part, so that the mean over processes is that of the batch."""
        parts = torch.arange(total).tensor_split(self.world)
        return len(parts[self.rank]) * self.world / total


class Task(ABC):
    """A model to build, an epoch to run and a score to reach.

    Attributes:
        name: As on the command line.
        metric: Name of the score, of which more is better.
        epochs: Default number of epochs.
        lr: Default learning rate.
        updates_per_epoch: Calls of `step` in an epoch, for the learning rate's schedule.
    """

    name: str
    metric: str = "accuracy"
    epochs: int = 15
    lr: float = 5e-3
    updates_per_epoch: int = 1

    @abstractmethod
    def model(self, generator: torch.Generator) -> nn.Module:
        """Build the model with its initial weights."""

    @abstractmethod
    def epoch(
        self,
        model: nn.Module,
        step: Callable[[Tensor], None],
        generator: torch.Generator,
        shard: Shard,
    ) -> float:
        """Train for one epoch: call `step` with the loss of each batch; return the mean loss."""

    @abstractmethod
    def evaluate(self, model: nn.Module) -> float:
        """Return the score on data that are not trained on."""
