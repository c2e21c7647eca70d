"""From Norse's parameters and states to the neurons of this package."""

from functools import lru_cache
from itertools import count
from typing import Any

import torch
from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.compat.norse._release import release
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.surrogate import (
    Circ,
    Erfc,
    SuperSpike,
    Surrogate,
    Tanh,
    Triangle,
)

__all__ = ["NoGradient", "norse_surrogate", "rules_of", "step", "weighted"]


class NoGradient(Surrogate):
    """The derivative of the step itself, which is zero: Norse's "heaviside"."""

    def derivative(self, u: Tensor) -> Tensor:
        """Return zeros."""
        return torch.zeros_like(u)


_METHODS: dict[str, type[Surrogate]] = {
    "super": SuperSpike,
    "triangle": Triangle,
    "tanh": Tanh,
    "circ": Circ,
    "heavi_erfc": Erfc,
}


_NUMBERS = count()


class _Known:
    """Surrogates and rules in use, as attributes: torch.compile follows these to their values."""


def _made_surrogate(method: str, alpha: float, super_alpha: bool) -> Surrogate:
    if method == "heaviside":
        return NoGradient()
    if method == "super" and not super_alpha:
        return SuperSpike(1.0)
    if method not in _METHODS:
        raise NetworkError(
            f"there is no threshold function {method!r}; take one of "
            f"{', '.join(_METHODS)}, heaviside"
        )
    return _METHODS[method](alpha)  # type: ignore[call-arg]


@lru_cache(None)
def _surrogate_name(method: str, alpha: float, super_alpha: bool) -> str:
    name = f"surrogate_{next(_NUMBERS)}"
    setattr(_Known, name, _made_surrogate(method, alpha, super_alpha))
    return name


@lru_cache(None)
def _rules_name(surrogate: str, dt: float, reset: Any, detach: bool) -> str:
    name = f"rules_{next(_NUMBERS)}"
    setattr(_Known, name, Rules(dt, getattr(_Known, surrogate), reset, detach))
    return name


def _name_of_surrogate(method: str, alpha: Any) -> str:
    return _surrogate_name(method, float(alpha), release() == "head")


def _name_of_rules(method: str, alpha: Any, dt: Any, reset: str, detach: bool) -> str:
    return _rules_name(_name_of_surrogate(method, alpha), float(dt), reset, detach)


# Known to torch.compile as constants: it cannot trace a number out of a tensor. The mark is all
# that torch.compiler.assume_constant_result makes, after importing the compiler.
for _function in (_name_of_surrogate, _name_of_rules):
    _function._dynamo_marked_constant = True  # type: ignore[attr-defined]


def norse_surrogate(method: str, alpha: Any) -> Surrogate:
    """Return the surrogate that Norse means by a method and its steepness."""
    return getattr(_Known, _name_of_surrogate(method, alpha))  # type: ignore[no-any-return]


def rules_of(p: Any, dt: float, *, reset: str = "value", detach: bool = False) -> Rules:
    """Return the rules of a step for Norse's parameters."""
    method, alpha = getattr(p, "method", "super"), getattr(p, "alpha", 100.0)
    return getattr(_Known, _name_of_rules(method, alpha, dt, reset, detach))  # type: ignore[no-any-return]


def weighted(x: Tensor, weights: Tensor) -> Tensor:
    """Return `x @ weights.T`, in a precision that both share."""
    if not x.is_floating_point():
        x = x.to(weights.dtype)
    return torch.nn.functional.linear(x, weights)


def step(
    neuron: Neuron[Any, Any], x: Tensor, state: Any, coefficients: Any, rules: Rules
) -> tuple[Tensor, Any]:
    """Run one step of a neuron on states that may be numbers or scalars."""
    values = (torch.as_tensor(value, device=x.device) for value in state)
    return neuron.step(x, neuron.state(*values), coefficients, rules)
