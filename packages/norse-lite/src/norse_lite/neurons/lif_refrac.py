"""Leaky integrate-and-fire neuron with a refractory time.

The neuron of `lif.py`; after a spike it keeps its voltage and stays silent for `rho_reset` steps,
while its synaptic current goes on.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._integrate import current_gain, fire, rate
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._refractory import refract
from norse_lite.neurons._values import Number, Seconds, Value, Volts

__all__ = [
    "LIF_REFRAC_NEURON",
    "LIFRefrac",
    "LIFRefracCell",
    "LIFRefracParameters",
    "LIFRefracRecurrent",
    "LIFRefracRecurrentCell",
    "LIFRefracRecurrentState",
    "LIFRefracState",
]


@dataclass(frozen=True, kw_only=True)
class LIFRefracParameters:
    """Parameters of the refractory leaky integrate-and-fire neuron.

    Attributes:
        tau_mem: Membrane time constant in seconds.
        tau_syn: Time constant of the synaptic current in seconds.
        v_leak: Voltage at rest.
        v_th: Threshold.
        v_reset: Voltage after a spike.
        r: Membrane resistance, the factor of the current.
        rho_reset: Duration of the refractory time in steps.
    """

    tau_mem: Seconds = 10e-3
    tau_syn: Seconds = 5e-3
    v_leak: Volts = 0.0
    v_th: Volts = 1.0
    v_reset: Volts = 0.0
    r: Number = 1.0
    rho_reset: Number = 5.0


class LIFRefracState(NamedTuple):
    """Voltage `v`, synaptic current `i` and remaining refractory steps `rho`."""

    v: Tensor
    i: Tensor
    rho: Tensor


class LIFRefracRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    i: Tensor
    rho: Tensor


class LIFRefracCoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    decay: Value
    gain: Value
    v_leak: Value
    v_th: Value
    v_reset: Value
    rho_reset: Value


def _coefficients(p: LIFRefracParameters, rules: Rules) -> LIFRefracCoefficients:
    return LIFRefracCoefficients(
        rate(p.tau_mem, rules),
        rate(p.tau_syn, rules),
        current_gain(p.r, p.tau_mem, p.tau_syn, rules),
        p.v_leak,
        p.v_th,
        p.v_reset,
        p.rho_reset,
    )


def _step(
    x: Tensor, s: LIFRefracState, c: LIFRefracCoefficients, rules: Rules
) -> tuple[Tensor, LIFRefracState]:
    j = s.i + x
    v = s.v + c.leak * ((c.v_leak - s.v) + c.gain * j)
    z, v = fire(v, c.v_th, c.v_reset, rules)
    z, v, rho = refract(z, v, s.v, s.rho, c.rho_reset, rules)
    return z, LIFRefracState(v, j - c.decay * j, rho)


LIF_REFRAC_NEURON = Neuron(
    name="LIFRefrac",
    parameters=LIFRefracParameters,
    state=LIFRefracState,
    recurrent_state=LIFRefracRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak, 0.0, 0.0),
    step=_step,
)


class LIFRefrac(Layer[LIFRefracState]):
    """Leaky integrate-and-fire neurons with a refractory time, over whole sequences.

    Takes the parameters of `LIFRefracParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = LIFRefrac()
        >>> z, state = layer(1 * torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(z.shape), tuple(state.v.shape), bool(z.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = LIF_REFRAC_NEURON


class LIFRefracCell(Cell[LIFRefracState]):
    """One step of leaky integrate-and-fire neurons with a refractory time.

    Takes the parameters of `LIFRefracParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = LIFRefracCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     z, state = cell(x, state)
        >>> tuple(z.shape)
        (2, 4)
    """

    neuron = LIF_REFRAC_NEURON


class LIFRefracRecurrent(RecurrentLayer[LIFRefracRecurrentState]):
    """Leaky integrate-and-fire neurons with a refractory time, recurrently connected.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `LIFRefrac`.

    Example:
        >>> import torch
        >>> layer = LIFRefracRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = LIF_REFRAC_NEURON


class LIFRefracRecurrentCell(RecurrentCell[LIFRefracRecurrentState]):
    """One step of leaky integrate-and-fire neurons with a refractory time, recurrently connected.

    Takes the arguments of `LIFRefracRecurrent`.
    """

    neuron = LIF_REFRAC_NEURON
