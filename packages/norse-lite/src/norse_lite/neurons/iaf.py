"""Integrate-and-fire neuron without leak; each input is added to the voltage.

v' = v + r * x
s  = v' > v_th
v  = v_reset where s, else v'
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._integrate import fire
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Number, Value, Volts

__all__ = [
    "IAF",
    "IAF_NEURON",
    "IAFCell",
    "IAFParameters",
    "IAFRecurrent",
    "IAFRecurrentCell",
    "IAFRecurrentState",
    "IAFState",
]


@dataclass(frozen=True, kw_only=True)
class IAFParameters:
    """Parameters of the integrate-and-fire neuron.

    Attributes:
        v_th: Threshold.
        v_reset: Voltage after a spike.
        r: Factor of the input.
    """

    v_th: Volts = 1.0
    v_reset: Volts = 0.0
    r: Number = 1.0


class IAFState(NamedTuple):
    """Voltage `v`."""

    v: Tensor


class IAFRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor


class IAFCoefficients(NamedTuple):
    """What one step uses."""

    gain: Value
    v_th: Value
    v_reset: Value


def _coefficients(p: IAFParameters, rules: Rules) -> IAFCoefficients:
    return IAFCoefficients(p.r, p.v_th, p.v_reset)


def _step(x: Tensor, s: IAFState, c: IAFCoefficients, rules: Rules) -> tuple[Tensor, IAFState]:
    z, v = fire(s.v + c.gain * x, c.v_th, c.v_reset, rules)
    return z, IAFState(v)


IAF_NEURON = Neuron(
    name="IAF",
    parameters=IAFParameters,
    state=IAFState,
    recurrent_state=IAFRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (0.0,),
    step=_step,
    kernel="iaf",
)


class IAF(Layer[IAFState]):
    """A layer of integrate-and-fire neurons, over whole sequences.

    Takes the parameters of `IAFParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = IAF()
        >>> y, state = layer(torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(y.shape), tuple(state.v.shape), bool(y.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = IAF_NEURON


class IAFCell(Cell[IAFState]):
    """One step of integrate-and-fire neurons.

    Takes the parameters of `IAFParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = IAFCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     y, state = cell(x, state)
        >>> tuple(y.shape)
        (2, 4)
    """

    neuron = IAF_NEURON


class IAFRecurrent(RecurrentLayer[IAFRecurrentState]):
    """A recurrent layer of integrate-and-fire neurons, over whole sequences.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `IAF`.

    Example:
        >>> import torch
        >>> layer = IAFRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = IAF_NEURON


class IAFRecurrentCell(RecurrentCell[IAFRecurrentState]):
    """One step of recurrent integrate-and-fire neurons.

    Takes the arguments of `IAFRecurrent`.

    Example:
        >>> import torch
        >>> z, state = IAFRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = IAF_NEURON
