"""Balance a pole on a cart: a spiking policy learned from reward alone.

The physics is that of Barto, Sutton and Anderson 1983 (appendix) in Euler steps of 20 ms, the rule
REINFORCE with a baseline (Williams 1992). Many carts run side by side.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from norse_lite.neurons.li import LI
from norse_lite.neurons.lif import LIF
from norse_lite.sequential import SequentialState
from norse_lite.tasks._networks import SURROGATE
from norse_lite.tasks._options import TrainOptions
from norse_lite.tasks._supervised import model_device, model_dtype
from norse_lite.tasks._task import Shard, Task

__all__ = ["CartPole", "CartPoleTask", "task"]

LIMIT = 200


@dataclass
class CartPole:
    """A batch of carts: position, velocity, angle and angular velocity, `(B, 4)`.

    A cart has fallen when it is more than 2.4 m off or its pole more than 12 degrees.

    Attributes:
        state: `(B, 4)` in m, m/s, rad, rad/s, float64.
        fallen: `(B,)`, bool.

    Example:
        >>> carts = CartPole.start(3, torch.Generator().manual_seed(0))
        >>> for _ in range(60):
        ...     carts.step(torch.ones(3, dtype=torch.bool))  # always push to the right
        >>> carts.fallen.tolist()
        [True, True, True]
    """

    state: Tensor
    fallen: Tensor

    # Mass of cart and pole in kg, half the pole's length in m, push in N, step in s.
    CART, POLE, HALF, PUSH, DT, GRAVITY = 1.0, 0.1, 0.5, 10.0, 0.02, 9.8

    @classmethod
    def start(cls, count: int, generator: torch.Generator) -> "CartPole":
        """Return carts near the upright rest, uniformly within 0.05 in each variable."""
        state = 0.1 * torch.rand(count, 4, generator=generator, dtype=torch.float64) - 0.05
        return cls(state, torch.zeros(count, dtype=torch.bool))

    def step(self, right: Tensor) -> None:
        """Push each cart to the right (True) or left; those that have fallen stay."""
        x, v, angle, spin = self.state.unbind(1)
        force = torch.where(right, self.PUSH, -self.PUSH)
        total = self.CART + self.POLE
        sin, cos = torch.sin(angle), torch.cos(angle)
        pushed = (force + self.POLE * self.HALF * spin**2 * sin) / total
        turn = (self.GRAVITY * sin - cos * pushed) / (
            self.HALF * (4 / 3 - self.POLE * cos**2 / total)
        )
        speed = pushed - self.POLE * self.HALF * turn * cos / total
        moved = torch.stack(
            [x + self.DT * v, v + self.DT * speed, angle + self.DT * spin, spin + self.DT * turn], 1
        )
        self.state = torch.where(self.fallen.unsqueeze(1), self.state, moved)
        self.fallen = (
            self.fallen | (self.state[:, 0].abs() > 2.4) | (self.state[:, 2].abs() > 0.20944)
        )


def _observed(state: Tensor) -> Tensor:
    """Return positive and negative parts of the scaled state, as inputs are currents: `(B, 8)`."""
    scaled = state / torch.tensor([2.4, 2.0, 0.21, 2.0], dtype=state.dtype)
    return torch.cat([scaled.clamp(min=0), (-scaled).clamp(min=0)], 1)


class CartPoleTask(Task):
    """The task; an epoch is a number of updates, each from a batch of episodes.

    Args:
        hidden: Spiking neurons.
        steps: Network steps per push.
        batch: Carts per update.
    """

    name = "cartpole"
    metric = "mean_steps"
    epochs = 12
    lr = 0.01
    updates_per_epoch = 5

    def __init__(self, hidden: int = 64, steps: int = 8, batch: int = 48) -> None:
        self.hidden, self.steps, self.batch = hidden, steps, batch

    def model(self, generator: torch.Generator) -> nn.Module:
        """Return a network of LIF neurons between the state and the two pushes."""
        model = SequentialState(
            nn.Linear(8, self.hidden),
            LIF(surrogate=SURROGATE),
            nn.Linear(self.hidden, 2, bias=False),
            LI(tau_mem=5e-3),
        )
        with torch.no_grad():
            # Inputs are mostly small: the bias keeps neurons near the threshold.
            first = model[0]
            first.weight.copy_(torch.randn(first.weight.shape, generator=generator))  # type: ignore[union-attr]
            first.bias.uniform_(0.0, 0.4, generator=generator)  # type: ignore[union-attr]
        return model

    def _scores(self, model: nn.Module, carts: CartPole) -> Tensor:
        x = _observed(carts.state).to(model_device(model), model_dtype(model))
        v, _ = model(x.expand(self.steps, *x.shape))
        return v[-1]

    def epoch(
        self,
        model: nn.Module,
        step: Callable[[Tensor], None],
        generator: torch.Generator,
        shard: Shard,
    ) -> float:
        """Run episodes to their ends and learn from how long they lasted."""
        total = 0.0
        for _ in range(self.updates_per_epoch):
            carts = CartPole.start(self.batch, generator)
            seen, pushes, alive = [], [], []
            with torch.no_grad():
                while len(seen) < LIMIT and not bool(carts.fallen.all()):
                    chance = torch.softmax(self._scores(model, carts).double().cpu(), 1)[:, 1]
                    right = torch.rand(self.batch, generator=generator) < chance
                    seen.append(_observed(carts.state))
                    pushes.append(right)
                    alive.append(~carts.fallen)
                    carts.step(right)
            x, right, mask = torch.stack(seen), torch.stack(pushes), torch.stack(alive).double()
            returns = mask.flip(0).cumsum(0).flip(0)
            baseline = (returns * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True).clamp(
                min=1
            )
            advantage = (returns - baseline) * mask
            advantage = advantage / (advantage.square().sum() / mask.sum()).sqrt().clamp(min=1e-8)
            loss = self._loss(model, x, right, advantage, float(mask.sum()), shard)
            step(loss)
            total += float(loss.detach())
        return total / self.updates_per_epoch

    def _loss(
        self,
        model: nn.Module,
        x: Tensor,
        right: Tensor,
        advantage: Tensor,
        count: float,
        shard: Shard,
    ) -> Tensor:
        # All decisions are one batch: the network starts anew at each.
        x, right, advantage = (shard.of(value.flatten(0, 1)) for value in (x, right, advantage))
        driven = x.to(model_device(model), model_dtype(model))
        v, _ = model(driven.expand(self.steps, *driven.shape))
        chosen = nn.functional.cross_entropy(v[-1], right.long().to(v.device), reduction="none")
        return (chosen * advantage.to(chosen)).sum() / count * shard.world

    @torch.no_grad()
    def evaluate(self, model: nn.Module) -> float:
        """Return how many steps the pole stays up on average, at most 200, with the best push."""
        carts = CartPole.start(64, torch.Generator().manual_seed(20_011))
        lasted = torch.zeros(64)
        for _ in range(LIMIT):
            carts.step((self._scores(model, carts).argmax(1) == 1).cpu())
            lasted += (~carts.fallen).float()
            if bool(carts.fallen.all()):
                break
        return float(lasted.mean())


def task(options: TrainOptions) -> Task:
    """Balance a pole."""
    return CartPoleTask(options.hidden or 64, options.steps or 8, options.batch_size or 48)
