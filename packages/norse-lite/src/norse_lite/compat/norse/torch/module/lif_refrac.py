"""Leaky integrate-and-fire neurons with a refractory time as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif import LIFFeedForwardState, LIFState
from norse_lite.compat.norse.torch.functional.lif import LIFParameters as LIFParameters
from norse_lite.compat.norse.torch.functional.lif_refrac import (
    LIFRefracFeedForwardState,
    LIFRefracParameters,
    LIFRefracState,
    lif_refrac_feed_forward_step,
    lif_refrac_step,
    lif_refrac_step_sparse,
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

__all__ = ["LIFRefracCell", "LIFRefracRecurrent", "LIFRefracRecurrentCell"]


def _rest(x: Tensor, p: Any) -> LIFRefracFeedForwardState:
    return LIFRefracFeedForwardState(
        LIFFeedForwardState(resting(x, p.lif.v_leak), zeros(x)), zeros(x)
    )


def recurrent_rest(x: Tensor, p: Any, hidden_size: int) -> LIFRefracState:
    """Return the state of the recurrent forms before any input."""
    voltage = resting(x, p.lif.v_leak, hidden_size)
    lif = LIFState(zeros(x, hidden_size), voltage, zeros(x, hidden_size))
    return LIFRefracState(lif, zeros(x, hidden_size))


MODEL = Model(
    default=LIFRefracParameters(),
    step=lif_refrac_feed_forward_step,
    recurrent_step=lif_refrac_step,
    rest=_rest,
    recurrent_rest=recurrent_rest,
    recurrent_sparse=lif_refrac_step_sparse,
)


class LIFRefracCell(ModelCell, model=MODEL):
    """One step of neurons with a refractory time; takes the arguments of `ModelCell`."""


class LIFRefracRecurrentCell(ModelRecurrentCell, model=MODEL):
    """One step of recurrent neurons with a refractory time, as `ModelRecurrentCell`."""


class LIFRefracRecurrent(ModelRecurrent, model=MODEL):
    """Recurrent neurons with a refractory time over sequences, as `ModelRecurrent`."""
