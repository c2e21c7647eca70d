"""From Norse's parameters and states to the neurons of this package."""

from functools import lru_cache
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


@lru_cache(256)
def _surrogate(method: str, alpha: float, super_alpha: bool) -> Surrogate:
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


def norse_surrogate(method: str, alpha: Any) -> Surrogate:
    """Return the surrogate that Norse means by a method and its steepness."""
    return _surrogate(method, float(alpha), release() == "head")


@lru_cache(256)
def _rules(dt: float, surrogate: Surrogate, reset: Any, detach: bool) -> Rules:
    return Rules(dt, surrogate, reset, detach)


def rules_of(p: Any, dt: float, *, reset: str = "value", detach: bool = False) -> Rules:
    """Return the rules of a step for Norse's parameters."""
    method, alpha = getattr(p, "method", "super"), getattr(p, "alpha", 100.0)
    return _rules(float(dt), norse_surrogate(method, alpha), reset, detach)


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
