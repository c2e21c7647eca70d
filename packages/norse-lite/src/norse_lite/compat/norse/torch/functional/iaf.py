"""Integrate-and-fire neurons without a leak as functions."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._bridge import rules_of, step, weighted
from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.compat.norse.torch.functional.threshold import threshold as threshold
from norse_lite.neurons.iaf import IAF_NEURON, IAFCoefficients

__all__ = ["IAFFeedForwardState", "IAFParameters", "IAFState", "iaf_feed_forward_step", "iaf_step"]


@state_tuple
class IAFParameters(NamedTuple):
    """Parameters of the integrate-and-fire neuron."""

    v_th: Any = torch.as_tensor(1.0)
    v_reset: Any = torch.as_tensor(0.0)
    method: Any = "super"
    alpha: Any = torch.as_tensor(100.0)


@state_tuple
class IAFState(NamedTuple):
    """Spikes `z` and voltage `v`."""

    z: Any
    v: Any


@state_tuple
class IAFFeedForwardState(NamedTuple):
    """Voltage `v`."""

    v: Any


DEFAULT = IAFParameters()


def coefficients(p: Any, dt: float) -> IAFCoefficients:
    """Return the coefficients of a step."""
    return IAFCoefficients(1.0, p.v_th, p.v_reset)


def iaf_step(
    input_spikes: Tensor,
    state: IAFState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: IAFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, IAFState]:
    """Run one recurrent step.

    Args:
        input_spikes: Input, `(B, inputs)`.
        state: State, each `(B, neurons)`.
        input_weights: `(neurons, inputs)`.
        recurrent_weights: `(neurons, neurons)`.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes `(B, neurons)` and the new state. The gradient passes through the reset.
    """
    drive = weighted(input_spikes, input_weights)
    drive = drive + weighted(torch.as_tensor(state.z), recurrent_weights)
    z, after = step(IAF_NEURON, drive, (state.v,), coefficients(p, dt), rules_of(p, dt))
    return z, IAFState(z, *after)


def iaf_feed_forward_step(
    input_spikes: Tensor,
    state: IAFFeedForwardState,
    p: IAFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, IAFFeedForwardState]:
    """Run one step.

    Args:
        input_spikes: Input, any shape.
        state: State, each of the input's shape or one value.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes and the new state.
    """
    z, after = step(IAF_NEURON, input_spikes, state, coefficients(p, dt), rules_of(p, dt))
    return z, IAFFeedForwardState(*after)
