"""Adaptive exponential integrate-and-fire neurons as functions."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._bridge import rules_of, step, weighted
from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.compat.norse.torch.functional.threshold import threshold
from norse_lite.neurons._integrate import exponential
from norse_lite.neurons.lif_adex import LIF_ADEX_NEURON, LIFAdExCoefficients

__all__ = [
    "LIFAdExFeedForwardState",
    "LIFAdExParameters",
    "LIFAdExState",
    "lif_adex_current_encoder",
    "lif_adex_feed_forward_step",
    "lif_adex_step",
]


@state_tuple
class LIFAdExParameters(NamedTuple):
    """Parameters of the adaptive exponential neuron; inverse time constants in Hz."""

    adaptation_current: Any = torch.as_tensor(4)
    adaptation_spike: Any = torch.as_tensor(0.02)
    delta_T: Any = torch.as_tensor(0.5)
    tau_ada_inv: Any = torch.as_tensor(2.0)
    tau_syn_inv: Any = torch.as_tensor(1.0 / 5e-3)
    tau_mem_inv: Any = torch.as_tensor(1.0 / 1e-2)
    v_leak: Any = torch.as_tensor(0.0)
    v_th: Any = torch.as_tensor(1.0)
    v_reset: Any = torch.as_tensor(0.0)
    method: Any = "super"
    alpha: Any = 100.0


@state_tuple
class LIFAdExState(NamedTuple):
    """Spikes `z`, voltage `v`, synaptic current `i` and adaptation `a`."""

    z: Any
    v: Any
    i: Any
    a: Any


@state_tuple
class LIFAdExFeedForwardState(NamedTuple):
    """Voltage `v`, synaptic current `i` and adaptation `a`."""

    v: Any
    i: Any
    a: Any


DEFAULT = LIFAdExParameters()
REST = LIFAdExFeedForwardState(0, 0, 0)


def coefficients(p: Any, dt: float) -> LIFAdExCoefficients:
    """Return the coefficients of a step."""
    return LIFAdExCoefficients(
        dt * p.tau_mem_inv,
        dt * p.tau_syn_inv,
        1.0,
        p.v_leak,
        p.v_th,
        p.v_reset,
        p.delta_T,
        dt * p.tau_ada_inv,
        p.adaptation_current,
        p.adaptation_spike,
    )


def lif_adex_step(
    input_spikes: Tensor,
    state: LIFAdExState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFAdExParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFAdExState]:
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
    # The current takes the input first and the feedback second, as in the equations.
    current = state.i + weighted(input_spikes, input_weights)
    feedback = weighted(torch.as_tensor(state.z), recurrent_weights)
    z, after = step(
        LIF_ADEX_NEURON, feedback, (state.v, current, state.a), coefficients(p, dt), rules_of(p, dt)
    )
    return z, LIFAdExState(z, *after)


def lif_adex_feed_forward_step(
    input_spikes: Tensor,
    state: LIFAdExFeedForwardState = REST,
    p: LIFAdExParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFAdExFeedForwardState]:
    """Run one step.

    Args:
        input_spikes: Input, any shape.
        state: State, each of the input's shape or one value.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes and the new state.
    """
    z, after = step(LIF_ADEX_NEURON, input_spikes, state, coefficients(p, dt), rules_of(p, dt))
    return z, LIFAdExFeedForwardState(*after)


def lif_adex_current_encoder(
    input_current: Tensor,
    voltage: Tensor,
    adaptation: Tensor,
    p: LIFAdExParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, Tensor, Tensor]:
    """Run one step of a neuron driven by a current that stays.

    Returns:
        Spikes, the new voltage and the new adaptation.

    Example:
        >>> zero = torch.zeros(1)
        >>> z, v, a = lif_adex_current_encoder(torch.tensor([3.0]), zero, zero)
        >>> [round(x.item(), 4) for x in (z, v, a)]
        [0.0, 0.3068, 0.0]
    """
    upswing = exponential(voltage, p.v_th, p.delta_T)
    flow = (p.v_leak - voltage) + upswing - adaptation + input_current
    v = voltage + dt * p.tau_mem_inv * flow
    target = p.adaptation_current * (voltage - p.v_leak)
    a = adaptation + dt * p.tau_ada_inv * (target - adaptation)
    z = threshold(v - p.v_th, p.method, p.alpha)
    return z, v - z * (v - p.v_reset), a + z * p.adaptation_spike
