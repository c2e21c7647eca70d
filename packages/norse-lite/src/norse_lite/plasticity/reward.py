"""Reward-modulated STDP: what spike timing proposes, a later reward decides.

    e = e - dt / tau_e e + dw_stdp
    w = w + reward e

where `dw_stdp` is the change that pair-based STDP would make (Izhikevich 2007; MSTDPET of Florian
2007, eqs. 22-24).
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.plasticity._rules import (
    STDPParameters,
    STDPState,
    Synapses,
    bounded,
    change,
    convolution,
    linear,
    synapses_of,
    traces,
)

__all__ = [
    "RewardSTDP",
    "RewardSTDPParameters",
    "RewardSTDPState",
    "reward_stdp_step_conv2d",
    "reward_stdp_step_linear",
]


@dataclass(frozen=True, kw_only=True)
class RewardSTDPParameters(STDPParameters):
    """Parameters of reward-modulated STDP: those of STDP, and the memory of the synapse.

    Attributes:
        tau_e: Time constant of the eligibility trace in seconds.
    """

    tau_e: float = 200e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.tau_e > 0:
            raise NetworkError("RewardSTDPParameters: tau_e must be a positive number of seconds")


class RewardSTDPState(NamedTuple):
    """Traces of the neurons, and the eligibility of each synapse, in the shape of the weights."""

    t_pre: Tensor
    t_post: Tensor
    eligibility: Tensor


_DEFAULT = RewardSTDPParameters()


def _step(
    z_pre: Tensor,
    z_post: Tensor,
    w: Tensor,
    reward: float | Tensor,
    state: RewardSTDPState | None,
    p: RewardSTDPParameters,
    dt: float,
    synapses: Synapses,
) -> tuple[Tensor, RewardSTDPState]:
    spikes = traces(z_pre, z_post, None if state is None else STDPState(*state[:2]), p, dt)
    before = torch.zeros_like(w) if state is None else state.eligibility
    eligibility = before * (1 - dt / p.tau_e) + change(z_pre, z_post, spikes, w, p, synapses)
    return bounded(w + reward * eligibility, p), RewardSTDPState(*spikes, eligibility)


def reward_stdp_step_linear(
    z_pre: Tensor,
    z_post: Tensor,
    w: Tensor,
    reward: float | Tensor,
    state: RewardSTDPState | None = None,
    p: RewardSTDPParameters = _DEFAULT,
    dt: float = 1e-3,
) -> tuple[Tensor, RewardSTDPState]:
    """One step of reward-modulated STDP between fully connected neurons.

    Args:
        z_pre: Spikes of the inputs, `(*batch, n_pre)`.
        z_post: Spikes of the outputs, `(*batch, n_post)`.
        w: Weights, `(n_post, n_pre)`.
        reward: Reward in this step, positive or negative; a number, or a tensor that broadcasts to
            the weights.
        state: Traces before the step; None starts at zero.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        The new weights and the traces after the step.

    Example:
        >>> p = RewardSTDPParameters(eta_plus=1.0, eta_minus=1.0)
        >>> w, silent, one = torch.tensor([[0.5]]), torch.zeros(1, 1), torch.ones(1, 1)
        >>> w, state = reward_stdp_step_linear(one, silent, w, 0.0, None, p)
        >>> w, state = reward_stdp_step_linear(silent, one, w, 0.0, state, p)
        >>> w.item()
        0.5
        >>> w, state = reward_stdp_step_linear(silent, silent, w, -1.0, state, p)
        >>> round(w.item(), 4)
        0.4805
    """
    return _step(z_pre, z_post, w, reward, state, p, dt, linear)


def reward_stdp_step_conv2d(
    z_pre: Tensor,
    z_post: Tensor,
    w: Tensor,
    reward: float | Tensor,
    state: RewardSTDPState | None = None,
    p: RewardSTDPParameters = _DEFAULT,
    dt: float = 1e-3,
    *,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
) -> tuple[Tensor, RewardSTDPState]:
    """One step of reward-modulated STDP of a convolution's kernels.

    Arguments as `reward_stdp_step_linear` and `stdp_step_conv2d`.

    Example:
        >>> import torch
        >>> z_pre, z_post = torch.ones(1, 1, 4, 4), torch.ones(1, 2, 2, 2)
        >>> w, state = reward_stdp_step_conv2d(z_pre, z_post, torch.rand(2, 1, 3, 3), 1.0)
        >>> tuple(w.shape)
        (2, 1, 3, 3)
    """
    synapses = convolution(w.shape, stride, padding, dilation, groups)
    return _step(z_pre, z_post, w, reward, state, p, dt, synapses)


class RewardSTDP(nn.Module):
    """Changes the weights of a layer by spikes and rewards.

    Args:
        layer: `nn.Linear` or `nn.Conv2d`; its `weight` is changed in place.
        p: Parameters.
        dt: Duration of a step in seconds.

    Example:
        >>> layer = nn.Linear(4, 2, bias=False)
        >>> rule = RewardSTDP(layer)
        >>> z_pre, z_post = torch.ones(10, 1, 4), torch.ones(10, 1, 2)
        >>> rewards = torch.zeros(10)
        >>> rewards[-1] = 1.0
        >>> state = rule(z_pre, z_post, rewards)
        >>> tuple(state.eligibility.shape)
        (2, 4)
    """

    def __init__(
        self, layer: nn.Module, p: RewardSTDPParameters = _DEFAULT, *, dt: float = 1e-3
    ) -> None:
        super().__init__()
        self._synapses = synapses_of(layer, "RewardSTDP")
        self._layer = (layer,)
        self.p, self.dt = p, dt

    @torch.no_grad()
    def forward(
        self,
        z_pre: Tensor,
        z_post: Tensor,
        reward: Tensor,
        state: RewardSTDPState | None = None,
    ) -> RewardSTDPState:
        """Learn from a sequence.

        Args:
            z_pre: Spikes that enter the layer, `(T, B, *shape)`.
            z_post: Spikes behind the layer, `(T, B, *shape)`.
            reward: Reward of each step, `(T,)`.
            state: Traces before the first step; None starts at zero.

        Returns:
            The traces after the last step.
        """
        if not len(z_pre) == len(z_post) == len(reward) > 0:
            raise NetworkError(
                f"RewardSTDP: spikes ({len(z_pre)} and {len(z_post)} steps) and rewards "
                f"({len(reward)}) must be of the same, positive length"
            )
        weight: Tensor = self._layer[0].weight  # type: ignore[assignment]
        for pre, post, r in zip(z_pre.unbind(0), z_post.unbind(0), reward.unbind(0), strict=True):
            w, state = _step(pre, post, weight, r, state, self.p, self.dt, self._synapses)
            weight.copy_(w)
        assert state is not None
        return state
