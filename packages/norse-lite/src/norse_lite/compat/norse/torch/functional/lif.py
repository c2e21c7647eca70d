"""Leaky integrate-and-fire neurons as functions."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._bridge import rules_of, step, weighted
from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.compat.norse.torch.functional.threshold import threshold
from norse_lite.neurons.lif import LIF_NEURON, LIFCoefficients

__all__ = [
    "LIFFeedForwardState",
    "LIFParameters",
    "LIFState",
    "default_bio_initial_state",
    "default_bio_parameters",
    "lif_current_encoder",
    "lif_feed_forward_integral",
    "lif_feed_forward_step",
    "lif_feed_forward_step_sparse",
    "lif_step",
    "lif_step_integral",
    "lif_step_sparse",
]


@state_tuple
class LIFParameters(NamedTuple):
    """Parameters of the leaky integrate-and-fire neuron; inverse time constants in Hz."""

    tau_syn_inv: Any = torch.as_tensor(1.0 / 5e-3)
    tau_mem_inv: Any = torch.as_tensor(1.0 / 1e-2)
    v_leak: Any = torch.as_tensor(0.0)
    v_th: Any = torch.as_tensor(1.0)
    v_reset: Any = torch.as_tensor(0.0)
    method: str = "super"
    alpha: Any = torch.as_tensor(100.0)


@state_tuple
class LIFState(NamedTuple):
    """Spikes `z`, voltage `v` and synaptic current `i`."""

    z: Any
    v: Any
    i: Any


@state_tuple
class LIFFeedForwardState(NamedTuple):
    """Voltage `v` and synaptic current `i`."""

    v: Any
    i: Any


DEFAULT = LIFParameters()

# Norse's neuron in milliseconds and millivolts: its time constants go with a dt in milliseconds.
default_bio_parameters = LIFParameters(
    torch.as_tensor(1 / 0.5),
    torch.as_tensor(1 / 20.0),
    torch.as_tensor(-65.0),
    torch.as_tensor(-50.0),
    torch.as_tensor(-65.0),
)
default_bio_initial_state = LIFState(
    torch.as_tensor(0.0), torch.as_tensor(-65.0), torch.as_tensor(0.0)
)


def coefficients(p: Any, dt: float) -> LIFCoefficients:
    """Return the coefficients of a step."""
    return LIFCoefficients(dt * p.tau_mem_inv, dt * p.tau_syn_inv, 1.0, p.v_leak, p.v_th, p.v_reset)


def lif_step(
    input_spikes: Tensor,
    state: LIFState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFState]:
    """Run one recurrent step.

    Args:
        input_spikes: Input, `(B, inputs)`.
        state: State, each `(B, neurons)`.
        input_weights: `(neurons, inputs)`.
        recurrent_weights: `(neurons, neurons)`.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes `(B, neurons)` and the new state. The reset is detached from the gradient.

    Example:
        >>> state = LIFState(*torch.zeros(3, 1, 2))
        >>> z, state = lif_step(torch.ones(1, 3), state, torch.ones(2, 3), torch.zeros(2, 2))
        >>> state.v.tolist()
        [[0.30000001192092896, 0.30000001192092896]]
    """
    # The current takes the input first and the feedback second, as in the equations.
    current = state.i + weighted(input_spikes, input_weights)
    z, (v, i) = step(
        LIF_NEURON,
        weighted(torch.as_tensor(state.z), recurrent_weights),
        (state.v, current),
        coefficients(p, dt),
        rules_of(p, dt, detach=True),
    )
    return z, LIFState(z, v, i)


def lif_step_sparse(
    input_spikes: Tensor,
    state: LIFState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFState]:
    """Run `lif_step` on sparse spikes; the spikes returned are sparse, too."""
    z = state.z.to_dense() if state.z.is_sparse else state.z
    x = input_spikes.to_dense() if input_spikes.is_sparse else input_spikes
    z, after = lif_step(x, state._replace(z=z), input_weights, recurrent_weights, p, dt)
    return z.to_sparse(), after._replace(z=z.to_sparse())


def lif_step_integral(
    input_tensor: Tensor,
    state: LIFState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFState]:
    """Run `lif_step` on every step of `(T, B, inputs)`; returns all spikes and the last state."""
    outputs = []
    for x in input_tensor.unbind(0):
        z, state = lif_step(x, state, input_weights, recurrent_weights, p, dt)
        outputs.append(z)
    return torch.stack(outputs), state


def lif_feed_forward_step(
    input_spikes: Tensor,
    state: LIFFeedForwardState,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFFeedForwardState]:
    """Run one step.

    Args:
        input_spikes: Input, any shape.
        state: State, each of the input's shape or one value.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes and the new state.

    Example:
        >>> z, state = lif_feed_forward_step(torch.ones(2), LIFFeedForwardState(0.0, 0.0))
        >>> z.tolist(), state.i.tolist()
        ([0.0, 0.0], [0.800000011920929, 0.800000011920929])
    """
    z, after = step(LIF_NEURON, input_spikes, state, coefficients(p, dt), rules_of(p, dt))
    return z, LIFFeedForwardState(*after)


def lif_feed_forward_step_sparse(
    input_tensor: Tensor,
    state: LIFFeedForwardState,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFFeedForwardState]:
    """Run `lif_feed_forward_step` on a sparse input; the spikes returned are sparse, too."""
    x = input_tensor.to_dense() if input_tensor.is_sparse else input_tensor
    z, after = lif_feed_forward_step(x, state, p, dt)
    return z.to_sparse(), after


def lif_feed_forward_integral(
    input_tensor: Tensor,
    state: LIFFeedForwardState,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFFeedForwardState]:
    """Run `lif_feed_forward_step` on every step of `(T, ...)`; all spikes and the last state."""
    outputs = []
    for x in input_tensor.unbind(0):
        z, state = lif_feed_forward_step(x, state, p, dt)
        outputs.append(z)
    return torch.stack(outputs), state


def lif_current_encoder(
    input_current: Tensor, voltage: Tensor, p: LIFParameters = DEFAULT, dt: float = 0.001
) -> tuple[Tensor, Tensor]:
    """Run one step of a neuron driven by a current that stays.

    Returns:
        Spikes and the new voltage.

    Example:
        >>> z, v = lif_current_encoder(torch.tensor([3.0, 30.0]), torch.tensor([0.5, 0.9]))
        >>> z.tolist(), v.tolist()
        ([0.0, 1.0], [0.75, 0.0])
    """
    v = voltage + dt * p.tau_mem_inv * ((p.v_leak - voltage) + input_current)
    z = threshold(v - p.v_th, p.method, p.alpha)
    return z, v - z * (v - p.v_reset)
