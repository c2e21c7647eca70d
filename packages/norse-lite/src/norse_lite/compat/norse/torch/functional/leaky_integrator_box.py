"""Leaky integrators without synaptic current as functions."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._bridge import rules_of, step, weighted
from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.neurons.li_box import LI_BOX_NEURON, LIBoxCoefficients

__all__ = ["LIBoxParameters", "LIBoxState", "li_box_feed_forward_step", "li_box_step"]


@state_tuple
class LIBoxParameters(NamedTuple):
    """Parameters of the integrator; inverse time constants in Hz."""

    tau_mem_inv: Any = torch.as_tensor(1.0 / 1e-2)
    v_leak: Any = torch.as_tensor(0.0)


@state_tuple
class LIBoxState(NamedTuple):
    """Voltage `v`."""

    v: Any


DEFAULT = LIBoxParameters()


def coefficients(p: Any, dt: float) -> LIBoxCoefficients:
    """Return the coefficients of a step."""
    return LIBoxCoefficients(dt * p.tau_mem_inv, 1.0, p.v_leak)


def li_box_step(
    input_spikes: Tensor,
    state: LIBoxState,
    input_weights: Tensor,
    p: LIBoxParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIBoxState]:
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
    return li_box_feed_forward_step(weighted(input_spikes, input_weights), state, p, dt)


def li_box_feed_forward_step(
    input_tensor: Tensor,
    state: LIBoxState,
    p: LIBoxParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIBoxState]:
    """Run one step.

    Args:
        input_tensor: Input, any shape.
        state: State, each of the input's shape or one value.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        The voltage and the new state.
    """
    v, after = step(LI_BOX_NEURON, input_tensor, state, coefficients(p, dt), rules_of(p, dt))
    return v, LIBoxState(*after)
