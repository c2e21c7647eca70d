"""Leaky integrator with an exponential synaptic current; its output is the voltage.

    j = i + x
    v = v + leak * ((v_leak - v) + gain * j)
    i = j - decay * j

with `leak = dt / tau_mem`, `decay = dt / tau_syn` and `gain = r` for the Euler integrator.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._linear import LinearCell, LinearLayer
from norse_lite.neurons._integrate import current_gain, rate
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Number, Seconds, Value, Volts

__all__ = ["LI", "LI_NEURON", "LICell", "LILinear", "LILinearCell", "LIParameters", "LIState"]


@dataclass(frozen=True, kw_only=True)
class LIParameters:
    """Parameters of the leaky integrator.

    Attributes:
        tau_mem: Membrane time constant in seconds.
        tau_syn: Time constant of the synaptic current in seconds.
        v_leak: Voltage at rest.
        r: Membrane resistance, the factor of the current.
    """

    tau_mem: Seconds = 10e-3
    tau_syn: Seconds = 5e-3
    v_leak: Volts = 0.0
    r: Number = 1.0


class LIState(NamedTuple):
    """Voltage `v` and synaptic current `i`."""

    v: Tensor
    i: Tensor


class LICoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    decay: Value
    gain: Value
    v_leak: Value


def _coefficients(p: LIParameters, rules: Rules) -> LICoefficients:
    return LICoefficients(
        rate(p.tau_mem, rules),
        rate(p.tau_syn, rules),
        current_gain(p.r, p.tau_mem, p.tau_syn, rules),
        p.v_leak,
    )


def _step(x: Tensor, s: LIState, c: LICoefficients, rules: Rules) -> tuple[Tensor, LIState]:
    j = s.i + x
    v = s.v + c.leak * ((c.v_leak - s.v) + c.gain * j)
    return v, LIState(v, j - c.decay * j)


LI_NEURON = Neuron(
    name="LI",
    parameters=LIParameters,
    state=LIState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak, 0.0),
    step=_step,
    kernel="li",
)


class LI(Layer[LIState]):
    """A layer of leaky integrators with synaptic current, over whole sequences.

    Takes the parameters of `LIParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = LI()
        >>> y, state = layer(torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(y.shape), tuple(state.v.shape), bool(y.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = LI_NEURON


class LICell(Cell[LIState]):
    """One step of leaky integrators with synaptic current.

    Takes the parameters of `LIParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = LICell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     y, state = cell(x, state)
        >>> tuple(y.shape)
        (2, 4)
    """

    neuron = LI_NEURON


class LILinear(LinearLayer[LIState]):
    """Leaky integrators behind input weights of their own, over whole sequences.

    Takes sizes and weights as `LinearLayer`, parameters and options as `LI`.

    Example:
        >>> import torch
        >>> layer = LILinear(3, 4)
        >>> v, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(v.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = LI_NEURON


class LILinearCell(LinearCell[LIState]):
    """One step of `LILinear`.

    Example:
        >>> import torch
        >>> v, state = LILinearCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(v.shape), tuple(state.i.shape)
        ((2, 4), (2, 4))
    """

    neuron = LI_NEURON
