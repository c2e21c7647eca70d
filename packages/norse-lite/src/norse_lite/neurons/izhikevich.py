"""Izhikevich's neuron, and the twenty behaviours of his 2004 paper.

    v' = v + step * (sq * v^2 + mn * v + bias - u + x)
    u' = u + step * a * (b * v - u)
    s  = v' > v_th
    v  = c where s, else v'
    u  = u' + d where s, else u'

with `step = dt / tau`. The model's own unit of time is the millisecond; `tau` is how many seconds
of simulated time it is given.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._integrate import kept
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Number, Seconds, Value, Volts
from norse_lite.surrogate import spike

__all__ = [
    "IZHIKEVICH_BEHAVIOURS",
    "IZHIKEVICH_NEURON",
    "Izhikevich",
    "IzhikevichBehaviour",
    "IzhikevichCell",
    "IzhikevichParameters",
    "IzhikevichRecurrent",
    "IzhikevichRecurrentCell",
    "IzhikevichRecurrentState",
    "IzhikevichState",
]


@dataclass(frozen=True, kw_only=True)
class IzhikevichParameters:
    """Parameters of Izhikevich's neuron.

    Attributes:
        a: Rate of the recovery.
        b: Sensitivity of the recovery to the voltage.
        c: Voltage after a spike.
        d: Growth of the recovery at a spike.
        sq: Quadratic coefficient of the voltage.
        mn: Linear coefficient of the voltage.
        bias: Constant drive.
        v_th: Peak of a spike, at which it is counted.
        tau: Seconds that one unit of the model's time takes.
    """

    a: Number = 0.02
    b: Number = 0.2
    c: Volts = -65.0
    d: Number = 6.0
    sq: Number = 0.04
    mn: Number = 5.0
    bias: Number = 140.0
    v_th: Volts = 30.0
    tau: Seconds = 4e-3


class IzhikevichState(NamedTuple):
    """Voltage `v` and recovery `u`."""

    v: Tensor
    u: Tensor


class IzhikevichRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    v: Tensor
    u: Tensor


class IzhikevichCoefficients(NamedTuple):
    """What one step uses."""

    step: Value
    a: Value
    b: Value
    c: Value
    d: Value
    sq: Value
    mn: Value
    bias: Value
    v_th: Value


def _coefficients(p: IzhikevichParameters, rules: Rules) -> IzhikevichCoefficients:
    return IzhikevichCoefficients(rules.dt / p.tau, p.a, p.b, p.c, p.d, p.sq, p.mn, p.bias, p.v_th)


def _rest(c: IzhikevichCoefficients) -> tuple[Value, Value]:
    return c.c, c.b * c.c


def _step(
    x: Tensor, s: IzhikevichState, c: IzhikevichCoefficients, rules: Rules
) -> tuple[Tensor, IzhikevichState]:
    v = s.v + c.step * (c.sq * s.v**2 + c.mn * s.v + c.bias - s.u + x)
    u = s.u + c.step * c.a * (c.b * s.v - s.u)
    z = spike(v - c.v_th, rules.surrogate)
    k = kept(z, rules)
    return z, IzhikevichState((1 - k) * v + k * c.c, (1 - k) * u + k * (u + c.d))


IZHIKEVICH_NEURON = Neuron(
    name="Izhikevich",
    parameters=IzhikevichParameters,
    state=IzhikevichState,
    recurrent_state=IzhikevichRecurrentState,
    coefficients=_coefficients,
    rest=_rest,
    step=_step,
)


class Izhikevich(Layer[IzhikevichState]):
    """Izhikevich's neurons, over whole sequences.

    Takes the parameters of `IzhikevichParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = Izhikevich()
        >>> z, state = layer(10 * torch.ones(50, 2, 4))  # (T, B, neurons)
        >>> tuple(z.shape), tuple(state.v.shape), bool(z.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = IZHIKEVICH_NEURON


class IzhikevichCell(Cell[IzhikevichState]):
    """One step of Izhikevich's neurons.

    Takes the parameters of `IzhikevichParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = IzhikevichCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     z, state = cell(x, state)
        >>> tuple(z.shape)
        (2, 4)
    """

    neuron = IZHIKEVICH_NEURON


class IzhikevichRecurrent(RecurrentLayer[IzhikevichRecurrentState]):
    """Izhikevich's neurons, recurrently connected, over whole sequences.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `Izhikevich`.

    Example:
        >>> import torch
        >>> layer = IzhikevichRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = IZHIKEVICH_NEURON


class IzhikevichRecurrentCell(RecurrentCell[IzhikevichRecurrentState]):
    """One step of Izhikevich's neurons, recurrently connected.

    Takes the arguments of `IzhikevichRecurrent`.

    Example:
        >>> import torch
        >>> z, state = IzhikevichRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = IZHIKEVICH_NEURON


@dataclass(frozen=True)
class IzhikevichBehaviour:
    """Parameters and initial state with which the neuron shows a behaviour of the 2004 paper.

    Example:
        >>> import torch
        >>> behaviour = IZHIKEVICH_BEHAVIOURS["tonic_bursting"]
        >>> layer = Izhikevich(**behaviour.parameters)
        >>> z, _ = layer(torch.full((1000, 1, 1), 15.0), behaviour.state(torch.zeros(1, 1)))
        >>> bool(z.sum() > 5)
        True
    """

    a: float
    b: float
    c: float
    d: float
    v: float
    tau: float = 4e-3
    mn: float = 5.0
    bias: float = 140.0
    u: float | None = None

    @property
    def parameters(self) -> dict[str, Value]:
        """Keyword arguments of `Izhikevich`."""
        names = ("a", "b", "c", "d", "tau", "mn", "bias")
        return {name: getattr(self, name) for name in names}

    def state(self, like: Tensor) -> IzhikevichState:
        """Return the initial state in the shape, dtype and device of a tensor `(B, *shape)`."""
        u = self.b * self.v if self.u is None else self.u
        return IzhikevichState(like.new_full(like.shape, self.v), like.new_full(like.shape, u))


# Parameters of figure 1 of E. M. Izhikevich, "Which model to use for cortical spiking neurons?",
# IEEE Transactions on Neural Networks 15 (2004) 1063; the step is the figure's for dt = 1 ms.
IZHIKEVICH_BEHAVIOURS: dict[str, IzhikevichBehaviour] = {
    "tonic_spiking": IzhikevichBehaviour(0.02, 0.2, -65, 6, v=-70),
    "phasic_spiking": IzhikevichBehaviour(0.02, 0.25, -65, 6, v=-64),
    "tonic_bursting": IzhikevichBehaviour(0.02, 0.2, -50, 2, v=-70),
    "phasic_bursting": IzhikevichBehaviour(0.02, 0.25, -55, 0.05, v=-64, tau=5e-3),
    "mixed_mode": IzhikevichBehaviour(0.02, 0.2, -55, 4, v=-70),
    "spike_frequency_adaptation": IzhikevichBehaviour(0.01, 0.2, -65, 8, v=-70),
    "class_1_exc": IzhikevichBehaviour(0.02, -0.1, -55, 6, v=-60, mn=4.1, bias=108),
    "class_2_exc": IzhikevichBehaviour(0.2, 0.26, -65, 0, v=-64),
    "spike_latency": IzhikevichBehaviour(0.02, 0.2, -65, 6, v=-70),
    "subthreshold_oscillation": IzhikevichBehaviour(0.05, 0.26, -60, 0, v=-62),
    "resonator": IzhikevichBehaviour(0.1, 0.26, -60, -1, v=-62),
    "integrator": IzhikevichBehaviour(0.02, -0.1, -55, 6, v=-60, mn=4.1, bias=108),
    "rebound_spike": IzhikevichBehaviour(0.03, 0.25, -60, 4, v=-64, tau=5e-3),
    "rebound_burst": IzhikevichBehaviour(0.03, 0.25, -52, 0, v=-64, tau=5e-3),
    "threshold_variability": IzhikevichBehaviour(0.03, 0.25, -60, 4, v=-64),
    "bistability": IzhikevichBehaviour(0.1, 0.26, -60, 0, v=-61),
    "dap": IzhikevichBehaviour(1.0, 0.2, -60, -21, v=-70, tau=10e-3),
    "accomodation": IzhikevichBehaviour(0.02, 1.0, -55, 4, v=-65, tau=2e-3, u=-16.0),
    "inhibition_induced_spiking": IzhikevichBehaviour(-0.02, -1, -60, 8, v=-63.8),
    "inhibition_induced_bursting": IzhikevichBehaviour(-0.026, -1, -45, -2, v=-63.8),
}
