"""Correlation sensors of synapses, as on BrainScaleS-2."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.compat.norse.torch.functional.heaviside import heaviside as heaviside
from norse_lite.neurons.lif_correlation import CorrelationState, correlation_step

__all__ = [
    "CorrelationSensorParameters",
    "CorrelationSensorState",
    "correlation_based_update",
    "correlation_sensor_step",
]


@state_tuple
class CorrelationSensorParameters(NamedTuple):
    """Growth of the traces at a spike, and their inverse time constants in Hz."""

    eta_p: Any = torch.as_tensor(1.0)
    eta_m: Any = torch.as_tensor(1.0)
    tau_ac_inv: Any = torch.as_tensor(1.0 / 100e-3)
    tau_c_inv: Any = torch.as_tensor(1.0 / 100e-3)


@state_tuple
class CorrelationSensorState(NamedTuple):
    """State of every synapse, each `(B, pre, post)`: which side spiked last, and two traces."""

    post_pre: Any
    correlation_trace: Any
    anti_correlation_trace: Any


DEFAULT = CorrelationSensorParameters()


def correlation_sensor_step(
    z_pre: Tensor,
    z_post: Tensor,
    state: CorrelationSensorState,
    p: CorrelationSensorParameters = DEFAULT,
    dt: float = 0.001,
) -> CorrelationSensorState:
    """Run one step of the sensors.

    A trace decays while it is its turn: that of the correlation until the neuron behind the synapse
    spikes, that of the anti-correlation until the one in front of it does.

    Args:
        z_pre: Spikes in front of the synapses, `(B, pre)`.
        z_post: Spikes behind them, `(B, post)`.
        state: State before the step.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        The new state.

    Example:
        >>> state = CorrelationSensorState(*torch.zeros(3, 1, 2, 1))
        >>> spikes = torch.tensor([[1.0, 0.0]])
        >>> state = correlation_sensor_step(spikes, torch.tensor([[0.0]]), state)
        >>> state.correlation_trace.tolist()
        [[[1.0], [0.0]]]
    """
    after = correlation_step(
        z_pre,
        z_post,
        CorrelationState(*state),
        eta_p=p.eta_p,
        eta_m=p.eta_m,
        decay_c=dt * p.tau_c_inv,
        decay_ac=dt * p.tau_ac_inv,
    )
    return CorrelationSensorState(*after)


def correlation_based_update(
    ts: int,
    linear_update: Callable[[Tensor], Tensor],
    weights: Tensor,
    correlation_state: CorrelationSensorState,
    learning_rate: float,
    ts_frequency: int,
) -> Tensor:
    """Change weights by what a function makes of the traces, every `ts_frequency` steps.

    The traces are read and set to zero, as on the chip.

    Args:
        ts: Number of the step.
        linear_update: Maps both traces, flat one after the other, to as many values as weights.
        weights: Weights, `(post, pre)`.
        correlation_state: State of the sensors; changed in place.
        learning_rate: Factor of the change.
        ts_frequency: Steps between two changes.

    Returns:
        The new weights.
    """
    if ts % ts_frequency:
        return weights
    traces = (correlation_state.correlation_trace, correlation_state.anti_correlation_trace)
    change = linear_update(torch.cat([trace.flatten() for trace in traces]))
    for trace in traces:
        trace.zero_()
    return weights + learning_rate * change.reshape(weights.shape)
