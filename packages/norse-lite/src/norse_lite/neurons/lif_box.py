"""Leaky integrate-and-fire neuron driven by its input directly, without synaptic current.

    v' = v + leak * ((v_leak - v) + gain * x)
    s  = v' > v_th
    v  = v_reset where s, else v'

with `leak = dt / tau_mem` and `gain = r` for the Euler integrator.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._integrate import fire, rate
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Number, Seconds, Value, Volts

__all__ = [
    "LIF_BOX_NEURON",
    "LIFBox",
    "LIFBoxCell",
    "LIFBoxParameters",
    "LIFBoxRecurrent",
    "LIFBoxRecurrentCell",
    "LIFBoxRecurrentState",
    "LIFBoxState",
]


@dataclass(frozen=True, kw_only=True)
class LIFBoxParameters:
    """Parameters of the leaky integrate-and-fire neuron without synaptic current.

    Attributes:
        tau_mem: Membrane time constant in seconds.
        v_leak: Voltage at rest.
        v_th: Threshold.
        v_reset: Voltage after a spike.
        r: Membrane resistance, the factor of the input.
    """

    tau_mem: Seconds = 10e-3
    v_leak: Volts = 0.0
    v_th: Volts = 1.0
    v_reset: Volts = 0.0
    r: Number = 1.0


class LIFBoxState(NamedTuple):
    """Voltage `v`."""

    v: Tensor


class LIFBoxRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor


class LIFBoxCoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    gain: Value
    v_leak: Value
    v_th: Value
    v_reset: Value


def _coefficients(p: LIFBoxParameters, rules: Rules) -> LIFBoxCoefficients:
    return LIFBoxCoefficients(rate(p.tau_mem, rules), p.r, p.v_leak, p.v_th, p.v_reset)


def _step(
    x: Tensor, s: LIFBoxState, c: LIFBoxCoefficients, rules: Rules
) -> tuple[Tensor, LIFBoxState]:
    v = s.v + c.leak * ((c.v_leak - s.v) + c.gain * x)
    z, v = fire(v, c.v_th, c.v_reset, rules)
    return z, LIFBoxState(v)


LIF_BOX_NEURON = Neuron(
    name="LIFBox",
    parameters=LIFBoxParameters,
    state=LIFBoxState,
    recurrent_state=LIFBoxRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak,),
    step=_step,
    kernel="lif_box",
)


class LIFBox(Layer[LIFBoxState]):
    """A layer of leaky integrate-and-fire neurons without synaptic current, over whole sequences.

    Takes the parameters of `LIFBoxParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = LIFBox()
        >>> y, state = layer(2 * torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(y.shape), tuple(state.v.shape), bool(y.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = LIF_BOX_NEURON


class LIFBoxCell(Cell[LIFBoxState]):
    """One step of leaky integrate-and-fire neurons without synaptic current.

    Takes the parameters of `LIFBoxParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = LIFBoxCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     y, state = cell(x, state)
        >>> tuple(y.shape)
        (2, 4)
    """

    neuron = LIF_BOX_NEURON


class LIFBoxRecurrent(RecurrentLayer[LIFBoxRecurrentState]):
    """Recurrent leaky integrate-and-fire neurons without synaptic current, over sequences.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `LIFBox`.

    Example:
        >>> import torch
        >>> layer = LIFBoxRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = LIF_BOX_NEURON


class LIFBoxRecurrentCell(RecurrentCell[LIFBoxRecurrentState]):
    """One step of recurrent leaky integrate-and-fire neurons without synaptic current.

    Takes the arguments of `LIFBoxRecurrent`.

    Example:
        >>> import torch
        >>> z, state = LIFBoxRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = LIF_BOX_NEURON
