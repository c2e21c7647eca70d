"""Conductance-based neurons as a module."""

from math import sqrt
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite.compat.norse.torch.functional.coba_lif import (
    CobaLIFParameters,
    CobaLIFState,
    coba_lif_step,
)
from norse_lite.compat.norse.torch.module._states import resting, zeros
from norse_lite.compat.norse.torch.module.snn import ParameterModule

__all__ = ["CobaLIFCell"]

DEFAULT = CobaLIFParameters()


class CobaLIFCell(ParameterModule):
    """One step of conductance-based neurons, recurrently connected.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        dt: Duration of a step.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        p: CobaLIFParameters = DEFAULT,
        dt: float = 0.001,
    ) -> None:
        super().__init__(p, dt)
        self.input_size, self.hidden_size = input_size, hidden_size
        self.input_weights = nn.Parameter(torch.randn(hidden_size, input_size) / sqrt(input_size))
        self.recurrent_weights = nn.Parameter(
            torch.randn(hidden_size, hidden_size) / sqrt(hidden_size)
        )

    def initial_state(self, input_tensor: Tensor) -> CobaLIFState:
        """Return the state before any input: at rest."""
        size = self.hidden_size
        return CobaLIFState(
            zeros(input_tensor, size),
            resting(input_tensor, self.p.v_rest, size),
            zeros(input_tensor, size),
            zeros(input_tensor, size),
        )

    def forward(self, input_tensor: Tensor, state: Any = None) -> tuple[Tensor, CobaLIFState]:
        """Run one step.

        Args:
            input_tensor: Input, `(B, input_size)`.
            state: State before the step; None starts at rest.

        Returns:
            The spikes `(B, hidden_size)` and the new state.
        """
        state = self.initial_state(input_tensor) if state is None else state
        weights = (self.input_weights, self.recurrent_weights)
        return coba_lif_step(input_tensor, state, *weights, self.p, self.dt)
