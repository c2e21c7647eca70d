"""Adaptive exponential neurons as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif_adex import (
    LIFAdExFeedForwardState,
    LIFAdExParameters,
    LIFAdExState,
    coefficients,
    lif_adex_feed_forward_step,
    lif_adex_step,
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
from norse_lite.neurons.lif_adex import LIF_ADEX_NEURON

__all__ = ["LIFAdEx", "LIFAdExCell", "LIFAdExRecurrent", "LIFAdExRecurrentCell"]


def _rest(x: Tensor, p: Any) -> LIFAdExFeedForwardState:
    return LIFAdExFeedForwardState(resting(x, p.v_leak), zeros(x), zeros(x))


def _recurrent_rest(x: Tensor, p: Any, hidden_size: int) -> LIFAdExState:
    return LIFAdExState(
        zeros(x, hidden_size),
        resting(x, p.v_leak, hidden_size),
        zeros(x, hidden_size),
        zeros(x, hidden_size),
    )


MODEL = Model(
    default=LIFAdExParameters(),
    step=lif_adex_feed_forward_step,
    recurrent_step=lif_adex_step,
    rest=_rest,
    recurrent_rest=_recurrent_rest,
)


class LIFAdExCell(ModelCell, model=MODEL):
    """One step of adaptive exponential neurons; takes the arguments of `ModelCell`."""


class LIFAdEx(ModelLayer, model=MODEL):
    """Adaptive exponential neurons, over sequences; takes the arguments of `ModelLayer`."""

    neuron = LIF_ADEX_NEURON
    coefficients = staticmethod(coefficients)


class LIFAdExRecurrentCell(ModelRecurrentCell, model=MODEL):
    """One step of adaptive exponential neurons, recurrently connected, as `ModelRecurrentCell`."""


class LIFAdExRecurrent(ModelRecurrent, model=MODEL):
    """Adaptive exponential neurons, recurrently connected, over sequences, as `ModelRecurrent`."""
