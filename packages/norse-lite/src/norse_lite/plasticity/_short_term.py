"""Short-term plasticity: release facilitates and depletes (Tsodyks, Pawelzik and Markram 1998).

    u' = u - dt / tau_f u + U (1 - u) z
    x' = x + dt / tau_d (1 - x) - u' x z
    y  = u' x z

with `u` the share of resources that a spike uses and `x` the share that is left. Parameters as in
Tsodyks and Wu, Scholarpedia 8(10):3153.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError

__all__ = [
    "TsodyksMarkram",
    "TsodyksMarkramParameters",
    "TsodyksMarkramState",
    "tsodyks_markram_step",
]


@dataclass(frozen=True, kw_only=True)
class TsodyksMarkramParameters:
    """Parameters of short-term plasticity; the defaults are those of a depressing synapse.

    Attributes:
        tau_f: Time constant of facilitation in seconds.
        tau_d: Time constant of recovery from depression in seconds.
        U: Increment of the release per spike.
    """

    tau_f: float = 50e-3
    tau_d: float = 750e-3
    U: float = 0.45

    def __post_init__(self) -> None:
        if not (self.tau_f > 0 and self.tau_d > 0):
            raise NetworkError(
                "TsodyksMarkramParameters: tau_f and tau_d must be positive numbers of seconds"
            )


class TsodyksMarkramState(NamedTuple):
    """Release `u` and resources `x` of each synapse."""

    u: Tensor
    x: Tensor


_DEFAULT = TsodyksMarkramParameters()


def tsodyks_markram_step(
    z: Tensor,
    state: TsodyksMarkramState | None = None,
    p: TsodyksMarkramParameters = _DEFAULT,
    dt: float = 1e-3,
) -> tuple[Tensor, TsodyksMarkramState]:
    """One step of short-term plasticity.

    Args:
        z: Spikes, `(B, *shape)`.
        state: Before the step; None starts with `u = 0`, `x = 1`.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        The transmitted amount, `(B, *shape)`, and the state after the step.

    Example:
        >>> y, state = tsodyks_markram_step(torch.ones(1, 1))
        >>> round(y.item(), 3), round(state.x.item(), 3)
        (0.45, 0.55)
    """
    if state is None:
        state = TsodyksMarkramState(torch.zeros_like(z), torch.ones_like(z))
    u = state.u - dt / p.tau_f * state.u + p.U * (1 - state.u) * z
    y = u * state.x * z
    x = state.x + dt / p.tau_d * (1 - state.x) - y
    return y, TsodyksMarkramState(u, x)


class TsodyksMarkram(nn.Module):
    """A layer of synapses with short-term plasticity, over whole sequences.

    Args:
        tau_f: Time constant of facilitation in seconds.
        tau_d: Time constant of recovery from depression in seconds.
        U: Increment of the release per spike.
        dt: Duration of a step in seconds.

    Example:
        >>> y, state = TsodyksMarkram()(torch.ones(3, 1, 1))
        >>> [round(value, 3) for value in y.flatten().tolist()]
        [0.45, 0.379, 0.14]
    """

    def __init__(
        self, *, tau_f: float = 50e-3, tau_d: float = 750e-3, U: float = 0.45, dt: float = 1e-3
    ) -> None:
        super().__init__()
        self.p, self.dt = TsodyksMarkramParameters(tau_f=tau_f, tau_d=tau_d, U=U), dt

    def forward(
        self, z: Tensor, state: TsodyksMarkramState | None = None
    ) -> tuple[Tensor, TsodyksMarkramState]:
        """Run over a sequence.

        Args:
            z: Spikes, `(T, B, *shape)`.
            state: Before the first step; None starts with `u = 0`, `x = 1`.

        Returns:
            The transmitted amounts, `(T, B, *shape)`, and the last state.
        """
        if z.ndim < 2 or not len(z):
            raise NetworkError(
                f"TsodyksMarkram: input must be (T, B, *shape), got {tuple(z.shape)}"
            )
        outputs = []
        for z_t in z.unbind(0):
            y, state = tsodyks_markram_step(z_t, state, self.p, self.dt)
            outputs.append(y)
        assert state is not None
        return torch.stack(outputs), state

    def extra_repr(self) -> str:
        """Show the parameters."""
        return f"tau_f={self.p.tau_f:g}, tau_d={self.p.tau_d:g}, U={self.p.U:g}, dt={self.dt:g}"
