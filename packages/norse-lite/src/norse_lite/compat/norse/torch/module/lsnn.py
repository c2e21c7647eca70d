"""Neurons with an adaptive threshold as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.lsnn import (
    LSNNFeedForwardState,
    LSNNParameters,
    LSNNState,
    coefficients,
    lsnn_feed_forward_step,
    lsnn_step,
)
from norse_lite.compat.norse.torch.module._model import (
    Model,
    ModelCell,
    ModelLayer,
    ModelRecurrent,
    ModelRecurrentCell,
)
from norse_lite.compat.norse.torch.module._states import constant, resting, zeros
from norse_lite.compat.norse.torch.module.snn import SNN as SNN
from norse_lite.compat.norse.torch.module.snn import SNNCell as SNNCell
from norse_lite.compat.norse.torch.module.snn import SNNRecurrent as SNNRecurrent
from norse_lite.compat.norse.torch.module.snn import SNNRecurrentCell as SNNRecurrentCell
from norse_lite.neurons.lsnn import LSNN_NEURON

__all__ = ["LSNN", "LSNNCell", "LSNNRecurrent", "LSNNRecurrentCell"]


def _rest(x: Tensor, p: Any) -> LSNNFeedForwardState:
    return LSNNFeedForwardState(resting(x, p.v_leak), zeros(x), constant(x, p.v_th))


def _recurrent_rest(x: Tensor, p: Any, hidden_size: int) -> LSNNState:
    return LSNNState(
        zeros(x, hidden_size),
        resting(x, p.v_leak, hidden_size),
        zeros(x, hidden_size),
        constant(x, p.v_th, hidden_size),
    )


MODEL = Model(
    default=LSNNParameters(),
    step=lsnn_feed_forward_step,
    recurrent_step=lsnn_step,
    rest=_rest,
    recurrent_rest=_recurrent_rest,
)

# `adjoint` chooses between two ways to the same gradient in Norse; here there is one.


class LSNNCell(ModelCell, model=MODEL):
    """One step of neurons with an adaptive threshold; takes the arguments of `ModelCell`."""

    def __init__(self, p: Any = None, adjoint: bool = False, **kwargs: Any) -> None:
        super().__init__(p, **kwargs)


class LSNN(ModelLayer, model=MODEL):
    """Neurons with an adaptive threshold, over sequences; takes the arguments of `ModelLayer`."""

    neuron = LSNN_NEURON
    coefficients = staticmethod(coefficients)

    def __init__(self, p: Any = None, adjoint: bool = False, **kwargs: Any) -> None:
        super().__init__(p, **kwargs)


class LSNNRecurrentCell(ModelRecurrentCell, model=MODEL):
    """One step of recurrent neurons with an adaptive threshold, as `ModelRecurrentCell`."""

    def __init__(
        self, input_size: int, hidden_size: int, p: Any = None, adjoint: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(input_size, hidden_size, p, **kwargs)


class LSNNRecurrent(ModelRecurrent, model=MODEL):
    """Recurrent neurons with an adaptive threshold over sequences, as `ModelRecurrent`."""

    def __init__(
        self, input_size: int, hidden_size: int, p: Any = None, adjoint: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(input_size, hidden_size, p, **kwargs)
