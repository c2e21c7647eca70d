"""Leaky integrate-and-fire neuron with a refractory time.

The neuron of `lif.py`; after a spike it keeps its voltage and stays silent for `rho_reset` steps,
while its synaptic current goes on.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._refractory import refractory
from norse_lite.neurons._values import Number
from norse_lite.neurons.lif import LIF_NEURON, LIFParameters

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
class LIFRefracParameters(LIFParameters):
    """Parameters of the refractory leaky integrate-and-fire neuron.

    It has those of `LIFParameters`, and its own.

    Attributes:
        rho_reset: Duration of the refractory time in steps.
    """

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


LIF_REFRAC_NEURON = refractory(
    LIF_NEURON,
    name="LIFRefrac",
    parameters=LIFRefracParameters,
    state=LIFRefracState,
    recurrent_state=LIFRefracRecurrentState,
    kernel="lif_refrac",
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

    Example:
        >>> import torch
        >>> z, state = LIFRefracRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = LIF_REFRAC_NEURON
