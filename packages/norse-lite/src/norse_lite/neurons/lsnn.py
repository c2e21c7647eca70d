"""Leaky integrate-and-fire neuron with an adaptive threshold (Bellec et al. 2018).

    v' = v + leak * ((v_leak - v) + gain * i)
    b' = b + adapt * (v_th - b)
    s  = v' > b'
    v  = v_reset where s, else v'
    i  = (i - decay * i) + x
    b  = b' + beta * s

Unlike in `lif.py`, an input acts on the voltage from the next step on. `b` is the threshold itself
and returns to `v_th`.
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
    "LSNN",
    "LSNN_NEURON",
    "LSNNCell",
    "LSNNParameters",
    "LSNNRecurrent",
    "LSNNRecurrentCell",
    "LSNNRecurrentState",
    "LSNNState",
]


@dataclass(frozen=True, kw_only=True)
class LSNNParameters(LIFParameters):
    """Parameters of the neuron with an adaptive threshold.

    It has those of `LIFParameters`, and its own.

    Attributes:
        tau_adapt: Time constant of the threshold in seconds.
        beta: Growth of the threshold at a spike.
    """

    tau_adapt: Seconds = 0.8
    beta: Volts = 1.8


class LSNNState(NamedTuple):
    """Voltage `v`, synaptic current `i` and threshold `b`."""

    v: Tensor
    i: Tensor
    b: Tensor


class LSNNRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    i: Tensor
    b: Tensor


class LSNNCoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    decay: Value
    gain: Value
    v_leak: Value
    v_th: Value
    v_reset: Value
    adapt: Value
    beta: Value


def _coefficients(p: LSNNParameters, rules: Rules) -> LSNNCoefficients:
    return LSNNCoefficients(
        *lif_coefficients(p, rules)._replace(gain=p.r),
        rate(p.tau_adapt, rules),
        p.beta,
    )


def _step(x: Tensor, s: LSNNState, c: LSNNCoefficients, rules: Rules) -> tuple[Tensor, LSNNState]:
    v = s.v + c.leak * ((c.v_leak - s.v) + c.gain * s.i)
    b = s.b + c.adapt * (c.v_th - s.b)
    z, v = fire(v, b, c.v_reset, rules)
    return z, LSNNState(v, (s.i - c.decay * s.i) + x, b + kept(z, rules) * c.beta)


LSNN_NEURON = Neuron(
    name="LSNN",
    parameters=LSNNParameters,
    state=LSNNState,
    recurrent_state=LSNNRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak, 0.0, c.v_th),
    step=_step,
    kernel="lsnn",
)


class LSNN(Layer[LSNNState]):
    """Leaky integrate-and-fire neurons with an adaptive threshold, over whole sequences.

    Takes the parameters of `LSNNParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = LSNN()
        >>> z, state = layer(1 * torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(z.shape), tuple(state.v.shape), bool(z.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = LSNN_NEURON


class LSNNCell(Cell[LSNNState]):
    """One step of leaky integrate-and-fire neurons with an adaptive threshold.

    Takes the parameters of `LSNNParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = LSNNCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     z, state = cell(x, state)
        >>> tuple(z.shape)
        (2, 4)
    """

    neuron = LSNN_NEURON


class LSNNRecurrent(RecurrentLayer[LSNNRecurrentState]):
    """Leaky integrate-and-fire neurons with an adaptive threshold, recurrently connected.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `LSNN`.

    Example:
        >>> import torch
        >>> layer = LSNNRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = LSNN_NEURON


class LSNNRecurrentCell(RecurrentCell[LSNNRecurrentState]):
    """One step of recurrent leaky integrate-and-fire neurons with an adaptive threshold.

    Takes the arguments of `LSNNRecurrent`.

    Example:
        >>> import torch
        >>> z, state = LSNNRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = LSNN_NEURON
