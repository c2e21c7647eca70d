"""Conductance-based neurons as functions."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._bridge import rules_of, step, weighted
from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.compat.norse.torch.functional.threshold import threshold as threshold
from norse_lite.neurons.coba_lif import COBA_LIF_NEURON, CobaLIFCoefficients

__all__ = [
    "CobaLIFFeedForwardState",
    "CobaLIFParameters",
    "CobaLIFState",
    "coba_lif_feed_forward_step",
    "coba_lif_step",
]


@state_tuple
class CobaLIFParameters(NamedTuple):
    """Parameters of the conductance-based neuron; inverse time constants per unit of dt."""

    tau_syn_exc_inv: Any = torch.as_tensor(1.0 / 5)
    tau_syn_inh_inv: Any = torch.as_tensor(1.0 / 5)
    c_m_inv: Any = torch.as_tensor(1 / 0.2)
    g_l: Any = torch.as_tensor(1 / 20 * 1 / 0.2)
    e_rev_I: Any = torch.as_tensor(-100)
    e_rev_E: Any = torch.as_tensor(60)
    v_rest: Any = torch.as_tensor(-20)
    v_reset: Any = torch.as_tensor(-70)
    v_thresh: Any = torch.as_tensor(-10)
    method: Any = "super"
    alpha: Any = 100.0


@state_tuple
class CobaLIFState(NamedTuple):
    """Spikes `z`, voltage `v` and conductances `g_e`, `g_i`."""

    z: Any
    v: Any
    g_e: Any
    g_i: Any


@state_tuple
class CobaLIFFeedForwardState(NamedTuple):
    """Voltage `v` and conductances `g_e`, `g_i`."""

    v: Any
    g_e: Any
    g_i: Any


DEFAULT = CobaLIFParameters()

# Norse's neuron in milliseconds and millivolts: its time constants go with a dt in milliseconds.
default_bio_parameters = CobaLIFParameters(
    tau_syn_exc_inv=1 / 0.3,
    tau_syn_inh_inv=1 / 0.5,
    e_rev_I=-70.0,
    e_rev_E=0.0,
    v_rest=-65.0,
    v_reset=-65.0,
    v_thresh=-50.0,
)
default_bio_state = CobaLIFState(0.0, -65.0, 0.0, 0.0)


def coefficients(p: Any, dt: float) -> CobaLIFCoefficients:
    """Return the coefficients of a step."""
    return CobaLIFCoefficients(
        dt * p.c_m_inv,
        dt * p.tau_syn_exc_inv,
        dt * p.tau_syn_inh_inv,
        p.g_l,
        p.e_rev_I,
        p.e_rev_E,
        p.v_rest,
        p.v_reset,
        p.v_thresh,
    )


def coba_lif_step(
    input_spikes: Tensor,
    state: CobaLIFState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: CobaLIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, CobaLIFState]:
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
    z, after = step(
        COBA_LIF_NEURON,
        drive,
        (
            state.v,
            state.g_e,
            state.g_i,
        ),
        coefficients(p, dt),
        rules_of(p, dt),
    )
    return z, CobaLIFState(z, *after)


def coba_lif_feed_forward_step(
    input_tensor: Tensor,
    state: CobaLIFFeedForwardState,
    p: CobaLIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, CobaLIFFeedForwardState]:
    """Run one step.

    Args:
        input_tensor: Input, any shape.
        state: State, each of the input's shape or one value.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes and the new state.
    """
    z, after = step(COBA_LIF_NEURON, input_tensor, state, coefficients(p, dt), rules_of(p, dt))
    return z, CobaLIFFeedForwardState(*after)
