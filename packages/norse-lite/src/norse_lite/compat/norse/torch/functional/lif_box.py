"""Leaky integrate-and-fire neurons without synaptic current as functions."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.compat.norse.torch.functional.reset import reset_value
from norse_lite.compat.norse.torch.functional.threshold import threshold

__all__ = ["LIFBoxFeedForwardState", "LIFBoxParameters", "LIFBoxState", "lif_box_feed_forward_step"]


@state_tuple
class LIFBoxParameters(NamedTuple):
    """Parameters of the neuron without synaptic current; the inverse time constant in Hz."""

    tau_mem_inv: Any = torch.as_tensor(1.0 / 1e-2)
    v_leak: Any = torch.as_tensor(0.0)
    v_th: Any = torch.as_tensor(1.0)
    v_reset: Any = torch.as_tensor(0.0)
    method: Any = "super"
    alpha: Any = torch.as_tensor(100.0)
    reset_method: Any = reset_value


@state_tuple
class LIFBoxState(NamedTuple):
    """Spikes `z` and voltage `v`."""

    z: Any
    v: Any


@state_tuple
class LIFBoxFeedForwardState(NamedTuple):
    """Voltage `v`."""

    v: Any


DEFAULT = LIFBoxParameters()


def lif_box_feed_forward_step(
    input_tensor: Tensor,
    state: LIFBoxFeedForwardState,
    p: LIFBoxParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFBoxFeedForwardState]:
    """Run one step.

    Args:
        input_tensor: Input, any shape.
        state: Voltage, of the input's shape or one value.
        p: Parameters; `reset_method(z, v, v_reset, v_th)` gives the voltage after the spikes.
        dt: Duration of the step in seconds.

    Returns:
        Spikes and the new state.

    Example:
        >>> z, state = lif_box_feed_forward_step(torch.ones(1), LIFBoxFeedForwardState(0.0))
        >>> round(state.v.item(), 4)
        0.1
    """
    v = state.v + dt * p.tau_mem_inv * ((p.v_leak - state.v) + input_tensor)
    z = threshold(v - p.v_th, p.method, p.alpha)
    return z, LIFBoxFeedForwardState(p.reset_method(z, v, p.v_reset, p.v_th))
