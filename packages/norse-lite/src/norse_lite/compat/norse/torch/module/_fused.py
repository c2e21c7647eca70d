"""Layers over time whose steps run together, where they would give the same numbers."""

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor

from norse_lite.compat.norse._bridge import rules_of
from norse_lite.compat.norse.torch.module.snn import SNN
from norse_lite.forms._parameters import Coefficients
from norse_lite.forms._run import run_sequence
from norse_lite.neurons._neuron import Neuron
from norse_lite.neurons._values import tensor

__all__ = ["FusedSNN"]


class FusedSNN(SNN):
    """A layer over time that leaves all steps to a neuron of this package at once."""

    neuron: ClassVar[Neuron[Any, Any]]
    coefficients: ClassVar[Callable[[Any, float], Any]]

    def forward(self, input_tensor: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Run over a sequence.

        Args:
            input_tensor: Input, `(T, ...)`.
            state: State before the first step; None starts at rest.

        Returns:
            The outputs of all steps, and the last state (all states with `record_states`).
        """
        x = input_tensor
        wide = x.dtype in (torch.float32, torch.float64) and x.layout == torch.strided
        if self.record_states or not wide or x.ndim < 2 or not len(x):
            return super().forward(x, state)
        state = self.initial_state(x[0]) if state is None else state
        loose: Any = type(self).coefficients(self.p, self.dt)
        values = [tensor(value) for value in loose]
        given = [tensor(value) for value in state]
        shape = x.shape[1:]
        # A first voltage in another precision rounds the first step.
        same = all(v.dtype == x.dtype and v.dim() <= x.dim() - 1 for v in given)
        if not same or any(v.numel() > 1 for v in values):
            return super().forward(x, state)
        c = Coefficients(loose._make(value.to(x.device, x.dtype) for value in values))
        begin = self.neuron.state(*(v.to(x.device, x.dtype).expand(shape) for v in given))
        y, last = run_sequence(self.neuron, x, begin, c, rules_of(self.p, self.dt), "auto")
        return y, type(state)(*last)
