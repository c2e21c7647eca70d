"""Leaky integrator driven by its input directly; its output is the voltage.

    v = v + leak * ((v_leak - v) + gain * x)

with `leak = dt / tau_mem` and `gain = r` for the Euler integrator.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.neurons._integrate import rate
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Number, Seconds, Value, Volts

__all__ = ["LI_BOX_NEURON", "LIBox", "LIBoxCell", "LIBoxParameters", "LIBoxState"]


@dataclass(frozen=True, kw_only=True)
class LIBoxParameters:
    """Parameters of the leaky integrator without synaptic current.

    Attributes:
        tau_mem: Membrane time constant in seconds.
        v_leak: Voltage at rest.
        r: Membrane resistance, the factor of the input.
    """

    tau_mem: Seconds = 10e-3
    v_leak: Volts = 0.0
    r: Number = 1.0


class LIBoxState(NamedTuple):
    """Voltage `v`."""

    v: Tensor


class LIBoxCoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    gain: Value
    v_leak: Value


def _coefficients(p: LIBoxParameters, rules: Rules) -> LIBoxCoefficients:
    return LIBoxCoefficients(rate(p.tau_mem, rules), p.r, p.v_leak)


def _step(
    x: Tensor, s: LIBoxState, c: LIBoxCoefficients, rules: Rules
) -> tuple[Tensor, LIBoxState]:
    v = s.v + c.leak * ((c.v_leak - s.v) + c.gain * x)
    return v, LIBoxState(v)


LI_BOX_NEURON = Neuron(
    name="LIBox",
    parameters=LIBoxParameters,
    state=LIBoxState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak,),
    step=_step,
    kernel="li_box",
)


class LIBox(Layer[LIBoxState]):
    """A layer of leaky integrators without synaptic current, over whole sequences.

    Takes the parameters of `LIBoxParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = LIBox()
        >>> y, state = layer(torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(y.shape), tuple(state.v.shape), bool(y.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = LI_BOX_NEURON


class LIBoxCell(Cell[LIBoxState]):
    """One step of leaky integrators without synaptic current.

    Takes the parameters of `LIBoxParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = LIBoxCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     y, state = cell(x, state)
        >>> tuple(y.shape)
        (2, 4)
    """

    neuron = LI_BOX_NEURON
