"""Adaptive exponential leaky integrate-and-fire neuron with a refractory time.

The neuron of `lif_adex.py`; after a spike it keeps its voltage and stays silent for `rho_reset`
steps, while its current and its adaptation go on.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._integrate import current_gain, exponential, fire, kept, rate
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._refractory import refract
from norse_lite.neurons._values import Number, Seconds, Value, Volts

__all__ = [
    "LIF_ADEX_REFRAC_NEURON",
    "LIFAdExRefrac",
    "LIFAdExRefracCell",
    "LIFAdExRefracParameters",
    "LIFAdExRefracRecurrent",
    "LIFAdExRefracRecurrentCell",
    "LIFAdExRefracRecurrentState",
    "LIFAdExRefracState",
]


@dataclass(frozen=True, kw_only=True)
class LIFAdExRefracParameters:
    """Parameters of the refractory adaptive exponential integrate-and-fire neuron.

    Attributes:
        adaptation_current: Coupling of the voltage to the adaptation.
        adaptation_spike: Growth of the adaptation at a spike.
        delta_t: Sharpness of the exponential upswing, in volts.
        tau_ada: Time constant of the adaptation in seconds.
        tau_mem: Membrane time constant in seconds.
        tau_syn: Time constant of the synaptic current in seconds.
        v_leak: Voltage at rest.
        v_th: Threshold.
        v_reset: Voltage after a spike.
        r: Membrane resistance, the factor of the current.
        rho_reset: Duration of the refractory time in steps.
    """

    adaptation_current: Number = 4.0
    adaptation_spike: Number = 0.02
    delta_t: Volts = 0.5
    tau_ada: Seconds = 0.5
    tau_mem: Seconds = 10e-3
    tau_syn: Seconds = 5e-3
    v_leak: Volts = 0.0
    v_th: Volts = 1.0
    v_reset: Volts = 0.0
    r: Number = 1.0
    rho_reset: Number = 5.0


class LIFAdExRefracState(NamedTuple):
    """Voltage `v`, synaptic current `i`, adaptation `a` and remaining refractory steps `rho`."""

    v: Tensor
    i: Tensor
    a: Tensor
    rho: Tensor


class LIFAdExRefracRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    i: Tensor
    a: Tensor
    rho: Tensor


class LIFAdExRefracCoefficients(NamedTuple):
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
    rho_reset: Value


def _coefficients(p: LIFAdExRefracParameters, rules: Rules) -> LIFAdExRefracCoefficients:
    return LIFAdExRefracCoefficients(
        rate(p.tau_mem, rules),
        rate(p.tau_syn, rules),
        current_gain(p.r, p.tau_mem, p.tau_syn, rules),
        p.v_leak,
        p.v_th,
        p.v_reset,
        p.delta_t,
        rate(p.tau_ada, rules),
        p.adaptation_current,
        p.adaptation_spike,
        p.rho_reset,
    )


def _step(
    x: Tensor, s: LIFAdExRefracState, c: LIFAdExRefracCoefficients, rules: Rules
) -> tuple[Tensor, LIFAdExRefracState]:
    j = s.i + x
    upswing = exponential(s.v, c.v_th, c.delta_t)
    v = s.v + c.leak * ((c.v_leak - s.v) + upswing + c.gain * j - s.a)
    a = s.a + c.ada * (c.adaptation_current * (s.v - c.v_leak) - s.a)
    z, v = fire(v, c.v_th, c.v_reset, rules)
    a = a + kept(z, rules) * c.adaptation_spike
    z, v, rho = refract(z, v, s.v, s.rho, c.rho_reset, rules)
    return z, LIFAdExRefracState(v, j - c.decay * j, a, rho)


LIF_ADEX_REFRAC_NEURON = Neuron(
    name="LIFAdExRefrac",
    parameters=LIFAdExRefracParameters,
    state=LIFAdExRefracState,
    recurrent_state=LIFAdExRefracRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak, 0.0, 0.0, 0.0),
    step=_step,
)


class LIFAdExRefrac(Layer[LIFAdExRefracState]):
    """Adaptive exponential integrate-and-fire neurons with a refractory time, over whole sequences.

    Takes the parameters of `LIFAdExRefracParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = LIFAdExRefrac()
        >>> z, state = layer(1 * torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(z.shape), tuple(state.v.shape), bool(z.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = LIF_ADEX_REFRAC_NEURON


class LIFAdExRefracCell(Cell[LIFAdExRefracState]):
    """One step of adaptive exponential integrate-and-fire neurons with a refractory time.

    Takes the parameters of `LIFAdExRefracParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = LIFAdExRefracCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     z, state = cell(x, state)
        >>> tuple(z.shape)
        (2, 4)
    """

    neuron = LIF_ADEX_REFRAC_NEURON


class LIFAdExRefracRecurrent(RecurrentLayer[LIFAdExRefracRecurrentState]):
    """Recurrent adaptive exponential integrate-and-fire neurons with a refractory time.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `LIFAdExRefrac`.

    Example:
        >>> import torch
        >>> layer = LIFAdExRefracRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = LIF_ADEX_REFRAC_NEURON


class LIFAdExRefracRecurrentCell(RecurrentCell[LIFAdExRefracRecurrentState]):
    """One step of recurrent adaptive exponential neurons with a refractory time.

    Takes the arguments of `LIFAdExRefracRecurrent`.
    """

    neuron = LIF_ADEX_REFRAC_NEURON
