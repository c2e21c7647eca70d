"""Neurons with an adaptive threshold as functions."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._bridge import rules_of, step, weighted
from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.compat.norse.torch.functional.threshold import threshold as threshold
from norse_lite.neurons.ada_lif import ADA_LIF_NEURON, AdaLIFCoefficients
from norse_lite.neurons.lsnn import LSNN_NEURON, LSNNCoefficients

__all__ = [
    "LSNNFeedForwardState",
    "LSNNParameters",
    "LSNNState",
    "ada_lif_step",
    "lsnn_feed_forward_step",
    "lsnn_step",
]


@state_tuple
class LSNNParameters(NamedTuple):
    """Parameters of the neuron with an adaptive threshold; inverse time constants in Hz."""

    tau_syn_inv: Any = torch.as_tensor(1.0 / 5e-3)
    tau_mem_inv: Any = torch.as_tensor(1.0 / 1e-2)
    tau_adapt_inv: Any = torch.as_tensor(1.0 / 800)
    v_leak: Any = torch.as_tensor(0.0)
    v_th: Any = torch.as_tensor(1.0)
    v_reset: Any = torch.as_tensor(0.0)
    beta: Any = torch.as_tensor(1.8)
    method: Any = "super"
    alpha: Any = 100.0


@state_tuple
class LSNNState(NamedTuple):
    """Spikes `z`, voltage `v`, synaptic current `i` and threshold `b`."""

    z: Any
    v: Any
    i: Any
    b: Any


@state_tuple
class LSNNFeedForwardState(NamedTuple):
    """Voltage `v`, synaptic current `i` and threshold `b`."""

    v: Any
    i: Any
    b: Any


DEFAULT = LSNNParameters()


def coefficients(p: Any, dt: float) -> LSNNCoefficients:
    """Return the coefficients of a step."""
    return LSNNCoefficients(
        dt * p.tau_mem_inv,
        dt * p.tau_syn_inv,
        1.0,
        p.v_leak,
        p.v_th,
        p.v_reset,
        dt * p.tau_adapt_inv,
        p.beta,
    )


def lsnn_step(
    input_tensor: Tensor,
    state: LSNNState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LSNNParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LSNNState]:
    """Run one recurrent step.

    Args:
        input_tensor: Input, `(B, inputs)`.
        state: State, each `(B, neurons)`.
        input_weights: `(neurons, inputs)`.
        recurrent_weights: `(neurons, neurons)`.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes `(B, neurons)` and the new state. The reset is detached from the gradient.
    """
    drive = weighted(input_tensor, input_weights)
    drive = drive + weighted(torch.as_tensor(state.z), recurrent_weights)
    z, after = step(
        LSNN_NEURON,
        drive,
        (
            state.v,
            state.i,
            state.b,
        ),
        coefficients(p, dt),
        rules_of(p, dt, detach=True),
    )
    return z, LSNNState(z, *after)


def lsnn_feed_forward_step(
    input_tensor: Tensor,
    state: LSNNFeedForwardState,
    p: LSNNParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LSNNFeedForwardState]:
    """Run one step.

    Args:
        input_tensor: Input, any shape.
        state: State, each of the input's shape or one value.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes and the new state.
    """
    z, after = step(LSNN_NEURON, input_tensor, state, coefficients(p, dt), rules_of(p, dt))
    return z, LSNNFeedForwardState(*after)


def ada_lif_step(
    input_tensor: Tensor,
    state: LSNNState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LSNNParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LSNNState]:
    """Run one recurrent step in which the adaptation is subtracted from the voltage.

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
    drive = weighted(input_tensor, input_weights)
    drive = drive + weighted(torch.as_tensor(state.z), recurrent_weights)
    z, after = step(
        ADA_LIF_NEURON,
        drive,
        (
            state.v,
            state.i,
            state.b,
        ),
        AdaLIFCoefficients(*coefficients(p, dt)),
        rules_of(p, dt, reset="subtract"),
    )
    return z, LSNNState(z, *after)
