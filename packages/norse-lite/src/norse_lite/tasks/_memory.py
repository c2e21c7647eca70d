"""Store and recall: a bit comes, with a command to store it; later a command to recall it.

The working-memory task of Bellec et al., "Long short-term memory and learning-to-learn in networks
of spiking neurons", NeurIPS 2018, section 3, with adaptive neurons (LSNN) as the memory.
"""

import torch
from torch import Tensor, nn

from norse_lite.diagnose import fluctuation_driven_
from norse_lite.neurons.li import LI
from norse_lite.neurons.lsnn import LSNNRecurrent
from norse_lite.sequential import SequentialState
from norse_lite.tasks._networks import SURROGATE
from norse_lite.tasks._options import TrainOptions
from norse_lite.tasks._supervised import Split, Supervised
from norse_lite.tasks._task import Task

__all__ = ["sequences", "task"]

# Groups of inputs: bit 0, bit 1, "store", "recall".
_GROUPS, _NEURONS, _RATE = 4, 10, 0.3


def sequences(
    count: int, generator: torch.Generator, *, phases: int = 8, steps: int = 10
) -> tuple[Tensor, Tensor]:
    """Draw sequences of phases, in each of which one bit is shown.

    Args:
        count: How many.
        generator: Source of randomness.
        phases: Phases per sequence; "store" comes in the first half, "recall" in the second.
        steps: Time steps per phase.

    Returns:
        Active groups, `(count, T, 4)` of 0 and 1, and targets, `(count, 2)`: the stored bit and the
        number of the phase in which it is recalled.

    Example:
        >>> x, y = sequences(5, torch.Generator().manual_seed(0))
        >>> tuple(x.shape), tuple(y.shape)
        ((5, 80, 4), (5, 2))
    """
    bits = torch.randint(2, (count, phases), generator=generator)
    store = torch.randint(phases // 2, (count,), generator=generator)
    recall = torch.randint(phases // 2, phases, (count,), generator=generator)
    rows = torch.arange(count)
    groups = torch.zeros(count, phases, _GROUPS)
    groups[..., 0], groups[..., 1] = (bits == 0).float(), (bits == 1).float()
    groups[rows, store, 2] = 1
    # The answer is asked for, not shown.
    groups[rows, recall, :2] = 0
    groups[rows, recall, 3] = 1
    stored = bits[rows, store]
    return groups.repeat_interleave(steps, 1), torch.stack([stored, recall], 1)


def task(options: TrainOptions) -> Task:
    """Answer with the stored bit in the phase of the recall."""
    steps = max(1, (options.steps or 80) // 8)
    g = torch.Generator().manual_seed(options.seed)
    train = Split(*sequences(1024, g, steps=steps))
    test = Split(*sequences(512, g, steps=steps))

    def build(generator: torch.Generator) -> nn.Module:
        hidden = options.hidden or 64
        # Half of the neurons adapt with a time constant of the length of the sequence.
        jumps = torch.zeros(hidden)
        jumps[: hidden // 2] = 0.3
        model = SequentialState(
            LSNNRecurrent(
                _GROUPS * _NEURONS,
                hidden,
                tau_adapt=8e-3 * steps,
                beta=jumps,
                tau_mem=20e-3,
                surrogate=SURROGATE,
            ),
            nn.Linear(hidden, 2, bias=False),
            LI(tau_mem=10e-3),
        )
        fluctuation_driven_(model, rate=0.1, generator=generator)
        return model

    def drive(x: Tensor, generator: torch.Generator) -> Tensor:
        rates = _RATE * x.transpose(0, 1).repeat_interleave(_NEURONS, -1)
        return torch.bernoulli(rates, generator=generator)

    def answers(output: Tensor, target: Tensor) -> Tensor:
        # Mean voltage over the phase of the recall: (T, B, 2) to (B, 2).
        phases = output.unflatten(0, (-1, steps)).mean(1)
        return phases[target[:, 1], torch.arange(len(target), device=target.device)]

    return Supervised(
        "memory",
        train,
        test,
        build=build,
        drive=drive,
        readout=lambda v: v,
        loss=lambda v, y: nn.functional.cross_entropy(answers(v, y), y[:, 0]),
        score=lambda v, y: (answers(v, y).argmax(1) == y[:, 0]).double(),
        batch_size=options.batch_size or 32,
        epochs=20,
        lr=5e-3,
    )
