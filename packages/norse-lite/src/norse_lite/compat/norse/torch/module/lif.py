"""Leaky integrate-and-fire neurons as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lif import (
    LIFFeedForwardState,
    LIFParameters,
    LIFState,
    coefficients,
    lif_feed_forward_step,
    lif_feed_forward_step_sparse,
    lif_step,
    lif_step_sparse,
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
from norse_lite.neurons.lif import LIF_NEURON

__all__ = ["LIF", "LIFCell", "LIFRecurrent", "LIFRecurrentCell"]


def _rest(x: Tensor, p: Any) -> LIFFeedForwardState:
    return LIFFeedForwardState(resting(x, p.v_leak), zeros(x))


def _recurrent_rest(x: Tensor, p: Any, hidden_size: int) -> LIFState:
    v = resting(x, p.v_leak, hidden_size, single=True)
    return LIFState(zeros(x, hidden_size), v, zeros(x, hidden_size))


MODEL = Model(
    default=LIFParameters(),
    step=lif_feed_forward_step,
    recurrent_step=lif_step,
    rest=_rest,
    recurrent_rest=_recurrent_rest,
    sparse=lif_feed_forward_step_sparse,
    recurrent_sparse=lif_step_sparse,
)


class LIFCell(ModelCell, model=MODEL):
    """One step of leaky integrate-and-fire neurons; takes the arguments of `ModelCell`."""


class LIF(ModelLayer, model=MODEL):
    """Leaky integrate-and-fire neurons, over sequences; takes the arguments of `ModelLayer`."""

    neuron = LIF_NEURON
    coefficients = staticmethod(coefficients)

    def _at_rest(self, x: Tensor) -> Any:
        return LIFFeedForwardState(resting(x, self.p.v_leak, single=True), zeros(x))


class LIFRecurrentCell(ModelRecurrentCell, model=MODEL):
    """One step of recurrent leaky integrate-and-fire neurons, as `ModelRecurrentCell`."""


class LIFRecurrent(ModelRecurrent, model=MODEL):
    """Recurrent leaky integrate-and-fire neurons over sequences, as `ModelRecurrent`."""
