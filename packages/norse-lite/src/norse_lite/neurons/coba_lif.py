"""Conductance-based leaky integrate-and-fire neuron.

    g_e = g_e + max(x, 0);  g_i = g_i + max(-x, 0)
    g_e = g_e - decay_exc * g_e;  g_i = g_i - decay_inh * g_i
    v' = v + step * (g_l * (v_rest - v) + g_e * (e_rev_exc - v) + g_i * (e_rev_inh - v))
    s  = v' > v_th
    v  = v_reset where s, else v'

with `step = dt / c_m`. A positive input excites, a negative one inhibits.
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
    "COBA_LIF_NEURON",
    "CobaLIF",
    "CobaLIFCell",
    "CobaLIFParameters",
    "CobaLIFRecurrent",
    "CobaLIFRecurrentCell",
    "CobaLIFRecurrentState",
    "CobaLIFState",
]


@dataclass(frozen=True, kw_only=True)
class CobaLIFParameters:
    """Parameters of the conductance-based neuron.

    Attributes:
        tau_syn_exc: Time constant of the excitatory conductance in seconds.
        tau_syn_inh: Time constant of the inhibitory conductance in seconds.
        c_m: Membrane capacitance: `c_m / g_l` is the membrane time constant in seconds.
        g_l: Leak conductance.
        e_rev_inh: Reversal voltage of inhibition.
        e_rev_exc: Reversal voltage of excitation.
        v_rest: Voltage at rest.
        v_reset: Voltage after a spike.
        v_th: Threshold.
    """

    tau_syn_exc: Seconds = 5e-3
    tau_syn_inh: Seconds = 5e-3
    c_m: Seconds = 0.2e-3
    g_l: Number = 0.25
    e_rev_inh: Volts = -100.0
    e_rev_exc: Volts = 60.0
    v_rest: Volts = -20.0
    v_reset: Volts = -70.0
    v_th: Volts = -10.0


class CobaLIFState(NamedTuple):
    """Voltage `v`, excitatory conductance `g_e` and inhibitory conductance `g_i`."""

    v: Tensor
    g_e: Tensor
    g_i: Tensor


class CobaLIFRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    g_e: Tensor
    g_i: Tensor


class CobaLIFCoefficients(NamedTuple):
    """What one step uses."""

    step: Value
    decay_exc: Value
    decay_inh: Value
    g_l: Value
    e_rev_inh: Value
    e_rev_exc: Value
    v_rest: Value
    v_reset: Value
    v_th: Value


def _coefficients(p: CobaLIFParameters, rules: Rules) -> CobaLIFCoefficients:
    return CobaLIFCoefficients(
        rules.dt / p.c_m,
        rate(p.tau_syn_exc, rules),
        rate(p.tau_syn_inh, rules),
        p.g_l,
        p.e_rev_inh,
        p.e_rev_exc,
        p.v_rest,
        p.v_reset,
        p.v_th,
    )


def _step(
    x: Tensor, s: CobaLIFState, c: CobaLIFCoefficients, rules: Rules
) -> tuple[Tensor, CobaLIFState]:
    g_e = s.g_e + x.relu()
    g_i = s.g_i + (-x).relu()
    g_e = g_e - c.decay_exc * g_e
    g_i = g_i - c.decay_inh * g_i
    flow = c.g_l * (c.v_rest - s.v) + g_e * (c.e_rev_exc - s.v) + g_i * (c.e_rev_inh - s.v)
    z, v = fire(s.v + c.step * flow, c.v_th, c.v_reset, rules)
    return z, CobaLIFState(v, g_e, g_i)


COBA_LIF_NEURON = Neuron(
    name="CobaLIF",
    parameters=CobaLIFParameters,
    state=CobaLIFState,
    recurrent_state=CobaLIFRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_rest, 0.0, 0.0),
    step=_step,
)


class CobaLIF(Layer[CobaLIFState]):
    """Conductance-based leaky integrate-and-fire neurons, over whole sequences.

    Takes the parameters of `CobaLIFParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = CobaLIF()
        >>> z, state = layer(1 * torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(z.shape), tuple(state.v.shape), bool(z.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = COBA_LIF_NEURON


class CobaLIFCell(Cell[CobaLIFState]):
    """One step of conductance-based leaky integrate-and-fire neurons.

    Takes the parameters of `CobaLIFParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = CobaLIFCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     z, state = cell(x, state)
        >>> tuple(z.shape)
        (2, 4)
    """

    neuron = COBA_LIF_NEURON


class CobaLIFRecurrent(RecurrentLayer[CobaLIFRecurrentState]):
    """Conductance-based leaky integrate-and-fire neurons, recurrently connected.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `CobaLIF`.

    Example:
        >>> import torch
        >>> layer = CobaLIFRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = COBA_LIF_NEURON


class CobaLIFRecurrentCell(RecurrentCell[CobaLIFRecurrentState]):
    """One step of conductance-based leaky integrate-and-fire neurons, recurrently connected.

    Takes the arguments of `CobaLIFRecurrent`.

    Example:
        >>> import torch
        >>> z, state = CobaLIFRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = COBA_LIF_NEURON
