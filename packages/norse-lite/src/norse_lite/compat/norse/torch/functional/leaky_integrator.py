"""Leaky integrators as functions."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._bridge import rules_of, step, weighted
from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.neurons.li import LI_NEURON, LICoefficients

__all__ = ["LIParameters", "LIState", "li_feed_forward_step", "li_step"]


@state_tuple
class LIParameters(NamedTuple):
    """Parameters of the integrator; inverse time constants in Hz."""

    tau_syn_inv: Any = torch.as_tensor(1.0 / 5e-3)
    tau_mem_inv: Any = torch.as_tensor(1.0 / 1e-2)
    v_leak: Any = torch.as_tensor(0.0)


@state_tuple
class LIState(NamedTuple):
    """Voltage `v` and synaptic current `i`."""

    v: Any
    i: Any


DEFAULT = LIParameters()


def coefficients(p: Any, dt: float) -> LICoefficients:
    """Return the coefficients of a step."""
    return LICoefficients(dt * p.tau_mem_inv, dt * p.tau_syn_inv, 1.0, p.v_leak)


def li_step(
    input_spikes: Tensor,
    state: LIState,
    input_weights: Tensor,
    p: LIParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIState]:
    """Run one step behind input weights.

    Args:
        input_spikes: Input, `(B, inputs)`.
        state: State, each `(B, neurons)`.
        input_weights: `(neurons, inputs)`.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        The voltage `(B, neurons)` and the new state.
    """
    return li_feed_forward_step(weighted(input_spikes, input_weights), state, p, dt)


def li_feed_forward_step(
    input_tensor: Tensor,
    state: LIState,
    p: LIParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIState]:
    """Run one step.

    Args:
        input_tensor: Input, any shape.
        state: State, each of the input's shape or one value.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        The voltage and the new state.
    """
    v, after = step(LI_NEURON, input_tensor, state, coefficients(p, dt), rules_of(p, dt))
    return v, LIState(*after)
