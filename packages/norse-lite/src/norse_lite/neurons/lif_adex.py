"""Adaptive exponential leaky integrate-and-fire neuron (Brette and Gerstner 2005).

j  = i + x
v' = v + leak * ((v_leak - v) + delta_t * exp((v - v_th) / delta_t) + gain * j - a)
i  = j - decay * j
a' = a + ada * (adaptation_current * (v - v_leak) - a)
s  = v' > v_th
v  = v_reset where s, else v'
a  = a' + adaptation_spike * s
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._integrate import exponential, fire, kept, rate
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Number, Seconds, Value, Volts
from norse_lite.neurons.lif import LIFParameters, lif_coefficients

__all__ = [
    "LIF_ADEX_NEURON",
    "LIFAdEx",
    "LIFAdExCell",
    "LIFAdExParameters",
    "LIFAdExRecurrent",
    "LIFAdExRecurrentCell",
    "LIFAdExRecurrentState",
    "LIFAdExState",
]


@dataclass(frozen=True, kw_only=True)
class LIFAdExParameters(LIFParameters):
    """Parameters of the adaptive exponential integrate-and-fire neuron.

    It has those of `LIFParameters`, and its own.

    Attributes:
        adaptation_current: Coupling of the voltage to the adaptation.
        adaptation_spike: Growth of the adaptation at a spike.
        delta_t: Sharpness of the exponential upswing, in volts.
        tau_ada: Time constant of the adaptation in seconds.
    """

    adaptation_current: Number = 4.0
    adaptation_spike: Number = 0.02
    delta_t: Volts = 0.5
    tau_ada: Seconds = 0.5


class LIFAdExState(NamedTuple):
    """Voltage `v`, synaptic current `i` and adaptation `a`."""

    v: Tensor
    i: Tensor
    a: Tensor


class LIFAdExRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    i: Tensor
    a: Tensor


class LIFAdExCoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    decay: Value
    gain: Value
    v_leak: Value
    v_th: Value
    v_reset: Value
    delta_t: Value
    ada: Value
    adaptation_current: Value
    adaptation_spike: Value


def _coefficients(p: LIFAdExParameters, rules: Rules) -> LIFAdExCoefficients:
    return LIFAdExCoefficients(
        *lif_coefficients(p, rules),
        p.delta_t,
        rate(p.tau_ada, rules),
        p.adaptation_current,
        p.adaptation_spike,
    )


def _step(
    x: Tensor, s: LIFAdExState, c: LIFAdExCoefficients, rules: Rules
) -> tuple[Tensor, LIFAdExState]:
    j = s.i + x
    upswing = exponential(s.v, c.v_th, c.delta_t)
    v = s.v + c.leak * ((c.v_leak - s.v) + upswing + c.gain * j - s.a)
    a = s.a + c.ada * (c.adaptation_current * (s.v - c.v_leak) - s.a)
    z, v = fire(v, c.v_th, c.v_reset, rules)
    return z, LIFAdExState(v, j - c.decay * j, a + kept(z, rules) * c.adaptation_spike)


LIF_ADEX_NEURON = Neuron(
    name="LIFAdEx",
    parameters=LIFAdExParameters,
    state=LIFAdExState,
    recurrent_state=LIFAdExRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak, 0.0, 0.0),
    step=_step,
    kernel="lif_adex",
)


class LIFAdEx(Layer[LIFAdExState]):
    """Adaptive exponential integrate-and-fire neurons, over whole sequences.

    Takes the parameters of `LIFAdExParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = LIFAdEx()
        >>> z, state = layer(1 * torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(z.shape), tuple(state.v.shape), bool(z.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = LIF_ADEX_NEURON


class LIFAdExCell(Cell[LIFAdExState]):
    """One step of adaptive exponential integrate-and-fire neurons.

    Takes the parameters of `LIFAdExParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = LIFAdExCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     z, state = cell(x, state)
        >>> tuple(z.shape)
        (2, 4)
    """

    neuron = LIF_ADEX_NEURON


class LIFAdExRecurrent(RecurrentLayer[LIFAdExRecurrentState]):
    """Adaptive exponential integrate-and-fire neurons, recurrently connected.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `LIFAdEx`.

    Example:
        >>> import torch
        >>> layer = LIFAdExRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = LIF_ADEX_NEURON


class LIFAdExRecurrentCell(RecurrentCell[LIFAdExRecurrentState]):
    """One step of adaptive exponential integrate-and-fire neurons, recurrently connected.

    Takes the arguments of `LIFAdExRecurrent`.

    Example:
        >>> import torch
        >>> z, state = LIFAdExRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = LIF_ADEX_NEURON
