"""Leaky integrate-and-fire neuron whose spikes inhibit it through a slow variable.

    v' = v + leak * ((v_leak - v) + gain * i - b)
    b' = b - adapt * b
    s  = v' > v_th
    v  = v_reset where s, else v'
    i  = (i - decay * i) + x
    b  = b' + beta * s

An input acts on the voltage from the next step on.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._integrate import fire, kept, rate
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Seconds, Value, Volts
from norse_lite.neurons.lif import LIFParameters, lif_coefficients

__all__ = [
    "ADA_LIF_NEURON",
    "AdaLIF",
    "AdaLIFCell",
    "AdaLIFParameters",
    "AdaLIFRecurrent",
    "AdaLIFRecurrentCell",
    "AdaLIFRecurrentState",
    "AdaLIFState",
]


@dataclass(frozen=True, kw_only=True)
class AdaLIFParameters(LIFParameters):
    """Parameters of the adaptive leaky integrate-and-fire neuron.

    It has those of `LIFParameters`, and its own.

    Attributes:
        tau_adapt: Time constant of the adaptation in seconds.
        beta: Growth of the adaptation at a spike.
    """

    tau_adapt: Seconds = 0.8
    beta: Volts = 1.8


class AdaLIFState(NamedTuple):
    """Voltage `v`, synaptic current `i` and adaptation `b`."""

    v: Tensor
    i: Tensor
    b: Tensor


class AdaLIFRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    i: Tensor
    b: Tensor


class AdaLIFCoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    decay: Value
    gain: Value
    v_leak: Value
    v_th: Value
    v_reset: Value
    adapt: Value
    beta: Value


def _coefficients(p: AdaLIFParameters, rules: Rules) -> AdaLIFCoefficients:
    return AdaLIFCoefficients(
        *lif_coefficients(p, rules)._replace(gain=p.r),
        rate(p.tau_adapt, rules),
        p.beta,
    )


def _step(
    x: Tensor, s: AdaLIFState, c: AdaLIFCoefficients, rules: Rules
) -> tuple[Tensor, AdaLIFState]:
    v = s.v + c.leak * ((c.v_leak - s.v) + c.gain * s.i - s.b)
    b = s.b - c.adapt * s.b
    z, v = fire(v, c.v_th, c.v_reset, rules)
    return z, AdaLIFState(v, (s.i - c.decay * s.i) + x, b + kept(z, rules) * c.beta)


ADA_LIF_NEURON = Neuron(
    name="AdaLIF",
    parameters=AdaLIFParameters,
    state=AdaLIFState,
    recurrent_state=AdaLIFRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak, 0.0, 0.0),
    step=_step,
    kernel="ada_lif",
)


class AdaLIF(Layer[AdaLIFState]):
    """Adaptive leaky integrate-and-fire neurons, over whole sequences.

    Takes the parameters of `AdaLIFParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = AdaLIF()
        >>> z, state = layer(1 * torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(z.shape), tuple(state.v.shape), bool(z.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = ADA_LIF_NEURON


class AdaLIFCell(Cell[AdaLIFState]):
    """One step of adaptive leaky integrate-and-fire neurons.

    Takes the parameters of `AdaLIFParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = AdaLIFCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     z, state = cell(x, state)
        >>> tuple(z.shape)
        (2, 4)
    """

    neuron = ADA_LIF_NEURON


class AdaLIFRecurrent(RecurrentLayer[AdaLIFRecurrentState]):
    """Adaptive leaky integrate-and-fire neurons, recurrently connected.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `AdaLIF`.

    Example:
        >>> import torch
        >>> layer = AdaLIFRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = ADA_LIF_NEURON


class AdaLIFRecurrentCell(RecurrentCell[AdaLIFRecurrentState]):
    """One step of adaptive leaky integrate-and-fire neurons, recurrently connected.

    Takes the arguments of `AdaLIFRecurrent`.

    Example:
        >>> import torch
        >>> z, state = AdaLIFRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = ADA_LIF_NEURON
