"""Exponential neurons as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif_ex import (
    LIFExFeedForwardState,
    LIFExParameters,
    LIFExState,
    coefficients,
    lif_ex_feed_forward_step,
    lif_ex_step,
)
from norse_lite.compat.norse.torch.module._model import (
    Model,
    ModelCell,
    ModelLayer,
    ModelRecurrent,
    ModelRecurrentCell,
)
from norse_lite.compat.norse.torch.module._states import resting, zeros
from norse_lite.compat.norse.torch.module.snn import SNN as SNN
from norse_lite.compat.norse.torch.module.snn import SNNCell as SNNCell
from norse_lite.compat.norse.torch.module.snn import SNNRecurrent as SNNRecurrent
from norse_lite.compat.norse.torch.module.snn import SNNRecurrentCell as SNNRecurrentCell
from norse_lite.neurons.lif_ex import LIF_EX_NEURON

__all__ = ["LIFEx", "LIFExCell", "LIFExRecurrent", "LIFExRecurrentCell"]


def _rest(x: Tensor, p: Any) -> LIFExFeedForwardState:
    return LIFExFeedForwardState(resting(x, p.v_leak), zeros(x))


def _recurrent_rest(x: Tensor, p: Any, hidden_size: int) -> LIFExState:
    return LIFExState(
        zeros(x, hidden_size), resting(x, p.v_leak, hidden_size), zeros(x, hidden_size)
    )


MODEL = Model(
    default=LIFExParameters(),
    step=lif_ex_feed_forward_step,
    recurrent_step=lif_ex_step,
    rest=_rest,
    recurrent_rest=_recurrent_rest,
)


class LIFExCell(ModelCell, model=MODEL):
    """One step of exponential neurons; takes the arguments of `ModelCell`."""


class LIFEx(ModelLayer, model=MODEL):
    """Exponential neurons, over sequences; takes the arguments of `ModelLayer`."""

    neuron = LIF_EX_NEURON
    coefficients = staticmethod(coefficients)


class LIFExRecurrentCell(ModelRecurrentCell, model=MODEL):
    """One step of exponential neurons, recurrently connected, as `ModelRecurrentCell`."""


class LIFExRecurrent(ModelRecurrent, model=MODEL):
    """Exponential neurons, recurrently connected, over sequences, as `ModelRecurrent`."""
