"""Exponential integrate-and-fire neurons as functions."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._bridge import rules_of, step, weighted
from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.compat.norse.torch.functional.threshold import threshold
from norse_lite.neurons._integrate import exponential
from norse_lite.neurons.lif_ex import LIF_EX_NEURON, LIFExCoefficients

__all__ = [
    "LIFExFeedForwardState",
    "LIFExParameters",
    "LIFExState",
    "lif_ex_current_encoder",
    "lif_ex_feed_forward_step",
    "lif_ex_step",
]


@state_tuple
class LIFExParameters(NamedTuple):
    """Parameters of the exponential neuron; inverse time constants in Hz."""

    delta_T: Any = torch.as_tensor(0.5)
    tau_syn_inv: Any = torch.as_tensor(1.0 / 5e-3)
    tau_mem_inv: Any = torch.as_tensor(1.0 / 1e-2)
    v_leak: Any = torch.as_tensor(0.0)
    v_th: Any = torch.as_tensor(1.0)
    v_reset: Any = torch.as_tensor(0.0)
    method: Any = "super"
    alpha: Any = 100.0


@state_tuple
class LIFExState(NamedTuple):
    """Spikes `z`, voltage `v` and synaptic current `i`."""

    z: Any
    v: Any
    i: Any


@state_tuple
class LIFExFeedForwardState(NamedTuple):
    """Voltage `v` and synaptic current `i`."""

    v: Any
    i: Any


DEFAULT = LIFExParameters()
REST = LIFExFeedForwardState(0, 0)


def coefficients(p: Any, dt: float) -> LIFExCoefficients:
    """Return the coefficients of a step."""
    return LIFExCoefficients(
        dt * p.tau_mem_inv, dt * p.tau_syn_inv, 1.0, p.v_leak, p.v_th, p.v_reset, p.delta_T
    )


def lif_ex_step(
    input_tensor: Tensor,
    state: LIFExState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFExParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFExState]:
    """Run one recurrent step.

    Args:
        input_tensor: Input, `(B, inputs)`.
        state: State, each `(B, neurons)`.
        input_weights: `(neurons, inputs)`.
        recurrent_weights: `(neurons, neurons)`.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes `(B, neurons)` and the new state. The gradient passes through the reset.
    """
    # The current takes the input first and the feedback second, as in the equations.
    current = state.i + weighted(input_tensor, input_weights)
    feedback = weighted(torch.as_tensor(state.z), recurrent_weights)
    z, after = step(
        LIF_EX_NEURON, feedback, (state.v, current), coefficients(p, dt), rules_of(p, dt)
    )
    return z, LIFExState(z, *after)


def lif_ex_feed_forward_step(
    input_spikes: Tensor,
    state: LIFExFeedForwardState = REST,
    p: LIFExParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFExFeedForwardState]:
    """Run one step.

    Args:
        input_spikes: Input, any shape.
        state: State, each of the input's shape or one value.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes and the new state.
    """
    z, after = step(LIF_EX_NEURON, input_spikes, state, coefficients(p, dt), rules_of(p, dt))
    return z, LIFExFeedForwardState(*after)


def lif_ex_current_encoder(
    input_current: Tensor,
    voltage: Tensor,
    p: LIFExParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, Tensor]:
    """Run one step of a neuron driven by a current that stays.

    Returns:
        Spikes and the new voltage.

    Example:
        >>> z, v = lif_ex_current_encoder(torch.tensor([3.0]), torch.tensor([0.5]))
        >>> z.tolist(), round(v.item(), 4)
        ([0.0], 0.7684)
    """
    flow = (p.v_leak - voltage) + exponential(voltage, p.v_th, p.delta_T) + input_current
    v = voltage + dt * p.tau_mem_inv * flow
    z = threshold(v - p.v_th, p.method, p.alpha)
    return z, v - z * (v - p.v_reset)
