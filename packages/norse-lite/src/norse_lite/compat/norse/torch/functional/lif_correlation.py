"""Recurrent neurons whose synapses have correlation sensors."""

from typing import Any, NamedTuple

from torch import Tensor

from norse_lite.compat.norse._pytree import state_tuple
from norse_lite.compat.norse.torch.functional.correlation_sensor import (
    CorrelationSensorParameters,
    CorrelationSensorState,
    correlation_sensor_step,
)
from norse_lite.compat.norse.torch.functional.lif import LIFParameters, LIFState, lif_step

__all__ = ["LIFCorrelationParameters", "LIFCorrelationState", "lif_correlation_step"]


@state_tuple
class LIFCorrelationParameters(NamedTuple):
    """Parameters of the neuron, of its input synapses and of its recurrent synapses."""

    lif_parameters: Any = LIFParameters()
    input_correlation_parameters: Any = CorrelationSensorParameters()
    recurrent_correlation_parameters: Any = CorrelationSensorParameters()


@state_tuple
class LIFCorrelationState(NamedTuple):
    """State of the neuron, of its input synapses and of its recurrent synapses."""

    lif_state: LIFState
    input_correlation_state: CorrelationSensorState
    recurrent_correlation_state: CorrelationSensorState


DEFAULT = LIFCorrelationParameters()


def lif_correlation_step(
    input_tensor: Tensor,
    state: LIFCorrelationState,
    input_weights: Tensor,
    recurrent_weights: Tensor,
    p: LIFCorrelationParameters = DEFAULT,
    dt: float = 0.001,
) -> tuple[Tensor, LIFCorrelationState]:
    """Run one recurrent step and the sensors of its synapses.

    Args:
        input_tensor: Input spikes, `(B, inputs)`.
        state: State of the neurons `(B, neurons)`, and of the sensors `(B, inputs, neurons)` and
            `(B, neurons, neurons)`.
        input_weights: `(neurons, inputs)`.
        recurrent_weights: `(neurons, neurons)`.
        p: Parameters.
        dt: Duration of the step in seconds.

    Returns:
        Spikes `(B, neurons)` and the new state.
    """
    before = state.lif_state
    z, after = lif_step(
        input_tensor, before, input_weights, recurrent_weights, p.lif_parameters, dt
    )
    inputs = correlation_sensor_step(
        input_tensor, z, state.input_correlation_state, p.input_correlation_parameters, dt
    )
    recurrent = correlation_sensor_step(
        before.z, z, state.recurrent_correlation_state, p.recurrent_correlation_parameters, dt
    )
    return z, LIFCorrelationState(after, inputs, recurrent)
