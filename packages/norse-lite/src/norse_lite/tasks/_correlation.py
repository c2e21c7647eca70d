"""Correlated inputs: all spike at the same rate, one group together; which one is it?

Only the times tell: every neuron of every group has the same rate, but those of one group copy a
hidden common source (the correlated inputs of Song, Miller and Abbott 2000, as a classification).
"""

import torch
from torch import Tensor

from norse_lite import decode
from norse_lite.tasks._networks import feed_forward
from norse_lite.tasks._options import TrainOptions
from norse_lite.tasks._supervised import Split, Supervised
from norse_lite.tasks._task import Task

__all__ = ["correlated_spikes", "task"]

_GROUPS, _SIZE, _RATE, _COPY = 4, 10, 0.08, 0.7


def correlated_spikes(classes: Tensor, steps: int, generator: torch.Generator) -> Tensor:
    """Draw spike trains in which the neurons of one group spike together.

    Args:
        classes: The group of each sample, `(B,)`.
        steps: Time steps T.
        generator: Source of randomness.

    Returns:
        Spikes, `(T, B, 40)`, all with the same probability.

    Example:
        >>> z = correlated_spikes(torch.tensor([2]), 5000, torch.Generator().manual_seed(0))
        >>> groups = z.unflatten(2, (4, 10)).sum(3)
        >>> int(groups.var(0).argmax())
        2
    """

    def draw(*shape: int) -> Tensor:
        return torch.bernoulli(torch.full((steps, *shape), _RATE), generator=generator)

    batch = len(classes)
    own, common = draw(batch, _GROUPS, _SIZE), draw(batch, 1, 1).expand(-1, -1, _GROUPS, _SIZE)
    copied = torch.rand(own.shape, generator=generator) < _COPY
    chosen = torch.arange(_GROUPS).reshape(1, 1, -1, 1) == classes.reshape(1, -1, 1, 1)
    return torch.where(copied & chosen, common, own).flatten(2)


def task(options: TrainOptions) -> Task:
    """Name the group that spikes together."""
    steps = options.steps or 40
    g = torch.Generator().manual_seed(options.seed)

    def split(count: int) -> Split:
        classes = torch.randint(_GROUPS, (count,), generator=g)
        return Split(classes.float(), classes)

    return Supervised(
        "correlation",
        split(1024),
        split(512),
        build=lambda g: feed_forward(
            _GROUPS * _SIZE, options.hidden or 128, _GROUPS, g, rate=_RATE, tau_readout=50e-3
        ),
        # The samples are the classes; their spikes are drawn anew in every epoch.
        drive=lambda x, generator: correlated_spikes(x.long(), steps, generator).to(x),
        readout=decode.mean_membrane,
        batch_size=options.batch_size or 32,
        epochs=20,
        lr=0.02,
    )
