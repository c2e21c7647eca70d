"""Adaptive exponential neurons with a refractory time as functions."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.compat.norse.torch.functional._refractory import hold
from norse_lite.compat.norse.torch.functional.lif_adex import (
    LIFAdExFeedForwardState as LIFAdExFeedForwardState,
)
from norse_lite.compat.norse.torch.functional.lif_adex import (
    LIFAdExParameters,
    lif_adex_feed_forward_step,
    lif_adex_step,
)
from norse_lite.compat.norse.torch.functional.lif_adex import LIFAdExState as LIFAdExState
from norse_lite.compat.norse.torch.functional.threshold import threshold as threshold

__all__ = [
    "LIFAdExRefracFeedForwardState",
    "LIFAdExRefracParameters",
    "LIFAdExRefracState",
    "compute_refractory_update",
    "lif_adex_refrac_feed_forward_step",
    "lif_adex_refrac_step",
]


@state_tuple
class LIFAdExRefracParameters(NamedTuple):
    """Parameters `lif_adex` of the neuron, and the steps of its refractory time."""

    lif_adex: Any = LIFAdExParameters()
    rho_reset: Any = torch.as_tensor(5.0)


@state_tuple
class LIFAdExRefracState(NamedTuple):
    """State `lif_adex` of the recurrent neuron and remaining refractory steps `rho`."""

    lif_adex: Any
    rho: Any


@state_tuple
class LIFAdExRefracFeedForwardState(NamedTuple):
    """State `lif_adex` of the neuron and remaining refractory steps `rho`."""

    lif_adex: Any
    rho: Any


DEFAULT = LIFAdExRefracParameters()


def compute_refractory_update(
    state: Any, z_new: Tensor, v_new: Tensor, p: LIFAdExRefracParameters = DEFAULT
) -> tuple[Tensor, Tensor, Tensor]:
    """Hold neurons in their refractory time: no spike and no change of voltage.

    Args:
        state: State before the step.
        z_new: Spikes of the step.
        v_new: Voltage after the step.
        p: Parameters.

    Returns:
        Voltage, spikes and remaining refractory steps.
    """
    return hold(state.lif_adex, state.rho, z_new, v_new, p.lif_adex, p.rho_reset)


def lif_adex_refrac_step(
    input_tensor: Tensor,
    state: LIFAdExRefracState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFAdExRefracParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFAdExRefracState]:
    """Run one recurrent step; arguments as `lif_adex_step`, the state with `rho`."""
    z, after = lif_adex_step(
        input_tensor, state.lif_adex, input_weights, recurrent_weights, p.lif_adex, dt
    )
    v, z, rho = compute_refractory_update(state, z, after.v, p)
    return z, LIFAdExRefracState(after._replace(z=z, v=v), rho)


def lif_adex_refrac_feed_forward_step(
    input_tensor: Tensor,
    state: LIFAdExRefracFeedForwardState,
    p: LIFAdExRefracParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFAdExRefracFeedForwardState]:
    """Run one step; arguments as `lif_adex_feed_forward_step`, the state with `rho`."""
    z, after = lif_adex_feed_forward_step(input_tensor, state.lif_adex, p.lif_adex, dt)
    v, z, rho = compute_refractory_update(state, z, after.v, p)
    return z, LIFAdExRefracFeedForwardState(after._replace(v=v), rho)
