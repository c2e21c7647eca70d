"""Data-parallel training in the processes that `torchrun` starts."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from norse_lite.tasks._task import Shard

__all__ = ["Process", "process_group"]


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

    def share(self, tensors: Iterable[torch.Tensor]) -> None:
        """Give all processes the first one's values."""
        if self.world > 1:
            for tensor in tensors:
                torch.distributed.broadcast(tensor.detach(), 0)

    def average_gradients(self, model: nn.Module) -> None:
        """Replace the gradients of a model by their mean over all processes.

        This stands behind `backward`, not inside of it as in DistributedDataParallel: what gloo's
        threads work on during `backward` holds Python objects, and a process that ends before they
        have let go of them is aborted (torch 2.13).
        """
        if self.world == 1:
            return
        learned = [one for one in model.parameters() if one.requires_grad]
        for one in learned:
            if one.grad is None:
                one.grad = torch.zeros_like(one)
        gradients = [one.grad for one in learned if one.grad is not None]
        flat = torch.cat([one.flatten() for one in gradients])
        torch.distributed.all_reduce(flat)
        flat /= self.world
        for one, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
            one.copy_(mean.view_as(one))


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
