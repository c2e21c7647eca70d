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
from norse_lite.compat.norse.torch.module._fused import FusedSNN
from norse_lite.compat.norse.torch.module._states import constant, resting, zeros
from norse_lite.compat.norse.torch.module.snn import SNNCell, SNNRecurrent, SNNRecurrentCell
from norse_lite.neurons.lsnn import LSNN_NEURON

__all__ = ["LSNN", "LSNNCell", "LSNNRecurrent", "LSNNRecurrentCell"]


DEFAULT = LSNNParameters()


def _rest(x: Tensor, p: Any) -> LSNNFeedForwardState:
    return LSNNFeedForwardState(resting(x, p.v_leak), zeros(x), constant(x, p.v_th))


def _recurrent_rest(x: Tensor, p: Any, hidden_size: int) -> LSNNState:
    return LSNNState(
        zeros(x, hidden_size),
        resting(x, p.v_leak, hidden_size),
        zeros(x, hidden_size),
        constant(x, p.v_th, hidden_size),
    )


class LSNNCell(SNNCell):
    """One step of neurons with an adaptive threshold.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds.
    """

    def __init__(self, p: LSNNParameters = DEFAULT, adjoint: bool = False, **kwargs: Any) -> None:
        super().__init__(lsnn_feed_forward_step, self._at_rest, p, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)


class LSNN(FusedSNN):
    """Neurons with an adaptive threshold, over sequences.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds, `record_states` for the states of all steps.
    """

    neuron = LSNN_NEURON
    coefficients = staticmethod(coefficients)

    def __init__(self, p: LSNNParameters = DEFAULT, adjoint: bool = False, **kwargs: Any) -> None:
        super().__init__(lsnn_feed_forward_step, self._at_rest, p, **kwargs)

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.p)


class LSNNRecurrentCell(SNNRecurrentCell):
    """One step of neurons with an adaptive threshold, recurrently connected.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrentCell` takes them.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        p: LSNNParameters = DEFAULT,
        adjoint: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            lsnn_step,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **kwargs,
        )

    def _at_rest(self, x: Tensor) -> Any:
        return _recurrent_rest(x, self.p, self.hidden_size)


class LSNNRecurrent(SNNRecurrent):
    """Neurons with an adaptive threshold, recurrently connected, over sequences.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrent` takes them.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        p: LSNNParameters = DEFAULT,
        adjoint: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            lsnn_step,
            self._at_rest,
            input_size,
            hidden_size,
            p,
            **kwargs,
        )

    def _at_rest(self, x: Tensor) -> Any:
        return _recurrent_rest(x, self.p, self.hidden_size)
