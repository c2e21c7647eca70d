"""Modules of a step function: layer over time, cell, both also recurrent."""

from collections.abc import Callable
from math import sqrt
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite.compat.norse._pytree import tree_map_only

__all__ = [
    "SNN",
    "FeedforwardActivation",
    "RecurrentActivation",
    "SNNCell",
    "SNNRecurrent",
    "SNNRecurrentCell",
]

Step = Callable[..., tuple[Tensor, Any]]
# Norse's names of the types of step functions, for annotations.
FeedforwardActivation = Callable[[Tensor, Any, Any, float], tuple[Tensor, Any]]
RecurrentActivation = Callable[[Tensor, Any, Tensor, Tensor, Any, float], tuple[Tensor, Any]]


class ParameterModule(nn.Module):
    """Owns the parameters `p` of a neuron: they move with the module, and are learned if they can.

    Args:
        p: A tuple of values, nested at will; a `torch.nn.Parameter` in it belongs to the module.
        dt: Duration of a step in seconds.
    """

    def __init__(self, p: Any, dt: float) -> None:
        super().__init__()
        self.p = p
        self.dt = dt
        learned: list[nn.Parameter] = []
        tree_map_only(nn.Parameter, learned.append, p)
        for number, parameter in enumerate(learned):
            self.register_parameter(f"p_{number}", parameter)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "ParameterModule":
        before = dict(self._parameters)
        super()._apply(fn, recurse)
        after = {id(v): self._parameters[name] for name, v in before.items() if v is not None}

        def moved(value: Tensor) -> Any:
            if id(value) in after:
                return after[id(value)]
            # Constants follow to another device, but keep their precision.
            device = fn(value).device
            return value if device == value.device else value.to(device)

        self.p = tree_map_only(Tensor, moved, self.p)
        return self

    def extra_repr(self) -> str:
        """Show parameters and step."""
        return f"p={self.p}, dt={self.dt}"


class SNNCell(ParameterModule):
    """One step of a neuron.

    Args:
        activation: Step function, `(x, state, p, dt) -> (output, state)`.
        state_fallback: Maps the input to the initial state.
        p: Parameters of the neuron.
        dt: Duration of a step in seconds.
        activation_sparse: Step function for sparse inputs.
    """

    def __init__(
        self,
        activation: Step,
        state_fallback: Callable[[Tensor], Any],
        p: Any,
        dt: float = 0.001,
        activation_sparse: Step | None = None,
    ) -> None:
        super().__init__(p, dt)
        self.activation, self.activation_sparse = activation, activation_sparse
        self.state_fallback = state_fallback

    def initial_state(self, input_tensor: Tensor) -> Any:
        """Return the state before any input."""
        return self.state_fallback(input_tensor)

    def forward(self, input_tensor: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
            input_tensor: Input, any shape.
            state: State before the step; None starts at rest.

        Returns:
            The output and the new state.
        """
        state = self.initial_state(input_tensor) if state is None else state
        sparse = input_tensor.is_sparse and self.activation_sparse is not None
        activation = self.activation_sparse if sparse else self.activation
        assert activation is not None
        return activation(input_tensor, state, self.p, self.dt)


class SNNRecurrentCell(ParameterModule):
    """One step of a recurrently connected neuron.

    Args:
        activation: Step function, `(x, state, input_weights, recurrent_weights, p, dt)`.
        state_fallback: Maps the input to the initial state.
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters of the neuron.
        input_weights: `(hidden_size, input_size)`; drawn from a normal distribution if not given.
        recurrent_weights: `(hidden_size, hidden_size)`, likewise.
        autapses: Keep connections of a neuron to itself.
        dt: Duration of a step in seconds.
        activation_sparse: Step function for sparse inputs.
    """

    def __init__(
        self,
        activation: Step,
        state_fallback: Callable[[Tensor], Any],
        input_size: int,
        hidden_size: int,
        p: Any,
        input_weights: Tensor | None = None,
        recurrent_weights: Tensor | None = None,
        autapses: bool = False,
        dt: float = 0.001,
        activation_sparse: Step | None = None,
    ) -> None:
        super().__init__(p, dt)
        self.activation, self.activation_sparse = activation, activation_sparse
        self.state_fallback = state_fallback
        self.input_size, self.hidden_size, self.autapses = input_size, hidden_size, autapses
        scale = sqrt(2 / hidden_size)
        if input_weights is None:
            input_weights = torch.randn(hidden_size, input_size) * scale
        if recurrent_weights is None:
            recurrent_weights = torch.randn(hidden_size, hidden_size) * scale
        self.input_weights = nn.Parameter(input_weights)
        self.recurrent_weights = nn.Parameter(recurrent_weights)
        if not autapses:
            with torch.no_grad():
                self.recurrent_weights.fill_diagonal_(0)
        self._mask_autapses()

    def _mask_autapses(self) -> None:
        # Without autapses the diagonal stays zero: it gets no gradient.
        if not self.autapses and self.recurrent_weights.requires_grad:
            self.recurrent_weights.register_hook(_without_diagonal)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._mask_autapses()

    def initial_state(self, input_tensor: Tensor) -> Any:
        """Return the state before any input."""
        return self.state_fallback(input_tensor)

    def _step(self, x: Tensor, state: Any) -> tuple[Tensor, Any]:
        sparse = x.is_sparse and self.activation_sparse is not None
        activation = self.activation_sparse if sparse else self.activation
        assert activation is not None
        return activation(x, state, self.input_weights, self.recurrent_weights, self.p, self.dt)

    def forward(self, input_tensor: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
            input_tensor: Input, `(B, input_size)`.
            state: State before the step; None starts at rest.

        Returns:
            The output `(B, hidden_size)` and the new state.
        """
        state = self.initial_state(input_tensor) if state is None else state
        return self._step(input_tensor, state)

    def extra_repr(self) -> str:
        """Show sizes, parameters and step."""
        return (
            f"input_size={self.input_size}, hidden_size={self.hidden_size}, p={self.p}, "
            f"autapses={self.autapses}, dt={self.dt}"
        )


def _without_diagonal(grad: Tensor) -> Tensor:
    return grad - torch.diag(grad.diagonal())


def _over_time(
    step: Callable[[Tensor, Any], tuple[Tensor, Any]], inputs: Tensor, state: Any, record: bool
) -> tuple[Tensor, Any]:
    """Run a step function along time; all states if asked to record, else the last."""
    outputs, states = [], []
    for x in inputs:
        y, state = step(x, state)
        outputs.append(y)
        if record:
            states.append(state)
    if outputs and outputs[0].is_sparse:
        stacked = torch.stack(outputs).coalesce()
    else:
        stacked = torch.stack(outputs)
    return stacked, _stacked(states) if record else state


def _stacked(states: list[Any]) -> Any:
    """Return one state whose values have time as their first axis."""
    first = states[0]
    if isinstance(first, Tensor):
        return torch.stack(states)
    return type(first)(*(_stacked(list(values)) for values in zip(*states, strict=True)))


class SNN(SNNCell):
    """A neuron over sequences whose first axis is time; takes the arguments of `SNNCell`.

    Args:
        activation: Step function, `(x, state, p, dt) -> (output, state)`.
        state_fallback: Maps one step of input to the initial state.
        p: Parameters of the neuron.
        dt: Duration of a step in seconds.
        activation_sparse: Step function for sparse inputs.
        record_states: Return the states of all steps, stacked.
    """

    def __init__(
        self,
        activation: Step,
        state_fallback: Callable[[Tensor], Any],
        p: Any,
        dt: float = 0.001,
        activation_sparse: Step | None = None,
        record_states: bool = False,
    ) -> None:
        super().__init__(activation, state_fallback, p, dt, activation_sparse)
        self.record_states = record_states

    def forward(self, input_tensor: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Run over a sequence.

        Args:
            input_tensor: Input, `(T, ...)`.
            state: State before the first step; None starts at rest.

        Returns:
            The outputs of all steps, and the last state (all states with `record_states`).
        """
        state = self.initial_state(input_tensor[0]) if state is None else state
        return _over_time(super().forward, input_tensor, state, self.record_states)


class SNNRecurrent(SNNRecurrentCell):
    """A recurrently connected neuron over sequences; takes the arguments of `SNNRecurrentCell`.

    Args:
        activation: Step function, `(x, state, input_weights, recurrent_weights, p, dt)`.
        state_fallback: Maps one step of input to the initial state.
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters of the neuron.
        input_weights: `(hidden_size, input_size)`; drawn from a normal distribution if not given.
        recurrent_weights: `(hidden_size, hidden_size)`, likewise.
        autapses: Keep connections of a neuron to itself.
        dt: Duration of a step in seconds.
        activation_sparse: Step function for sparse inputs.
        record_states: Return the states of all steps, stacked.
    """

    def __init__(
        self,
        activation: Step,
        state_fallback: Callable[[Tensor], Any],
        input_size: int,
        hidden_size: int,
        p: Any,
        input_weights: Tensor | None = None,
        recurrent_weights: Tensor | None = None,
        autapses: bool = False,
        dt: float = 0.001,
        activation_sparse: Step | None = None,
        record_states: bool = False,
    ) -> None:
        super().__init__(
            activation,
            state_fallback,
            input_size,
            hidden_size,
            p,
            input_weights,
            recurrent_weights,
            autapses,
            dt,
            activation_sparse,
        )
        self.record_states = record_states

    def forward(self, input_tensor: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Run over a sequence.

        Args:
            input_tensor: Input, `(T, B, input_size)`.
            state: State before the first step; None starts at rest.

        Returns:
            The outputs of all steps, and the last state (all states with `record_states`).
        """
        state = self.initial_state(input_tensor[0]) if state is None else state
        return _over_time(self._step, input_tensor, state, self.record_states)
