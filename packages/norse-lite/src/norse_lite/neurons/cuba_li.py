"""Current-based leaky integrator as NIR defines it: weighted input, output is the voltage.

    i = (i - decay * i) + weight * x
    v = v + leak * ((v_leak - v) + r * i)

with `leak = dt / tau_mem`, `decay = dt / tau_syn` and `weight = w_in * dt / tau_syn` for the Euler
integrator; the exact one holds `x` and then `i` over the step. `LI` is the same neuron for
`w_in = tau_syn / dt`, its current taken after the decay.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.neurons._integrate import rate
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Number, Seconds, Value, Volts

__all__ = ["CUBA_LI_NEURON", "CubaLI", "CubaLICell", "CubaLIParameters", "CubaLIState"]


@dataclass(frozen=True, kw_only=True)
class CubaLIParameters:
    """Parameters of the current-based leaky integrator.

    Attributes:
        tau_mem: Membrane time constant in seconds.
        tau_syn: Time constant of the synaptic current in seconds.
        v_leak: Voltage at rest.
        r: Membrane resistance, the factor of the current.
        w_in: Input weight, the factor of the input.
    """

    tau_mem: Seconds = 10e-3
    tau_syn: Seconds = 5e-3
    v_leak: Volts = 0.0
    r: Number = 1.0
    w_in: Number = 1.0


class CubaLIState(NamedTuple):
    """Voltage `v` and synaptic current `i`."""

    v: Tensor
    i: Tensor


class CubaLICoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    decay: Value
    gain: Value
    v_leak: Value
    weight: Value


def _coefficients(p: CubaLIParameters, rules: Rules) -> CubaLICoefficients:
    decay = rate(p.tau_syn, rules)
    return CubaLICoefficients(rate(p.tau_mem, rules), decay, p.r, p.v_leak, p.w_in * decay)


def _step(
    x: Tensor, s: CubaLIState, c: CubaLICoefficients, rules: Rules
) -> tuple[Tensor, CubaLIState]:
    i = (s.i - c.decay * s.i) + c.weight * x
    v = s.v + c.leak * ((c.v_leak - s.v) + c.gain * i)
    return v, CubaLIState(v, i)


CUBA_LI_NEURON = Neuron(
    name="CubaLI",
    parameters=CubaLIParameters,
    state=CubaLIState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak, 0.0),
    step=_step,
    kernel="cuba_li",
)


class CubaLI(Layer[CubaLIState]):
    """A layer of current-based leaky integrators, over whole sequences.

    Takes the parameters of `CubaLIParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = CubaLI()
        >>> y, state = layer(torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(y.shape), tuple(state.v.shape), bool(y.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = CUBA_LI_NEURON


class CubaLICell(Cell[CubaLIState]):
    """One step of current-based leaky integrators.

    Takes the parameters of `CubaLIParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = CubaLICell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     y, state = cell(x, state)
        >>> tuple(y.shape)
        (2, 4)
    """

    neuron = CUBA_LI_NEURON
