"""Adaptive exponential leaky integrate-and-fire neuron with a refractory time.

The neuron of `lif_adex.py`; after a spike it keeps its voltage and stays silent for `rho_reset`
steps, while its current and its adaptation go on.
"""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._refractory import refractory
from norse_lite.neurons._values import Number
from norse_lite.neurons.lif_adex import LIF_ADEX_NEURON, LIFAdExParameters

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
class LIFAdExRefracParameters(LIFAdExParameters):
    """Parameters of the refractory adaptive exponential integrate-and-fire neuron.

    It has those of `LIFAdExParameters`, and its own.

    Attributes:
        rho_reset: Duration of the refractory time in steps.
    """

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


LIF_ADEX_REFRAC_NEURON = refractory(
    LIF_ADEX_NEURON,
    name="LIFAdExRefrac",
    parameters=LIFAdExRefracParameters,
    state=LIFAdExRefracState,
    recurrent_state=LIFAdExRefracRecurrentState,
    kernel="lif_adex_refrac",
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

    Example:
        >>> import torch
        >>> z, state = LIFAdExRefracRecurrentCell(3, 4)(torch.ones(2, 3))  # (B, inputs)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((2, 4), (2, 4))
    """

    neuron = LIF_ADEX_REFRAC_NEURON
