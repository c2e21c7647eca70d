"""Resonate-and-fire neuron (Izhikevich 2001): a damped oscillation that fires at its crest.

    (u', v') = exp(-dt / tau) * rotation(2 pi * frequency * dt) of (u + x, v)
    s  = v' > v_th
    (u, v) = (0, v_reset) where s, else (u', v')

An input pushes `u`, the current-like variable, which turns into the voltage-like `v`. Inputs in
time with the oscillation add up.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._integrate import kept
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Number, Seconds, Value, Volts, tensor
from norse_lite.surrogate import spike

__all__ = [
    "RESONATE_FIRE_NEURON",
    "ResonateFire",
    "ResonateFireCell",
    "ResonateFireParameters",
    "ResonateFireRecurrent",
    "ResonateFireRecurrentCell",
    "ResonateFireRecurrentState",
    "ResonateFireState",
]


@dataclass(frozen=True, kw_only=True)
class ResonateFireParameters:
    """Parameters of the resonate-and-fire neuron.

    Attributes:
        frequency: Frequency of the oscillation in hertz.
        tau: Time constant of its damping in seconds.
        v_th: Threshold.
        v_reset: Voltage after a spike.
    """

    frequency: Number = 20.0
    tau: Seconds = 50e-3
    v_th: Volts = 1.0
    v_reset: Volts = 0.0


class ResonateFireState(NamedTuple):
    """Voltage-like `v` and current-like `u`."""

    v: Tensor
    u: Tensor


class ResonateFireRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    u: Tensor


class ResonateFireCoefficients(NamedTuple):
    """What one step uses."""

    cosine: Value
    sine: Value
    v_th: Value
    v_reset: Value


def _coefficients(p: ResonateFireParameters, rules: Rules) -> ResonateFireCoefficients:
    kept_share = torch.exp(-rules.dt / tensor(p.tau))
    angle = 2 * math.pi * rules.dt * tensor(p.frequency)
    return ResonateFireCoefficients(
        kept_share * torch.cos(angle), kept_share * torch.sin(angle), p.v_th, p.v_reset
    )


def _step(
    x: Tensor, s: ResonateFireState, c: ResonateFireCoefficients, rules: Rules
) -> tuple[Tensor, ResonateFireState]:
    u = s.u + x
    u, v = c.cosine * u - c.sine * s.v, c.sine * u + c.cosine * s.v
    z = spike(v - c.v_th, rules.surrogate)
    k = kept(z, rules)
    return z, ResonateFireState((1 - k) * v + k * c.v_reset, (1 - k) * u)


RESONATE_FIRE_NEURON = Neuron(
    name="ResonateFire",
    parameters=ResonateFireParameters,
    state=ResonateFireState,
    recurrent_state=ResonateFireRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (0.0, 0.0),
    step=_step,
)


class ResonateFire(Layer[ResonateFireState]):
    """Resonate-and-fire neurons, over whole sequences.

    Takes the parameters of `ResonateFireParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = ResonateFire()
        >>> z, state = layer(1 * torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(z.shape), tuple(state.v.shape), bool(z.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = RESONATE_FIRE_NEURON


class ResonateFireCell(Cell[ResonateFireState]):
    """One step of resonate-and-fire neurons.

    Takes the parameters of `ResonateFireParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = ResonateFireCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     z, state = cell(x, state)
        >>> tuple(z.shape)
        (2, 4)
    """

    neuron = RESONATE_FIRE_NEURON


class ResonateFireRecurrent(RecurrentLayer[ResonateFireRecurrentState]):
    """Resonate-and-fire neurons, recurrently connected, over whole sequences.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `ResonateFire`.

    Example:
        >>> import torch
        >>> layer = ResonateFireRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = RESONATE_FIRE_NEURON


class ResonateFireRecurrentCell(RecurrentCell[ResonateFireRecurrentState]):
    """One step of resonate-and-fire neurons, recurrently connected.

    Takes the arguments of `ResonateFireRecurrent`.

    Example:
        >>> z, state = ResonateFireRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape)
        (2, 4)
    """

    neuron = RESONATE_FIRE_NEURON
