"""Leaky integrators as modules."""

from math import sqrt
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite.compat.norse.torch.functional.leaky_integrator import (
    LIParameters,
    LIState,
    coefficients,
    li_feed_forward_step,
    li_step,
)
from norse_lite.compat.norse.torch.module._fused import FusedSNN
from norse_lite.compat.norse.torch.module._states import resting, zeros
from norse_lite.compat.norse.torch.module.snn import SNN as SNN
from norse_lite.compat.norse.torch.module.snn import ParameterModule, SNNCell
from norse_lite.neurons.li import LI_NEURON

__all__ = ["LI", "LICell", "LILinearCell"]


DEFAULT = LIParameters()


def _rest(x: Tensor, p: Any) -> LIState:
    return LIState(resting(x, p.v_leak), zeros(x))


class LICell(SNNCell):
    """One step of leaky integrators.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds.
    """

    def __init__(self, p: LIParameters = DEFAULT, **kwargs: Any) -> None:
        super().__init__(li_feed_forward_step, self._at_rest, p, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)


class LI(FusedSNN):
    """Leaky integrators, over sequences.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds, `record_states` for the states of all steps.
    """

    neuron = LI_NEURON
    coefficients = staticmethod(coefficients)

    def __init__(self, p: LIParameters = DEFAULT, **kwargs: Any) -> None:
        super().__init__(li_feed_forward_step, self._at_rest, p, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return LIState(resting(x, self.p.v_leak, single=True), zeros(x))


class LILinearCell(ParameterModule):
    """One step of leaky integrators behind input weights.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of integrators.
        p: Parameters.
        dt: Duration of a step in seconds.
    """

    def __init__(
        self, input_size: int, hidden_size: int, p: LIParameters = DEFAULT, dt: float = 0.001
    ) -> None:
        super().__init__(p, dt)
        self.input_size, self.hidden_size = input_size, hidden_size
        self.input_weights = nn.Parameter(torch.randn(hidden_size, input_size) / sqrt(input_size))

    def forward(self, input_tensor: Tensor, state: LIState | None = None) -> tuple[Tensor, LIState]:
        """Run one step.

        Args:
            input_tensor: Input, `(B, input_size)`.
            state: State before the step; None starts at rest.

        Returns:
            The voltage `(B, hidden_size)` and the new state.
        """
        if state is None:
            voltage = resting(input_tensor, self.p.v_leak, self.hidden_size)
            state = LIState(voltage, zeros(input_tensor, self.hidden_size))
        return li_step(input_tensor, state, self.input_weights, self.p, self.dt)
