"""Exponential leaky integrate-and-fire neuron (Fourcaud-Trocme et al. 2003).

j  = i + x
v' = v + leak * ((v_leak - v) + delta_t * exp((v - v_th) / delta_t) + gain * j)
i  = j - decay * j
s  = v' > v_th
v  = v_reset where s, else v'
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._integrate import exponential, fire
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Value, Volts
from norse_lite.neurons.lif import LIFParameters, lif_coefficients

__all__ = [
    "LIF_EX_NEURON",
    "LIFEx",
    "LIFExCell",
    "LIFExParameters",
    "LIFExRecurrent",
    "LIFExRecurrentCell",
    "LIFExRecurrentState",
    "LIFExState",
]


@dataclass(frozen=True, kw_only=True)
class LIFExParameters(LIFParameters):
    """Parameters of the exponential integrate-and-fire neuron.

    It has those of `LIFParameters`, and its own.

    Attributes:
        delta_t: Sharpness of the exponential upswing, in volts.
    """

    delta_t: Volts = 0.5


class LIFExState(NamedTuple):
    """Voltage `v` and synaptic current `i`."""

    v: Tensor
    i: Tensor


class LIFExRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    i: Tensor


class LIFExCoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    decay: Value
    gain: Value
    v_leak: Value
    v_th: Value
    v_reset: Value
    delta_t: Value


def _coefficients(p: LIFExParameters, rules: Rules) -> LIFExCoefficients:
    return LIFExCoefficients(
        *lif_coefficients(p, rules),
        p.delta_t,
    )


def _step(
    x: Tensor, s: LIFExState, c: LIFExCoefficients, rules: Rules
) -> tuple[Tensor, LIFExState]:
    j = s.i + x
    upswing = exponential(s.v, c.v_th, c.delta_t)
    v = s.v + c.leak * ((c.v_leak - s.v) + upswing + c.gain * j)
    z, v = fire(v, c.v_th, c.v_reset, rules)
    return z, LIFExState(v, j - c.decay * j)


LIF_EX_NEURON = Neuron(
    name="LIFEx",
    parameters=LIFExParameters,
    state=LIFExState,
    recurrent_state=LIFExRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak, 0.0),
    step=_step,
    kernel="lif_ex",
)


class LIFEx(Layer[LIFExState]):
    """Exponential integrate-and-fire neurons, over whole sequences.

    Takes the parameters of `LIFExParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = LIFEx()
        >>> z, state = layer(1 * torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(z.shape), tuple(state.v.shape), bool(z.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = LIF_EX_NEURON


class LIFExCell(Cell[LIFExState]):
    """One step of exponential integrate-and-fire neurons.

    Takes the parameters of `LIFExParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = LIFExCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     z, state = cell(x, state)
        >>> tuple(z.shape)
        (2, 4)
    """

    neuron = LIF_EX_NEURON


class LIFExRecurrent(RecurrentLayer[LIFExRecurrentState]):
    """Exponential integrate-and-fire neurons, recurrently connected.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `LIFEx`.

    Example:
        >>> import torch
        >>> layer = LIFExRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = LIF_EX_NEURON


class LIFExRecurrentCell(RecurrentCell[LIFExRecurrentState]):
    """One step of exponential integrate-and-fire neurons, recurrently connected.

    Takes the arguments of `LIFExRecurrent`.

    Example:
        >>> import torch
        >>> z, state = LIFExRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = LIF_EX_NEURON
