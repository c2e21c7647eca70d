"""The recurrent forms of a neuron: its spikes come back, weighted, in the next step."""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from norse_lite._dtypes import check_dtype
from norse_lite._errors import NetworkError
from norse_lite.forms._parameters import Coefficients, NeuronModule
from norse_lite.forms._run import check_input, prepare, run_sequence, run_step, spikes_of, working
from norse_lite.forms._weights import initial_weights
from norse_lite.fused import fits
from norse_lite.neurons._neuron import Integrator, ResetRule, Rules
from norse_lite.neurons._values import Value
from norse_lite.surrogate import DEFAULT_SURROGATE, Surrogate, as_surrogate

__all__ = ["RecurrentCell", "RecurrentLayer"]

R = TypeVar("R", bound=tuple[Tensor, ...])


class _Recurrent(NeuronModule, Generic[R]):
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        input_weights: Tensor | None = None,
        recurrent_weights: Tensor | None = None,
        autapses: bool = False,
        generator: torch.Generator | None = None,
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
        self.input_size, self.hidden_size, self.autapses = input_size, hidden_size, autapses

        owner, square = type(self).__name__, (hidden_size, hidden_size)
        self.input_weights = initial_weights(
            owner, "input_weights", input_weights, (hidden_size, input_size), generator
        )
        self.recurrent_weights = initial_weights(
            owner, "recurrent_weights", recurrent_weights, square, generator
        )
        if not autapses:
            with torch.no_grad():
                self.recurrent_weights.fill_diagonal_(0)

    def feedback_weights(self) -> Tensor:
        """Return the recurrent weights in use: without autapses, the diagonal counts as zero."""
        if self.autapses:
            return self.recurrent_weights
        size = self.hidden_size
        diagonal = torch.eye(size, dtype=torch.bool, device=self.recurrent_weights.device)
        return self.recurrent_weights.masked_fill(diagonal, 0)

    def _drive(self, x: Tensor, leading: int) -> Tensor:
        form = f"({'T, B' if leading == 2 else 'B'}, {self.input_size})"
        check_input(type(self).__name__, x, leading + 1, form)
        if x.shape[-1] != self.input_size:
            raise NetworkError(
                f"{type(self).__name__}: the last axis of the input must be {self.input_size}, "
                f"got the shape {tuple(x.shape)}"
            )
        check_dtype(type(self).__name__, x, self.input_weights)
        if self.backend == "auto":
            from norse_lite.sparse import event_linear  # takes long to import

            return event_linear(x, self.input_weights)
        return F.linear(x, self.input_weights)

    def _start(self, state: R | None, drive: Tensor) -> tuple[Tensor, Any]:
        if state is None:
            return torch.zeros_like(drive), None
        z = spikes_of(type(self).__name__, state, self.neuron.recurrent_state, drive)
        return z, self.neuron.state(*state[1:])

    def _step(
        self, drive: Tensor, z: Tensor, state: Any, weights: Tensor, c: Coefficients
    ) -> tuple[Tensor, Any]:
        current = drive + F.linear(z.to(drive.dtype), weights)
        return run_step(self.neuron, current, state, c, self.rules, self.backend)

    def _compiled(self, drive: Tensor) -> bool:
        return self.backend == "auto" and drive.ndim == 3 and fits(self.neuron, working(drive))

    def _run_compiled(self, drive: Tensor, state: R | None) -> tuple[Tensor, R]:
        """Run over currents `(T, B, hidden_size)` in compiled code."""
        dtype, drive = drive.dtype, working(drive)
        z, inner = None, None
        if state is not None:
            z, inner = self._start(state, drive[0])
        coefficients = self.coefficients_for(drive)
        inner = prepare(self.neuron, drive, inner, coefficients)
        weights = self.feedback_weights().to(drive.dtype)
        from norse_lite.fused._recurrent import run_recurrent  # takes long to import

        out, inner = run_recurrent(self.neuron, drive, z, inner, weights, coefficients, self.rules)
        out = out.to(dtype)
        return out, self.neuron.recurrent_state(out[-1], *inner)

    def _without_steps(self, drive: Tensor, state: R | None) -> tuple[Tensor, R]:
        """Return no output, and the state as it was."""
        at_once = working(drive.new_zeros(drive.shape[1:]))
        z, inner = self._start(state, at_once)
        c = self.coefficients_for(at_once)
        none, inner = run_sequence(self.neuron, at_once[None, :][:0], inner, c, self.rules, "auto")
        return none.to(drive.dtype), self.neuron.recurrent_state(z.to(drive.dtype), *inner)

    def extra_repr(self) -> str:
        """Show the sizes, then the parameters."""
        rest = super().extra_repr()
        return f"{self.input_size}, {self.hidden_size}" + (f", {rest}" if rest else "")


class RecurrentLayer(_Recurrent[R]):
    """A recurrently connected neuron over whole sequences: input `(T, B, input_size)`.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        input_weights: `(hidden_size, input_size)`; drawn from a normal distribution if not given.
        recurrent_weights: `(hidden_size, hidden_size)`, from neuron `j` to neuron `i` at `[i, j]`.
        autapses: Keep connections of a neuron to itself.
        generator: Source of the initial weights.
        parameters: Options and parameters as for the feed-forward layer.
    """

    def forward(self, x: Tensor, state: R | None = None) -> tuple[Tensor, R]:
        """Run over a sequence.

        Args:
            x: Input, `(T, B, input_size)`.
            state: State before the first step, each `(B, hidden_size)`; None starts at rest.

        Returns:
            The output of every step, `(T, B, hidden_size)`, and the state after the last.
        """
        drive = self._drive(x, 2)
        if not len(drive):
            return self._without_steps(drive, state)
        if self._compiled(drive):
            return self._run_compiled(drive, state)
        # Half precision is computed in float32, the sums of the feedback too.
        dtype, drive = drive.dtype, working(drive)
        coefficients, weights = (
            self.coefficients_for(drive),
            self.feedback_weights().to(drive.dtype),
        )
        z, inner = self._start(state, drive[0])
        outputs = []
        for drive_t in drive.unbind(0):
            z, inner = self._step(drive_t, z, inner, weights, coefficients)
            outputs.append(z)
        return torch.stack(outputs).to(dtype), self.neuron.recurrent_state(z.to(dtype), *inner)


class RecurrentCell(_Recurrent[R]):
    """One step of a recurrently connected neuron: input `(B, input_size)`.

    Takes the arguments of `RecurrentLayer`.
    """

    def forward(self, x: Tensor, state: R | None = None) -> tuple[Tensor, R]:
        """Run one step.

        Args:
            x: Input, `(B, input_size)`.
            state: State before the step, each `(B, hidden_size)`; None starts at rest.

        Returns:
            The output, `(B, hidden_size)`, and the state after the step.
        """
        drive = self._drive(x, 1)
        if self._compiled(drive[None]):
            z, after = self._run_compiled(drive[None], state)
            return z[0], after
        z, inner = self._start(state, drive)
        z, inner = self._step(
            drive, z, inner, self.feedback_weights(), self.coefficients_for(drive)
        )
        return z, self.neuron.recurrent_state(z, *inner)
