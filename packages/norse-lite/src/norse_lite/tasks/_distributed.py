"""Data-parallel training in the processes that `torchrun` starts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from norse_lite.tasks._task import Shard

__all__ = ["Process", "process_group", "wrapped"]


@dataclass(frozen=True)
class Process(Shard):
    """One of the processes of a run."""

    def mean(self, value: float) -> float:
        """Mean of a number over all processes."""
        if self.world == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64)
        torch.distributed.all_reduce(total)
        return float(total) / self.world


@contextmanager
def process_group() -> Iterator[Process]:
    """Join the group that `torchrun` describes in the environment; alone without one.

    A group that was joined before is used, and left to whoever joined it.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Process()
        return
    if torch.distributed.is_initialized():
        yield Process(torch.distributed.get_rank(), world)
        return
    # gloo works on every machine, and what is averaged here is small.
    torch.distributed.init_process_group("gloo")
    try:
        yield Process(torch.distributed.get_rank(), world)
    finally:
        torch.distributed.destroy_process_group()


def wrapped(model: nn.Module, process: Process) -> nn.Module:
    """Return the model as the processes train it together."""
    if process.world == 1:
        return model
    return nn.parallel.DistributedDataParallel(model)
