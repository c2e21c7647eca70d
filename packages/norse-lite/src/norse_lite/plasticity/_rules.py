"""Pair-based spike-timing-dependent plasticity: traces, weight dependence, and who meets whom.

    t_pre  = t_pre  + dt / tau_pre  (a_pre  z_pre  - t_pre)
    t_post = t_post + dt / tau_post (a_post z_post - t_post)
    dw     = eta_plus f_plus(w) z_post t_pre - eta_minus f_minus(w) t_post z_pre

A synapse sums this over the batch, and a convolution's weight over all places where it is used:
both are the gradient of `sum(post * layer(pre))` by the weight, and computed as such.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.grad import conv2d_weight

from norse_lite._errors import NetworkError

__all__ = ["STDPParameters", "STDPState", "Synapses", "change", "synapses_of", "traces"]

Algorithm = Literal["additive", "additive_step", "multiplicative_pow", "multiplicative_relu"]

# Sum over batch and places of `post` times `pre`, in the shape of the weight.
Synapses = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, kw_only=True)
class STDPParameters:
    """Parameters of pair-based STDP (Song et al. 2000; weight dependence: Guetig et al. 2003).

    Attributes:
        a_pre: Jump of the presynaptic trace per spike, times `dt / tau_pre`.
        a_post: The same of the postsynaptic trace.
        tau_pre: Time constant of the presynaptic trace in seconds.
        tau_post: Time constant of the postsynaptic trace in seconds.
        w_min: Lower bound of the weights.
        w_max: Upper bound of the weights.
        eta_plus: Rate of potentiation.
        eta_minus: Rate of depression.
        algorithm: Dependence on the weight, `f_plus` and `f_minus`: "additive" 1 and 1;
            "additive_step" `H(w_max - w)` and `H(w - w_min)`; "multiplicative_pow"
            `(w_max - w)^mu` and `(w - w_min)^mu`; "multiplicative_relu" the same differences
            themselves, cut at 0.
        mu: Exponent of "multiplicative_pow".
        hardbound: Clip the weights to the bounds after each step.
    """

    a_pre: float = 1.0
    a_post: float = 1.0
    tau_pre: float = 50e-3
    tau_post: float = 50e-3
    w_min: float = 0.0
    w_max: float = 1.0
    eta_plus: float = 1e-3
    eta_minus: float = 1e-3
    algorithm: Algorithm = "additive"
    mu: float = 0.0
    hardbound: bool = True

    def __post_init__(self) -> None:
        known = ("additive", "additive_step", "multiplicative_pow", "multiplicative_relu")
        if self.algorithm not in known:
            raise NetworkError(
                f"STDPParameters: algorithm must be one of {', '.join(known)}, "
                f"not {self.algorithm!r}"
            )
        for name in ("tau_pre", "tau_post"):
            if not getattr(self, name) > 0:
                raise NetworkError(f"STDPParameters: {name} must be a positive number of seconds")
        if not self.w_min <= self.w_max:
            raise NetworkError(
                f"STDPParameters: w_min {self.w_min} must not be above w_max {self.w_max}"
            )


class STDPState(NamedTuple):
    """Traces of the neurons before (`t_pre`) and behind (`t_post`) the synapses."""

    t_pre: Tensor
    t_post: Tensor


def traces(
    z_pre: Tensor, z_post: Tensor, state: STDPState | None, p: STDPParameters, dt: float
) -> STDPState:
    """Advance both traces by one step; None starts at zero."""
    if state is None:
        state = STDPState(torch.zeros_like(z_pre), torch.zeros_like(z_post))
    return STDPState(
        state.t_pre + dt / p.tau_pre * (p.a_pre * z_pre - state.t_pre),
        state.t_post + dt / p.tau_post * (p.a_post * z_post - state.t_post),
    )


def _weight_dependence(w: Tensor, p: STDPParameters) -> tuple[Tensor | float, Tensor | float]:
    up, down = p.w_max - w, w - p.w_min
    if p.algorithm == "additive":
        return 1.0, 1.0
    if p.algorithm == "additive_step":
        return (up > 0).to(w), (down > 0).to(w)
    if p.algorithm == "multiplicative_pow":
        # Beyond a bound there is no room, which a fractional power of a negative cannot say.
        return up.clamp(min=0) ** p.mu, down.clamp(min=0) ** p.mu
    return torch.relu(up), torch.relu(down)


def change(
    z_pre: Tensor,
    z_post: Tensor,
    state: STDPState,
    w: Tensor,
    p: STDPParameters,
    synapses: Synapses,
) -> Tensor:
    """Return the change of the weights in a step whose traces are already advanced."""
    plus, minus = _weight_dependence(w, p)
    potentiation = synapses(z_post, state.t_pre)
    depression = synapses(state.t_post, z_pre)
    return p.eta_plus * plus * potentiation - p.eta_minus * minus * depression


def bounded(w: Tensor, p: STDPParameters) -> Tensor:
    """Clip weights to their bounds where these are hard."""
    return w.clamp(p.w_min, p.w_max) if p.hardbound else w


def linear(post: Tensor, pre: Tensor) -> Tensor:
    """Synapses of a linear layer: `(*batch, n_post)` and `(*batch, n_pre)`."""
    return post.reshape(-1, post.shape[-1]).T @ pre.reshape(-1, pre.shape[-1])


def convolution(
    shape: torch.Size,
    stride: int | tuple[int, ...] = 1,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
) -> Synapses:
    """Synapses of a two-dimensional convolution with a weight of this shape."""

    # torch takes pairs too, though its types say numbers.
    options: Any = (stride, padding, dilation, groups)

    def synapses(post: Tensor, pre: Tensor) -> Tensor:
        return conv2d_weight(pre, list(shape), post, *options)

    return synapses


def synapses_of(layer: nn.Module, where: str) -> Synapses:
    """Synapses of a layer of torch.

    Raises:
        NetworkError: The layer is neither linear nor a two-dimensional convolution.
    """
    if isinstance(layer, nn.Linear):
        return linear
    if isinstance(layer, nn.Conv2d) and layer.padding_mode == "zeros":
        if isinstance(layer.padding, str):
            raise NetworkError(f"{where}: give the padding of the convolution as a number")
        return convolution(
            layer.weight.shape, layer.stride, layer.padding, layer.dilation, layer.groups
        )
    raise NetworkError(
        f"{where}: layer must be nn.Linear or nn.Conv2d with zero padding, "
        f"not {type(layer).__name__}"
    )
