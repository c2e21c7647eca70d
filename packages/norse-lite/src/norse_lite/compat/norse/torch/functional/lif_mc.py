"""Coupled compartments of leaky integrate-and-fire neurons as functions."""

from typing import Any

import torch
from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif import (
    DEFAULT,
    LIFFeedForwardState,
    LIFParameters,
    LIFState,
    lif_feed_forward_step,
    lif_step,
)

__all__ = ["lif_mc_feed_forward_step", "lif_mc_step"]


def _coupled(v: Any, g_coupling: Tensor) -> Tensor:
    return torch.nn.functional.linear(torch.as_tensor(v), g_coupling)


def lif_mc_feed_forward_step(
    input_tensor: Tensor,
    state: LIFFeedForwardState,
    g_coupling: Tensor,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFFeedForwardState]:
    """Run one step of compartments that are coupled before it.

    Args:
        input_tensor: Input, `(B, neurons)`.
        state: State, each `(B, neurons)`.
        g_coupling: Conductances `(neurons, neurons)`, from compartment `l` to `k` at `[k, l]`.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes and the new state.
    """
    coupled = state._replace(v=state.v + dt * _coupled(state.v, g_coupling))
    return lif_feed_forward_step(input_tensor, coupled, p, dt)


def lif_mc_step(
    input_tensor: Tensor,
    state: LIFState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    g_coupling: Tensor,
    p: LIFParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFState]:
    """Run one recurrent step of compartments that are coupled after their reset.

    Arguments as `lif_step`, and `g_coupling` as in `lif_mc_feed_forward_step`.
    """
    z, after = lif_step(input_tensor, state, input_weights, recurrent_weights, p, dt)
    return z, after._replace(v=after.v + dt * _coupled(after.v, g_coupling))
