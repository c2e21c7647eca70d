"""Surrogate gradients: what stands in for the derivative of the threshold in the backward pass.

A spike is `H(u) = 1 if u > 0 else 0` of the distance `u` from the threshold. Its derivative is zero
almost everywhere, so training uses that of a smooth function. Each surrogate is a small frozen
dataclass with one method, `derivative`; a new one is a subclass with that method. Wherever a
surrogate is asked for, its name in `SURROGATES` stands for it with its default steepness.
"""

from dataclasses import dataclass
from math import pi, sqrt
from typing import Any, ClassVar

import torch
from torch import Tensor

from norse_lite._errors import NetworkError

__all__ = [
    "SURROGATES",
    "ATan",
    "Boxcar",
    "Circ",
    "Erfc",
    "Logistic",
    "PiecewiseLinear",
    "SuperSpike",
    "Surrogate",
    "Tanh",
    "Triangle",
    "as_surrogate",
    "heaviside",
    "spike",
]


@dataclass(frozen=True)
class Surrogate:
    """Base of all surrogates: subclass it and define `derivative` to make your own.

    Example:
        >>> @dataclass(frozen=True)
        ... class Gaussian(Surrogate):
        ...     width: float = 0.5
        ...
        ...     def derivative(self, u):
        ...         return torch.exp(-((u / self.width) ** 2))
        >>> u = torch.tensor([-1.0, 0.1], requires_grad=True)
        >>> spike(u, Gaussian()).tolist()
        [0.0, 1.0]
    """

    # Name and steepness of the same function in neuro_kernels.dynamics, where there is one.
    kernel: ClassVar[str | None] = None
    alpha: ClassVar[float] = 1.0

    def derivative(self, u: Tensor) -> Tensor:
        """Derivative of the surrogate at the distance `u` from the threshold, of its shape."""
        raise NetworkError(f"{type(self).__name__} must define derivative(u)")


@dataclass(frozen=True)
class SuperSpike(Surrogate):
    """`1 / (alpha |u| + 1)^2` (Zenke and Ganguli 2018, eq. 10).

    `SuperSpike(1.0)` has the gradients of Norse 1.1.0, whose release ignores the steepness.

    Example:
        >>> SuperSpike(1.0).derivative(torch.tensor([0.0, 1.0])).tolist()
        [1.0, 0.25]
    """

    alpha: float = 100.0  # type: ignore[misc]
    kernel = "super_spike"

    def derivative(self, u: Tensor) -> Tensor:
        """Derivative at `u`."""
        return 1 / (self.alpha * u.abs() + 1) ** 2


@dataclass(frozen=True)
class Triangle(Surrogate):
    """`alpha max(0, 1 - |u|)` (Bellec et al. 2018, eq. 4).

    Example:
        >>> Triangle(0.5).derivative(torch.tensor([0.0, 0.5, 2.0])).tolist()
        [0.5, 0.25, 0.0]
    """

    alpha: float = 0.3  # type: ignore[misc]
    kernel = "triangle"

    def derivative(self, u: Tensor) -> Tensor:
        """Derivative at `u`."""
        return self.alpha * torch.relu(1 - u.abs())


@dataclass(frozen=True)
class ATan(Surrogate):
    """`alpha / (2 (1 + (pi/2 alpha u)^2))`, of an arctangent (Fang et al. 2021, eq. 9).

    Example:
        >>> [round(d, 3) for d in ATan(2.0).derivative(torch.tensor([0.0, 0.5, 2.0])).tolist()]
        [1.0, 0.288, 0.025]
    """

    alpha: float = 2.0  # type: ignore[misc]
    kernel = "arctan"

    def derivative(self, u: Tensor) -> Tensor:
        """Derivative at `u`."""
        return self.alpha / (2 * (1 + (pi / 2 * self.alpha * u) ** 2))


@dataclass(frozen=True)
class Boxcar(Surrogate):
    """`alpha / 2` where `|u| <= 1 / alpha`, else 0: of a piecewise linear function.

    Example:
        >>> Boxcar(1.0).derivative(torch.tensor([0.0, 0.5, 2.0])).tolist()
        [0.5, 0.5, 0.0]
    """

    alpha: float = 1.0  # type: ignore[misc]
    kernel = "boxcar"

    def derivative(self, u: Tensor) -> Tensor:
        """Derivative at `u`."""
        return (u.abs() * self.alpha <= 1).to(u.dtype) * (self.alpha / 2)


@dataclass(frozen=True)
class Tanh(Surrogate):
    """`1 - tanh(alpha u)^2`, of a hyperbolic tangent (Wozniak et al. 2020; Norse's "tanh").

    Example:
        >>> Tanh(alpha=1.0).derivative(torch.tensor(0.0)).item()
        1.0
    """

    alpha: float = 1.0  # type: ignore[misc]

    def derivative(self, u: Tensor) -> Tensor:
        """Derivative at `u`."""
        return 1 - torch.tanh(self.alpha * u) ** 2


@dataclass(frozen=True)
class Circ(Surrogate):
    """`(1 + (u / alpha)^2)^(-3/2)`, of `u / sqrt(alpha^2 + u^2)` (Norse's "circ").

    A larger `alpha` makes it wider.

    Example:
        >>> Circ(alpha=1.0).derivative(torch.tensor(0.0)).item()
        1.0
    """

    alpha: float = 1.0  # type: ignore[misc]

    def derivative(self, u: Tensor) -> Tensor:
        """Derivative at `u`."""
        return (1 + (u / self.alpha) ** 2) ** -1.5


@dataclass(frozen=True)
class Erfc(Surrogate):
    """`2 / sqrt(pi) exp(-(alpha u)^2)`, of an error function (Norse's "heavi_erfc").

    A Gaussian, as Yin et al. 2020 take.

    Example:
        >>> round(Erfc(alpha=1.0).derivative(torch.tensor(0.0)).item(), 4)
        1.1284
    """

    alpha: float = 1.0  # type: ignore[misc]

    def derivative(self, u: Tensor) -> Tensor:
        """Derivative at `u`."""
        return 2 / sqrt(pi) * torch.exp(-((self.alpha * u) ** 2))


@dataclass(frozen=True)
class Logistic(Surrogate):
    """`alpha s (1 - s)` with `s = 1 / (1 + exp(-alpha u))` (Zenke and Vogels 2021).

    Example:
        >>> Logistic(alpha=4.0).derivative(torch.tensor(0.0)).item()
        1.0
    """

    alpha: float = 4.0  # type: ignore[misc]

    def derivative(self, u: Tensor) -> Tensor:
        """Derivative at `u`."""
        s = torch.sigmoid(self.alpha * u)
        return self.alpha * s * (1 - s)


@dataclass(frozen=True)
class PiecewiseLinear(Surrogate):
    """1 around the threshold, falling linearly to 0: a trapezoid of two widths.

    With `flat=0` it is the triangle of Esser et al. 2016.

    Attributes:
        flat: Distance from the threshold up to which the derivative is 1.
        foot: Distance from which on it is 0, larger than `flat`.

    Example:
        >>> u = torch.tensor([0.0, 0.25, 0.75, 1.0])
        >>> PiecewiseLinear(flat=0.5, foot=1.0).derivative(u).tolist()
        [1.0, 1.0, 0.5, 0.0]
    """

    flat: float = 0.0
    foot: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.flat < self.foot:
            raise NetworkError(
                f"PiecewiseLinear: needs 0 <= flat < foot, got flat={self.flat!r}, "
                f"foot={self.foot!r}"
            )

    def derivative(self, u: Tensor) -> Tensor:
        """Derivative at `u`."""
        return ((self.foot - u.abs()) / (self.foot - self.flat)).clamp(0, 1)


def heaviside(u: Tensor) -> Tensor:
    """Return 1 where `u > 0`, else 0, in the dtype of `u`.

    Args:
        u: Distances from the threshold, any shape.

    Example:
        >>> heaviside(torch.tensor([-1.0, 0.0, 1.0])).tolist()
        [0.0, 0.0, 1.0]
    """
    return (u > 0).to(u.dtype)


class _Spike(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(u: Tensor, surrogate: Surrogate) -> Tensor:
        return heaviside(u)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Surrogate], output: Tensor) -> None:
        ctx.save_for_backward(inputs[0])
        ctx.surrogate = inputs[1]

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (u,) = ctx.saved_tensors
        return grads[0] * ctx.surrogate.derivative(u), None


def spike(u: Tensor, surrogate: Surrogate) -> Tensor:
    """Spike where the distance from the threshold is positive, with a surrogate gradient.

    Args:
        u: Voltage minus threshold, any shape.
        surrogate: Its derivative replaces that of the step.

    Returns:
        0 and 1 in the shape and dtype of `u`.

    Example:
        >>> u = torch.tensor([-0.01, 0.0, 0.01], requires_grad=True)
        >>> z = spike(u, SuperSpike(alpha=100.0))
        >>> z.sum().backward()
        >>> z.tolist(), u.grad.tolist()
        ([0.0, 0.0, 1.0], [0.25, 1.0, 0.25])
    """
    return _Spike.apply(u, surrogate)  # type: ignore[no-any-return]


DEFAULT_SURROGATE = SuperSpike()

# Names under which a surrogate can be given, with its default steepness.
SURROGATES: dict[str, type[Surrogate]] = {
    "super_spike": SuperSpike,
    "triangle": Triangle,
    "arctan": ATan,
    "boxcar": Boxcar,
    "tanh": Tanh,
    "circ": Circ,
    "erfc": Erfc,
    "logistic": Logistic,
    "piecewise": PiecewiseLinear,
}


def as_surrogate(surrogate: "Surrogate | str") -> Surrogate:
    """Return a surrogate given as such or by its name in `SURROGATES`.

    Raises:
        NetworkError: There is none of this name.

    Example:
        >>> as_surrogate("triangle")
        Triangle(alpha=0.3)
    """
    if isinstance(surrogate, Surrogate):
        return surrogate
    if isinstance(surrogate, str) and surrogate in SURROGATES:
        return SURROGATES[surrogate]()
    raise NetworkError(
        f"there is no surrogate {surrogate!r}; take a Surrogate or one of {', '.join(SURROGATES)}"
    )


# Surrogates by a text that names them completely, for operators whose arguments are plain values.
_BY_KEY: dict[str, Surrogate] = {}


def surrogate_key(surrogate: Surrogate) -> str:
    """Return a text under which `surrogate_by_key` finds an equal surrogate in this process."""
    key = f"{type(surrogate).__module__}.{surrogate!r}"
    _BY_KEY.setdefault(key, surrogate)
    return key


def surrogate_by_key(key: str) -> Surrogate:
    """Return the surrogate that `surrogate_key` gave this text for."""
    return _BY_KEY[key]
