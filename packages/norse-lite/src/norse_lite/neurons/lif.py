"""Leaky integrate-and-fire neuron with an exponential synaptic current.

One step with input x, in this order (s is the spike):

    j  = i + x
    v' = v + leak * ((v_leak - v) + gain * j)
    i  = j - decay * j
    s  = v' > v_th
    v  = v_reset where s, else v'

with `leak = dt / tau_mem`, `decay = dt / tau_syn` and `gain = r` for the Euler integrator. An input
acts on the voltage in the step in which it arrives.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._integrate import current_gain, fire, rate
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Number, Seconds, Value, Volts

__all__ = [
    "LIF",
    "LIF_NEURON",
    "LIFCell",
    "LIFParameters",
    "LIFRecurrent",
    "LIFRecurrentCell",
    "LIFRecurrentState",
    "LIFState",
]


@dataclass(frozen=True, kw_only=True)
class LIFParameters:
    """Parameters of the leaky integrate-and-fire neuron.

    Attributes:
        tau_mem: Membrane time constant in seconds.
        tau_syn: Time constant of the synaptic current in seconds.
        v_leak: Voltage at rest.
        v_th: Threshold.
        v_reset: Voltage after a spike.
        r: Membrane resistance, the factor of the current.
    """

    tau_mem: Seconds = 10e-3
    tau_syn: Seconds = 5e-3
    v_leak: Volts = 0.0
    v_th: Volts = 1.0
    v_reset: Volts = 0.0
    r: Number = 1.0


class LIFState(NamedTuple):
    """Voltage `v` and synaptic current `i`."""

    v: Tensor
    i: Tensor


class LIFRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    i: Tensor


class LIFCoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    decay: Value
    gain: Value
    v_leak: Value
    v_th: Value
    v_reset: Value


def lif_coefficients(p: LIFParameters, rules: Rules) -> LIFCoefficients:
    """Return the coefficients of the membrane and of its synaptic current."""
    return LIFCoefficients(
        rate(p.tau_mem, rules),
        rate(p.tau_syn, rules),
        current_gain(p.r, p.tau_mem, p.tau_syn, rules),
        p.v_leak,
        p.v_th,
        p.v_reset,
    )


def _step(x: Tensor, s: LIFState, c: LIFCoefficients, rules: Rules) -> tuple[Tensor, LIFState]:
    j = s.i + x
    v = s.v + c.leak * ((c.v_leak - s.v) + c.gain * j)
    z, v = fire(v, c.v_th, c.v_reset, rules)
    return z, LIFState(v, j - c.decay * j)


LIF_NEURON = Neuron(
    name="LIF",
    parameters=LIFParameters,
    state=LIFState,
    recurrent_state=LIFRecurrentState,
    coefficients=lif_coefficients,
    rest=lambda c: (c.v_leak, 0.0),
    step=_step,
    kernel="lif",
)


class LIF(Layer[LIFState]):
    """A layer of leaky integrate-and-fire neurons with synaptic current, over whole sequences.

    Takes the parameters of `LIFParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = LIF()
        >>> y, state = layer(torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(y.shape), tuple(state.v.shape), bool(y.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = LIF_NEURON


class LIFCell(Cell[LIFState]):
    """One step of leaky integrate-and-fire neurons with synaptic current.

    Takes the parameters of `LIFParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = LIFCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     y, state = cell(x, state)
        >>> tuple(y.shape)
        (2, 4)
    """

    neuron = LIF_NEURON


class LIFRecurrent(RecurrentLayer[LIFRecurrentState]):
    """Recurrent leaky integrate-and-fire neurons with synaptic current, over whole sequences.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `LIF`.

    Example:
        >>> import torch
        >>> layer = LIFRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = LIF_NEURON


class LIFRecurrentCell(RecurrentCell[LIFRecurrentState]):
    """One step of recurrent leaky integrate-and-fire neurons with synaptic current.

    Takes the arguments of `LIFRecurrent`.

    Example:
        >>> import torch
        >>> z, state = LIFRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = LIF_NEURON
