"""The feed-forward forms of a neuron: a layer over whole sequences, and a cell for single steps."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from torch import Tensor

from norse_lite.forms._parameters import NeuronModule
from norse_lite.forms._run import check_input, run_sequence, run_step
from norse_lite.neurons._neuron import Integrator, ResetRule, Rules
from norse_lite.neurons._values import Value
from norse_lite.surrogate import DEFAULT_SURROGATE, Surrogate, as_surrogate

__all__ = ["Cell", "Layer"]

S = TypeVar("S", bound=tuple[Tensor, ...])


class _FeedForward(NeuronModule, Generic[S]):
    def __init__(
        self,
        *,
        dt: float = 1e-3,
        learn: Iterable[str] = (),
        surrogate: Surrogate | str = DEFAULT_SURROGATE,
        reset: ResetRule = "value",
        detach_reset: bool = False,
        integrator: Integrator = "euler",
        backend: str = "auto",
        **parameters: Value,
    ) -> None:
        rules = Rules(dt, as_surrogate(surrogate), reset, detach_reset, integrator)
        super().__init__(parameters, learn, rules, backend)


class Layer(_FeedForward[S]):
    """A neuron over whole sequences: input `(T, B, *shape)`, one output per step.

    Args:
        dt: Duration of a time step in seconds.
        learn: Names of the parameters to learn; positive ones stay positive.
        surrogate: Derivative of the threshold in the backward pass, or its name.
        reset: A spike sets the voltage to `v_reset` ("value") or lowers it by `v_th - v_reset`
            ("subtract").
        detach_reset: Leave out the gradient through the spike that resets the voltage.
        integrator: "euler", or "exact" for the exact solution of the linear part.
        backend: "auto" uses compiled kernels where there are some, "reference" plain torch.
        parameters: Those of the neuron; one value, or a tensor that broadcasts to `shape`.
    """

    def forward(self, x: Tensor, state: S | None = None) -> tuple[Tensor, S]:
        """Run over a sequence.

        Args:
            x: Input, `(T, B, *shape)`.
            state: State before the first step, each `(B, *shape)`; None starts at rest.

        Returns:
            The output of every step, `(T, B, *shape)`, and the state after the last.
        """
        check_input(type(self).__name__, x, 2)
        coefficients = self.coefficients_for(x)
        return run_sequence(self.neuron, x, state, coefficients, self.rules, self.backend)


class Cell(_FeedForward[S]):
    """A neuron one step at a time: input `(B, *shape)`. Takes the arguments of `Layer`."""

    def forward(self, x: Tensor, state: S | None = None) -> tuple[Tensor, S]:
        """Run one step.

        Args:
            x: Input, `(B, *shape)`.
            state: State before the step, each `(B, *shape)`; None starts at rest.

        Returns:
            The output, `(B, *shape)`, and the state after the step.
        """
        check_input(type(self).__name__, x, 1)
        coefficients = self.coefficients_for(x)
        return run_step(self.neuron, x, state, coefficients, self.rules, self.backend)
