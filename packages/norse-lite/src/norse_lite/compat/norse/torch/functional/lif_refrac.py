"""Leaky integrate-and-fire neurons with a refractory time as functions."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.compat.norse.torch.functional._refractory import hold
from norse_lite.compat.norse.torch.functional.lif import LIFFeedForwardState as LIFFeedForwardState
from norse_lite.compat.norse.torch.functional.lif import (
    LIFParameters,
    lif_feed_forward_step,
    lif_step,
)
from norse_lite.compat.norse.torch.functional.lif import LIFState as LIFState
from norse_lite.compat.norse.torch.functional.lif import lif_step_sparse as lif_step_sparse
from norse_lite.compat.norse.torch.functional.threshold import threshold as threshold

__all__ = [
    "LIFRefracFeedForwardState",
    "LIFRefracParameters",
    "LIFRefracState",
    "compute_refractory_update",
    "lif_refrac_feed_forward_step",
    "lif_refrac_step",
    "lif_refrac_step_sparse",
]


@state_tuple
class LIFRefracParameters(NamedTuple):
    """Parameters `lif` of the neuron, and the steps of its refractory time."""

    lif: Any = LIFParameters()
    rho_reset: Any = torch.as_tensor(5.0)


@state_tuple
class LIFRefracState(NamedTuple):
    """State `lif` of the recurrent neuron and remaining refractory steps `rho`."""

    lif: Any
    rho: Any


@state_tuple
class LIFRefracFeedForwardState(NamedTuple):
    """State `lif` of the neuron and remaining refractory steps `rho`."""

    lif: Any
    rho: Any


DEFAULT = LIFRefracParameters()


def compute_refractory_update(
    state: Any, z_new: Tensor, v_new: Tensor, p: LIFRefracParameters = DEFAULT
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
    return hold(state.lif, state.rho, z_new, v_new, p.lif, p.rho_reset)


def lif_refrac_step(
    input_tensor: Tensor,
    state: LIFRefracState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFRefracParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFRefracState]:
    """Run one recurrent step; arguments as `lif_step`, the state with `rho`."""
    z, after = lif_step(input_tensor, state.lif, input_weights, recurrent_weights, p.lif, dt)
    v, z, rho = compute_refractory_update(state, z, after.v, p)
    return z, LIFRefracState(after._replace(z=z, v=v), rho)


def lif_refrac_feed_forward_step(
    input_tensor: Tensor,
    state: LIFRefracFeedForwardState,
    p: LIFRefracParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFRefracFeedForwardState]:
    """Run one step; arguments as `lif_feed_forward_step`, the state with `rho`."""
    z, after = lif_feed_forward_step(input_tensor, state.lif, p.lif, dt)
    v, z, rho = compute_refractory_update(state, z, after.v, p)
    return z, LIFRefracFeedForwardState(after._replace(v=v), rho)


def lif_refrac_step_sparse(
    input_tensor: Tensor,
    state: LIFRefracState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFRefracParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFRefracState]:
    """Run `lif_refrac_step` on sparse spikes; the spikes returned are sparse, too."""
    z = state.lif.z.to_dense() if state.lif.z.is_sparse else state.lif.z
    x = input_tensor.to_dense() if input_tensor.is_sparse else input_tensor
    state = state._replace(lif=state.lif._replace(z=z))
    z, after = lif_refrac_step(x, state, input_weights, recurrent_weights, p, dt)
    return z.to_sparse(), after._replace(lif=after.lif._replace(z=z.to_sparse()))
