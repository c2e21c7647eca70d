"""Current-based leaky integrate-and-fire neuron as NIR defines it, with a weighted input.

    i  = (i - decay * i) + weight * x
    v' = v + leak * ((v_leak - v) + r * i)
    s  = v' > v_th
    v  = v_reset where s, else v'

with `leak = dt / tau_mem`, `decay = dt / tau_syn` and `weight = w_in * dt / tau_syn` for the Euler
integrator; the exact one holds `x` and then `i` over the step. `LIF` is the same neuron for
`w_in = tau_syn / dt`, its current taken after the decay.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._integrate import fire, rate
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Number, Value
from norse_lite.neurons.lif import LIFParameters

__all__ = [
    "CUBA_LIF_NEURON",
    "CubaLIF",
    "CubaLIFCell",
    "CubaLIFParameters",
    "CubaLIFRecurrent",
    "CubaLIFRecurrentCell",
    "CubaLIFRecurrentState",
    "CubaLIFState",
]


@dataclass(frozen=True, kw_only=True)
class CubaLIFParameters(LIFParameters):
    """Parameters of the current-based neuron: those of `LIFParameters`, and its own.

    Attributes:
        w_in: Input weight, the factor of the input.
    """

    w_in: Number = 1.0


class CubaLIFState(NamedTuple):
    """Voltage `v` and synaptic current `i`."""

    v: Tensor
    i: Tensor


class CubaLIFRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    i: Tensor


class CubaLIFCoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    decay: Value
    gain: Value
    v_leak: Value
    weight: Value
    v_th: Value
    v_reset: Value


def _coefficients(p: CubaLIFParameters, rules: Rules) -> CubaLIFCoefficients:
    decay = rate(p.tau_syn, rules)
    return CubaLIFCoefficients(
        rate(p.tau_mem, rules), decay, p.r, p.v_leak, p.w_in * decay, p.v_th, p.v_reset
    )


def _step(
    x: Tensor, s: CubaLIFState, c: CubaLIFCoefficients, rules: Rules
) -> tuple[Tensor, CubaLIFState]:
    i = (s.i - c.decay * s.i) + c.weight * x
    v = s.v + c.leak * ((c.v_leak - s.v) + c.gain * i)
    z, v = fire(v, c.v_th, c.v_reset, rules)
    return z, CubaLIFState(v, i)


CUBA_LIF_NEURON = Neuron(
    name="CubaLIF",
    parameters=CubaLIFParameters,
    state=CubaLIFState,
    recurrent_state=CubaLIFRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak, 0.0),
    step=_step,
    kernel="cuba_lif",
)


class CubaLIF(Layer[CubaLIFState]):
    """A layer of current-based leaky integrate-and-fire neurons, over whole sequences.

    Takes the parameters of `CubaLIFParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = CubaLIF()
        >>> y, state = layer(2 * torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(y.shape), tuple(state.v.shape), bool(y.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = CUBA_LIF_NEURON


class CubaLIFCell(Cell[CubaLIFState]):
    """One step of current-based leaky integrate-and-fire neurons.

    Takes the parameters of `CubaLIFParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = CubaLIFCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     y, state = cell(x, state)
        >>> tuple(y.shape)
        (2, 4)
    """

    neuron = CUBA_LIF_NEURON


class CubaLIFRecurrent(RecurrentLayer[CubaLIFRecurrentState]):
    """Recurrent current-based leaky integrate-and-fire neurons, over whole sequences.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `CubaLIF`.

    Example:
        >>> import torch
        >>> layer = CubaLIFRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = CUBA_LIF_NEURON


class CubaLIFRecurrentCell(RecurrentCell[CubaLIFRecurrentState]):
    """One step of recurrent current-based leaky integrate-and-fire neurons.

    Takes the arguments of `CubaLIFRecurrent`.

    Example:
        >>> import torch
        >>> z, state = CubaLIFRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = CUBA_LIF_NEURON
