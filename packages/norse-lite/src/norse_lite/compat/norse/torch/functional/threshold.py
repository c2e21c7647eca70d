"""Threshold functions: a step forward, a smooth function's derivative backward."""

from typing import Any

import torch
from torch import Tensor

from norse_lite.compat.norse._bridge import norse_surrogate
from norse_lite.compat.norse.torch.functional.heaviside import heaviside as heaviside
from norse_lite.compat.norse.torch.functional.superspike import super_fn
from norse_lite.surrogate import Circ, Surrogate, Tanh, spike

__all__ = [
    "CircDist",
    "HeaviCirc",
    "HeaviErfc",
    "HeaviTanh",
    "Logistic",
    "Triangle",
    "circ_dist_fn",
    "heavi_circ_fn",
    "heavi_erfc_fn",
    "heavi_tanh_fn",
    "logistic_fn",
    "sign",
    "super_fn",
    "superspike_fn",
    "threshold",
    "triangle_fn",
]

# Norse's name of it in this module.
superspike_fn = super_fn


def heavi_erfc_fn(x: Tensor, k: float) -> Tensor:
    """Step function with the derivative `2 / sqrt(pi) exp(-(k x)^2)`."""
    return spike(x, norse_surrogate("heavi_erfc", k))


def heavi_tanh_fn(x: Tensor, k: float) -> Tensor:
    """Step function with the derivative `1 - tanh(k x)^2`."""
    return spike(x, norse_surrogate("tanh", k))


def heavi_circ_fn(x: Tensor, k: float) -> Tensor:
    """Step function with the derivative `(1 + (x / k)^2)^(-3/2)`."""
    return spike(x, norse_surrogate("circ", k))


def triangle_fn(x: Tensor, alpha: float = 0.3) -> Tensor:
    """Step function with the derivative `alpha max(0, 1 - |x|)`."""
    return spike(x, norse_surrogate("triangle", alpha))


class _Random(torch.autograd.Function):
    """Draws a spike with a probability, and differentiates as a surrogate does."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, probability: Tensor, surrogate: Surrogate) -> Tensor:
        ctx.save_for_backward(x)
        ctx.surrogate = surrogate
        return torch.bernoulli(probability)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        return grads[0] * ctx.surrogate.derivative(x), None, None


def logistic_fn(x: Tensor, k: float) -> Tensor:
    """Spike with the probability `(1 + tanh(k x)) / 2`; the derivative is `1 - tanh(k x)^2`.

    Example:
        >>> logistic_fn(torch.tensor([-1e3, 1e3]), 1.0).tolist()
        [0.0, 1.0]
    """
    return _Random.apply(x, torch.sigmoid(2 * k * x.detach()), Tanh(float(k)))  # type: ignore[no-any-return]


def circ_dist_fn(x: Tensor, k: float) -> Tensor:
    """Spike with the probability `(1 + x / sqrt(k^2 + x^2)) / 2`.

    The derivative is `(1 + (x / k)^2)^(-3/2)`.

    Example:
        >>> circ_dist_fn(torch.tensor([-1e6, 1e6]), 1e-3).tolist()
        [0.0, 1.0]
    """
    u = x.detach()
    probability = (0.5 + 0.5 * u / torch.sqrt(float(k) ** 2 + u**2)).clamp(0, 1)
    return _Random.apply(x, probability, Circ(float(k)))  # type: ignore[no-any-return]


class HeaviErfc:
    """`heavi_erfc_fn` by the name of its autograd function."""

    apply = staticmethod(heavi_erfc_fn)


class HeaviTanh:
    """`heavi_tanh_fn` by the name of its autograd function."""

    apply = staticmethod(heavi_tanh_fn)


class HeaviCirc:
    """`heavi_circ_fn` by the name of its autograd function."""

    apply = staticmethod(heavi_circ_fn)


class Triangle:
    """`triangle_fn` by the name of its autograd function."""

    apply = staticmethod(triangle_fn)


class Logistic:
    """`logistic_fn` by the name of its autograd function."""

    apply = staticmethod(logistic_fn)


class CircDist:
    """`circ_dist_fn` by the name of its autograd function."""

    apply = staticmethod(circ_dist_fn)


def threshold(x: Tensor, method: str, alpha: float) -> Tensor:
    """Step function with the surrogate gradient of a method.

    Args:
        x: Distance from the threshold, any shape.
        method: "super", "triangle", "tanh", "circ", "heavi_erfc" or "heaviside" (no gradient).
        alpha: Steepness.

    Raises:
        NetworkError: There is no such method (a ValueError).

    Example:
        >>> threshold(torch.tensor([-0.1, 0.1]), "super", 100.0).tolist()
        [0.0, 1.0]
    """
    return spike(x, norse_surrogate(method, alpha))


def sign(x: Tensor, method: str, alpha: float) -> Tensor:
    """Return -1 or 1 by the threshold function of a method.

    Example:
        >>> sign(torch.tensor([-0.1, 0.1]), "super", 100.0).tolist()
        [-1.0, 1.0]
    """
    return 2 * threshold(x, method, alpha) - 1
