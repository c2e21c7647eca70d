"""Coupled compartments with a refractory time as functions.

The synaptic current of these takes its input last, and their coupling is not multiplied by dt.
"""

from typing import Any

import torch
from torch import Tensor

from norse_lite.compat.norse._bridge import weighted
from norse_lite.compat.norse.torch.functional.lif import LIFFeedForwardState, LIFState
from norse_lite.compat.norse.torch.functional.lif_refrac import (
    DEFAULT,
    LIFRefracFeedForwardState,
    LIFRefracParameters,
    LIFRefracState,
)
from norse_lite.compat.norse.torch.functional.threshold import threshold

__all__ = ["lif_mc_refrac_feed_forward_step", "lif_mc_refrac_step"]


def _step(
    drive: Tensor, lif: Any, rho: Tensor, g_coupling: Tensor, p: LIFRefracParameters, dt: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return spikes, voltage, current and remaining refractory steps."""
    q = p.lif
    held = threshold(rho, q.method, q.alpha)
    flow = (1 - held) * dt * q.tau_mem_inv * ((q.v_leak - lif.v) + lif.i)
    v = lif.v + flow + torch.nn.functional.linear(lif.v, g_coupling)
    i = lif.i - dt * q.tau_syn_inv * lif.i + drive
    z = threshold(v - q.v_th, q.method, q.alpha)
    v = (1 - z) * v + z * q.v_reset
    rho = (1 - z) * torch.relu(rho - held) + z * p.rho_reset
    return z, v, i, rho


def lif_mc_refrac_feed_forward_step(
    input_tensor: Tensor,
    state: LIFRefracFeedForwardState,
    g_coupling: Tensor,
    p: LIFRefracParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFRefracFeedForwardState]:
    """Run one step.

    Args:
        input_tensor: Input, `(B, neurons)`.
        state: State, each `(B, neurons)`.
        g_coupling: Coupling `(neurons, neurons)`, from compartment `l` to `k` at `[k, l]`.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes and the new state.
    """
    z, v, i, rho = _step(input_tensor, state.lif, state.rho, g_coupling, p, dt)
    return z, LIFRefracFeedForwardState(LIFFeedForwardState(v, i), rho)


def lif_mc_refrac_step(
    input_tensor: Tensor,
    state: LIFRefracState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    g_coupling: Tensor,
    p: LIFRefracParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFRefracState]:
    """Run one recurrent step.

    Arguments as `lif_refrac_step`, and `g_coupling` as in `lif_mc_refrac_feed_forward_step`.
    """
    drive = weighted(input_tensor, input_weights)
    drive = drive + weighted(torch.as_tensor(state.lif.z), recurrent_weights)
    z, v, i, rho = _step(drive, state.lif, state.rho, g_coupling, p, dt)
    return z, LIFRefracState(LIFState(z, v, i), rho)
