"""Compartments of a leaky integrate-and-fire neuron, coupled by conductances.

    w  = v + dt * (g_coupling v)
    j  = i + x
    v' = w + leak * ((v_leak - w) + gain * j)
    i  = j - decay * j
    s  = v' > v_th
    v  = v_reset where s, else v'

The neurons along the last axis are the compartments: `(g_coupling v)[k] = sum_l g[k, l] v[l]`.
There is no convolutional form: its last axis is a row of pixels, which share their weights wherever
they are, while a compartment is coupled by its own row of the matrix.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._refractory import refractory
from norse_lite.neurons._values import Number, Value
from norse_lite.neurons.lif import (
    LIF_NEURON,
    LIFCoefficients,
    LIFParameters,
    LIFState,
    lif_coefficients,
)

__all__ = [
    "LIFMC",
    "LIF_MC_NEURON",
    "LIF_MC_REFRAC_NEURON",
    "LIFMCCell",
    "LIFMCParameters",
    "LIFMCRecurrent",
    "LIFMCRecurrentCell",
    "LIFMCRecurrentState",
    "LIFMCRefrac",
    "LIFMCRefracCell",
    "LIFMCRefracParameters",
    "LIFMCRefracRecurrent",
    "LIFMCRefracRecurrentCell",
    "LIFMCRefracRecurrentState",
    "LIFMCRefracState",
    "LIFMCState",
]


@dataclass(frozen=True, kw_only=True)
class LIFMCParameters(LIFParameters):
    """Parameters of the multi-compartment neuron: those of `LIFParameters`, and its own.

    Attributes:
        g_coupling: Conductances `(neurons, neurons)` from compartment `l` to `k` at `[k, l]`, per
            second; one number stands for that multiple of the identity.
    """

    g_coupling: Number = 0.0


class LIFMCState(NamedTuple):
    """Voltage `v` and synaptic current `i`."""

    v: Tensor
    i: Tensor


class LIFMCRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    i: Tensor


class LIFMCCoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    decay: Value
    gain: Value
    v_leak: Value
    v_th: Value
    v_reset: Value
    g_coupling: Value


def _coefficients(p: LIFMCParameters, rules: Rules) -> LIFMCCoefficients:
    return LIFMCCoefficients(*lif_coefficients(p, rules), rules.dt * p.g_coupling)


def _coupled(v: Tensor, coupling: Value) -> Tensor:
    if isinstance(coupling, Tensor) and coupling.ndim == 2:
        return torch.nn.functional.linear(v, coupling)
    return coupling * v


def _step(
    x: Tensor, s: LIFMCState, c: LIFMCCoefficients, rules: Rules
) -> tuple[Tensor, LIFMCState]:
    coupled = LIFState(s.v + _coupled(s.v, c.g_coupling), s.i)
    z, after = LIF_NEURON.step(x, coupled, LIFCoefficients(*c[:-1]), rules)
    return z, LIFMCState(*after)


LIF_MC_NEURON = Neuron(
    name="LIFMC",
    parameters=LIFMCParameters,
    state=LIFMCState,
    recurrent_state=LIFMCRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak, 0.0),
    step=_step,
    matrices=frozenset({"g_coupling"}),
)


class LIFMC(Layer[LIFMCState]):
    """Coupled compartments of leaky integrate-and-fire neurons, over whole sequences.

    Takes the parameters of `LIFMCParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> chain = torch.diag(torch.full((3,), 50.0), -1)  # each drives the next
        >>> layer = LIFMC(g_coupling=chain)
        >>> x = torch.zeros(50, 1, 4)
        >>> x[..., 0] = 0.4
        >>> z, state = layer(x)
        >>> bool(state.v[0, 1] > 0)
        True
    """

    neuron = LIF_MC_NEURON


class LIFMCCell(Cell[LIFMCState]):
    """One step of `LIFMC`.

    Example:
        >>> z, state = LIFMCCell()(torch.ones(2, 4))  # (B, compartments)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = LIF_MC_NEURON


class LIFMCRecurrent(RecurrentLayer[LIFMCRecurrentState]):
    """Coupled compartments that are also recurrently connected, over whole sequences.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `LIFMC`.

    Example:
        >>> z, state = LIFMCRecurrent(3, 4)(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = LIF_MC_NEURON


class LIFMCRecurrentCell(RecurrentCell[LIFMCRecurrentState]):
    """One step of `LIFMCRecurrent`.

    Example:
        >>> z, state = LIFMCRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = LIF_MC_NEURON


@dataclass(frozen=True, kw_only=True)
class LIFMCRefracParameters(LIFMCParameters):
    """Parameters of refractory compartments: those of `LIFMCParameters`, and its own.

    Attributes:
        rho_reset: Duration of the refractory time in steps.
    """

    rho_reset: Number = 5.0


class LIFMCRefracState(NamedTuple):
    """Voltage `v`, synaptic current `i` and remaining refractory steps `rho`."""

    v: Tensor
    i: Tensor
    rho: Tensor


class LIFMCRefracRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    i: Tensor
    rho: Tensor


LIF_MC_REFRAC_NEURON = refractory(
    LIF_MC_NEURON,
    name="LIFMCRefrac",
    parameters=LIFMCRefracParameters,
    state=LIFMCRefracState,
    recurrent_state=LIFMCRefracRecurrentState,
)


class LIFMCRefrac(Layer[LIFMCRefracState]):
    """Coupled compartments with a refractory time, over whole sequences.

    Takes the parameters of `LIFMCRefracParameters` and the options of `Layer`. A compartment in its
    refractory time keeps its voltage, and still acts on the others.

    Example:
        >>> z, state = LIFMCRefrac()(torch.ones(50, 2, 4))  # (T, B, compartments)
        >>> tuple(z.shape), float(z.sum(0).amax())
        ((50, 2, 4), 6.0)
    """

    neuron = LIF_MC_REFRAC_NEURON


class LIFMCRefracCell(Cell[LIFMCRefracState]):
    """One step of `LIFMCRefrac`.

    Example:
        >>> z, state = LIFMCRefracCell()(torch.ones(2, 4))  # (B, compartments)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = LIF_MC_REFRAC_NEURON


class LIFMCRefracRecurrent(RecurrentLayer[LIFMCRefracRecurrentState]):
    """Recurrently connected compartments with a refractory time, over whole sequences.

    Example:
        >>> z, state = LIFMCRefracRecurrent(3, 4)(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = LIF_MC_REFRAC_NEURON


class LIFMCRefracRecurrentCell(RecurrentCell[LIFMCRefracRecurrentState]):
    """One step of `LIFMCRefracRecurrent`.

    Example:
        >>> z, state = LIFMCRefracRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = LIF_MC_REFRAC_NEURON
