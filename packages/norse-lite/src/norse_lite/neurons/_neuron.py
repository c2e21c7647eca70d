"""What a neuron model is: parameters, coefficients, state and one step function."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from numbers import Real
from typing import Any, Generic, Literal, NamedTuple, TypeVar, get_args

from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.neurons._values import Value
from norse_lite.surrogate import DEFAULT_SURROGATE, Surrogate, as_surrogate, surrogate_key

__all__ = ["Neuron", "ResetRule", "Rules"]

ResetRule = Literal["value", "subtract"]
Integrator = Literal["euler", "exact"]

P = TypeVar("P")
S = TypeVar("S", bound=tuple[Tensor, ...])


@dataclass(frozen=True, slots=True)
class Rules:
    """Choices that are not parameters of the neuron, the same for all models.

    Attributes:
        dt: Duration of a time step in seconds.
        surrogate: Derivative of the threshold in the backward pass.
        reset: A spike sets the voltage to `v_reset` ("value") or lowers it by `v_th - v_reset`
            ("subtract").
        detach_reset: Leave out the gradient through what a spike does to its own neuron: the reset,
            and the jump of an adaptation.
        integrator: "euler" makes forward Euler steps of `dt / tau`; "exact" solves the linear part
            exactly for an input that arrives at the start of the step.
    """

    dt: float = 1e-3
    surrogate: Surrogate = DEFAULT_SURROGATE
    reset: ResetRule = "value"
    detach_reset: bool = False
    integrator: Integrator = "euler"
    surrogate_key: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.dt, Real) or not 0 < self.dt < inf:
            raise NetworkError(f"dt must be a positive number of seconds, not {self.dt!r}")
        for name, known in (("reset", get_args(ResetRule)), ("integrator", get_args(Integrator))):
            if getattr(self, name) not in known:
                raise NetworkError(
                    f"{name} must be {' or '.join(map(repr, known))}, not {getattr(self, name)!r}"
                )
        object.__setattr__(self, "surrogate", as_surrogate(self.surrogate))
        # Operators know the surrogate by this text; computed here because it cannot be traced.
        object.__setattr__(self, "surrogate_key", surrogate_key(self.surrogate))

    def __reduce__(self) -> tuple[Any, ...]:
        values = (self.dt, self.surrogate, self.reset, self.detach_reset, self.integrator)
        return Rules, values


@dataclass(frozen=True)
class Neuron(Generic[P, S]):
    """A neuron model, from which all its forms are derived.

    Attributes:
        name: Name of the model, as its layer is called.
        parameters: Dataclass of its parameters.
        state: NamedTuple of its state variables.
        coefficients: Maps parameters and rules to the NamedTuple of dimensionless coefficients that
            one step uses.
        rest: Maps coefficients to the value of each state variable before any input.
        step: Maps input, state, coefficients and rules to output and new state.
        kernel: Name of the compiled model in `neuro_kernels.dynamics`, if there is one; its
            coefficients and state variables have the same order.
        recurrent_state: NamedTuple of the state of the recurrent forms: the last output `z`, then
            the state variables.
        matrices: Coefficients that couple neurons, `(neurons, neurons)`; the others broadcast to
            the layer's shape.
    """

    name: str
    parameters: type[P]
    state: type[S]
    coefficients: Callable[[P, Rules], NamedTuple]
    rest: Callable[[Any], tuple[Value, ...]]
    step: Callable[[Tensor, S, Any, Rules], tuple[Tensor, S]]
    kernel: str | None = None
    recurrent_state: Any = None
    matrices: frozenset[str] = frozenset()
