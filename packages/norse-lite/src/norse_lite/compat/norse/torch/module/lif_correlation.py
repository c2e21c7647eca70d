"""Recurrent neurons whose synapses have correlation sensors, as a module."""

import torch
from torch import Tensor

from norse_lite.compat.norse.torch.functional.correlation_sensor import CorrelationSensorState
from norse_lite.compat.norse.torch.functional.lif import LIFState
from norse_lite.compat.norse.torch.functional.lif_correlation import (
    LIFCorrelationParameters,
    LIFCorrelationState,
    lif_correlation_step,
)
from norse_lite.compat.norse.torch.module._states import constant, zeros
from norse_lite.compat.norse.torch.module.snn import ParameterModule

__all__ = ["LIFCorrelation"]

DEFAULT = LIFCorrelationParameters()


class LIFCorrelation(ParameterModule):
    """One step of recurrent neurons and of the sensors of their synapses.

    The weights are given at every call, for a rule outside to change them.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        dt: Duration of a step in seconds.

    Example:
        >>> cell = LIFCorrelation(3, 2)
        >>> z, state = cell(torch.ones(1, 3), torch.ones(2, 3), torch.zeros(2, 2))
        >>> tuple(state.input_correlation_state.correlation_trace.shape)
        (1, 3, 2)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        p: LIFCorrelationParameters = DEFAULT,
        dt: float = 0.001,
    ) -> None:
        super().__init__(p, dt)
        self.input_size, self.hidden_size = input_size, hidden_size

    def initial_state(self, input_tensor: Tensor) -> LIFCorrelationState:
        """Return the state before any input."""
        size = self.hidden_size
        v_leak = self.p.lif_parameters.v_leak
        lif = LIFState(
            zeros(input_tensor, size),
            constant(input_tensor, v_leak, size),
            zeros(input_tensor, size),
        )
        at = {"dtype": lif.v.dtype, "device": input_tensor.device}
        batch = input_tensor.shape[:-1]
        inputs, recurrent = (
            CorrelationSensorState(*torch.zeros(3, *batch, rows, size, **at))
            for rows in (self.input_size, size)
        )
        return LIFCorrelationState(lif, inputs, recurrent)

    def forward(
        self,
        input_tensor: Tensor,
        input_weights: Tensor,
        recurrent_weights: Tensor,
        state: LIFCorrelationState | None = None,
    ) -> tuple[Tensor, LIFCorrelationState]:
        """Run one step.

        Args:
            input_tensor: Input spikes, `(B, input_size)`.
            input_weights: `(hidden_size, input_size)`.
            recurrent_weights: `(hidden_size, hidden_size)`.
            state: State before the step; None starts at rest.

        Returns:
            Spikes `(B, hidden_size)` and the new state.
        """
        state = self.initial_state(input_tensor) if state is None else state
        return lif_correlation_step(
            input_tensor, state, input_weights, recurrent_weights, self.p, self.dt
        )
