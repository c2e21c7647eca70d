"""A neuron behind input weights of its own: layer and cell."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from norse_lite._dtypes import check_dtype
from norse_lite._errors import NetworkError
from norse_lite.forms._parameters import NeuronModule
from norse_lite.forms._run import check_input, run_sequence, run_step
from norse_lite.forms._weights import initial_weights
from norse_lite.neurons._neuron import Integrator, Rules
from norse_lite.neurons._values import Value

__all__ = ["LinearCell", "LinearLayer"]

S = TypeVar("S", bound=tuple[Tensor, ...])


class _Linear(NeuronModule, Generic[S]):
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        input_weights: Tensor | None = None,
        generator: torch.Generator | None = None,
        dt: float = 1e-3,
        learn: Iterable[str] = (),
        integrator: Integrator = "euler",
        backend: str = "auto",
        **parameters: Value,
    ) -> None:
        super().__init__(parameters, learn, Rules(dt, integrator=integrator), backend)
        self.input_size, self.hidden_size = input_size, hidden_size
        self.input_weights = initial_weights(
            type(self).__name__,
            "input_weights",
            input_weights,
            (hidden_size, input_size),
            generator,
        )

    def _drive(self, x: Tensor, leading: int) -> Tensor:
        form = f"({'T, B' if leading == 2 else 'B'}, {self.input_size})"
        check_input(type(self).__name__, x, leading + 1, form)
        if x.shape[-1] != self.input_size:
            raise NetworkError(
                f"{type(self).__name__}: the last axis of the input must be {self.input_size}, "
                f"got the shape {tuple(x.shape)}"
            )
        check_dtype(type(self).__name__, x, self.input_weights)
        return F.linear(x, self.input_weights)

    def extra_repr(self) -> str:
        """Show the sizes, then the parameters."""
        rest = super().extra_repr()
        return f"{self.input_size}, {self.hidden_size}" + (f", {rest}" if rest else "")


class LinearLayer(_Linear[S]):
    """A neuron behind input weights, over whole sequences: input `(T, B, input_size)`.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        input_weights: `(hidden_size, input_size)`; drawn from a normal distribution if not given.
        generator: Source of the initial weights.
        parameters: Options and parameters as for the layer without weights.
    """

    def forward(self, x: Tensor, state: S | None = None) -> tuple[Tensor, S]:
        """Run over a sequence.

        Args:
            x: Input, `(T, B, input_size)`.
            state: State before the first step, each `(B, hidden_size)`; None starts at rest.

        Returns:
            The output of every step, `(T, B, hidden_size)`, and the state after the last.
        """
        drive = self._drive(x, 2)
        return run_sequence(
            self.neuron, drive, state, self.coefficients_for(drive), self.rules, self.backend
        )


class LinearCell(_Linear[S]):
    """One step of a neuron behind input weights: input `(B, input_size)`.

    Takes the arguments of `LinearLayer`.
    """

    def forward(self, x: Tensor, state: S | None = None) -> tuple[Tensor, S]:
        """Run one step.

        Args:
            x: Input, `(B, input_size)`.
            state: State before the step, each `(B, hidden_size)`; None starts at rest.

        Returns:
            The output, `(B, hidden_size)`, and the state after the step.
        """
        drive = self._drive(x, 1)
        return run_step(
            self.neuron, drive, state, self.coefficients_for(drive), self.rules, self.backend
        )
