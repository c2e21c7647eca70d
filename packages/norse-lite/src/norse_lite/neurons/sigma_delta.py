"""Sigma-delta neuron: sums graded changes and sends a change of its own when it is large enough.

    sigma = sigma + x
    delta = max(sigma, 0) - sent
    s     = delta where |delta| > v_th, else 0
    sent  = sent + s

A stack of them computes what rectified linear units compute, with messages only where something
changes. The decision to send is differentiated with the surrogate.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Value, Volts
from norse_lite.surrogate import spike

__all__ = [
    "SIGMA_DELTA_NEURON",
    "SigmaDelta",
    "SigmaDeltaCell",
    "SigmaDeltaParameters",
    "SigmaDeltaRecurrent",
    "SigmaDeltaRecurrentCell",
    "SigmaDeltaRecurrentState",
    "SigmaDeltaState",
]


@dataclass(frozen=True, kw_only=True)
class SigmaDeltaParameters:
    """Parameters of the sigma-delta neuron.

    Attributes:
        v_th: Least change that is sent.
    """

    v_th: Volts = 0.1


class SigmaDeltaState(NamedTuple):
    """Sum of the received changes `sigma`, and what has been `sent`."""

    sigma: Tensor
    sent: Tensor


class SigmaDeltaRecurrentState(NamedTuple):
    """State of the recurrent forms: the last spikes `z` and the neuron's own state."""

    z: Tensor
    sigma: Tensor
    sent: Tensor


class SigmaDeltaCoefficients(NamedTuple):
    """What one step uses."""

    v_th: Value


def _coefficients(p: SigmaDeltaParameters, rules: Rules) -> SigmaDeltaCoefficients:
    return SigmaDeltaCoefficients(p.v_th)


def _step(
    x: Tensor, s: SigmaDeltaState, c: SigmaDeltaCoefficients, rules: Rules
) -> tuple[Tensor, SigmaDeltaState]:
    sigma = s.sigma + x
    delta = sigma.relu() - s.sent
    out = delta * spike(delta.abs() - c.v_th, rules.surrogate)
    return out, SigmaDeltaState(sigma, s.sent + out)


SIGMA_DELTA_NEURON = Neuron(
    name="SigmaDelta",
    parameters=SigmaDeltaParameters,
    state=SigmaDeltaState,
    recurrent_state=SigmaDeltaRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (0.0, 0.0),
    step=_step,
)


class SigmaDelta(Layer[SigmaDeltaState]):
    """Sigma-delta neurons, over whole sequences.

    Takes the parameters of `SigmaDeltaParameters` and the options of `Layer`.

    Example:
        >>> import torch
        >>> layer = SigmaDelta()
        >>> z, state = layer(torch.rand(50, 2, 4))  # (T, B, neurons)
        >>> tuple(z.shape), tuple(state.sigma.shape), bool(z.sum() > 0)
        ((50, 2, 4), (2, 4), True)
    """

    neuron = SIGMA_DELTA_NEURON


class SigmaDeltaCell(Cell[SigmaDeltaState]):
    """One step of sigma-delta neurons.

    Takes the parameters of `SigmaDeltaParameters` and the options of `Cell`.

    Example:
        >>> import torch
        >>> cell, state = SigmaDeltaCell(), None
        >>> for x in torch.ones(50, 2, 4):
        ...     z, state = cell(x, state)
        >>> tuple(z.shape)
        (2, 4)
    """

    neuron = SIGMA_DELTA_NEURON


class SigmaDeltaRecurrent(RecurrentLayer[SigmaDeltaRecurrentState]):
    """Sigma-delta neurons, recurrently connected, over whole sequences.

    Takes sizes and weights as `RecurrentLayer`, parameters and options as `SigmaDelta`.

    Example:
        >>> import torch
        >>> layer = SigmaDeltaRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
        >>> z, state = layer(torch.ones(50, 2, 3))  # (T, B, inputs)
        >>> tuple(z.shape), tuple(state.sigma.shape)
        ((50, 2, 4), (2, 4))
    """

    neuron = SIGMA_DELTA_NEURON


class SigmaDeltaRecurrentCell(RecurrentCell[SigmaDeltaRecurrentState]):
    """One step of sigma-delta neurons, recurrently connected.

    Takes the arguments of `SigmaDeltaRecurrent`.

    Example:
        >>> import torch
        >>> z, state = SigmaDeltaRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape)
        (2, 4)
    """

    neuron = SIGMA_DELTA_NEURON
