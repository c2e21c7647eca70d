"""Adaptive exponential neurons with a refractory time as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif_adex import LIFAdExFeedForwardState, LIFAdExState
from norse_lite.compat.norse.torch.functional.lif_adex_refrac import (
    LIFAdExRefracFeedForwardState,
    LIFAdExRefracParameters,
    LIFAdExRefracState,
    lif_adex_refrac_feed_forward_step,
    lif_adex_refrac_step,
)
from norse_lite.compat.norse.torch.module._model import (
    Model,
    ModelCell,
    ModelRecurrent,
    ModelRecurrentCell,
)
from norse_lite.compat.norse.torch.module._states import resting, zeros
from norse_lite.compat.norse.torch.module.snn import SNNCell as SNNCell
from norse_lite.compat.norse.torch.module.snn import SNNRecurrent as SNNRecurrent
from norse_lite.compat.norse.torch.module.snn import SNNRecurrentCell as SNNRecurrentCell

__all__ = ["LIFAdExRefracCell", "LIFAdExRefracRecurrent", "LIFAdExRefracRecurrentCell"]


def _rest(x: Tensor, p: Any) -> LIFAdExRefracFeedForwardState:
    return LIFAdExRefracFeedForwardState(
        LIFAdExFeedForwardState(resting(x, p.lif_adex.v_leak), zeros(x), zeros(x)), zeros(x)
    )


def _recurrent_rest(x: Tensor, p: Any, hidden_size: int) -> LIFAdExRefracState:

    voltage = resting(x, p.lif_adex.v_leak, hidden_size)
    lif = LIFAdExState(zeros(x, hidden_size), voltage, zeros(x, hidden_size), zeros(x, hidden_size))
    return LIFAdExRefracState(lif, zeros(x, hidden_size))


MODEL = Model(
    default=LIFAdExRefracParameters(),
    step=lif_adex_refrac_feed_forward_step,
    recurrent_step=lif_adex_refrac_step,
    rest=_rest,
    recurrent_rest=_recurrent_rest,
)


class LIFAdExRefracCell(ModelCell, model=MODEL):
    """One step of adaptive exponential neurons with a refractory time, as `ModelCell`."""


class LIFAdExRefracRecurrentCell(ModelRecurrentCell, model=MODEL):
    """One step of the neurons, recurrently connected, as `ModelRecurrentCell`."""


class LIFAdExRefracRecurrent(ModelRecurrent, model=MODEL):
    """The neurons, recurrently connected, over sequences, as `ModelRecurrent`."""
