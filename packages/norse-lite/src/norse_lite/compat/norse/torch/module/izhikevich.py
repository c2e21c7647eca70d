"""Izhikevich's neurons as modules."""

from typing import Any

from torch import Tensor

from norse_lite.compat.norse.torch.functional.izhikevich import (
    IzhikevichRecurrentState,
    IzhikevichSpikingBehavior,
    IzhikevichState,
    coefficients,
    izhikevich_feed_forward_step,
    izhikevich_recurrent_step,
)
from norse_lite.compat.norse.torch.module._fused import FusedSNN
from norse_lite.compat.norse.torch.module._states import constant, resting, zeros
from norse_lite.compat.norse.torch.module.snn import SNN as SNN
from norse_lite.compat.norse.torch.module.snn import SNNCell, SNNRecurrent, SNNRecurrentCell
from norse_lite.neurons.izhikevich import IZHIKEVICH_NEURON

__all__ = ["Izhikevich", "IzhikevichCell", "IzhikevichRecurrent", "IzhikevichRecurrentCell"]


def _rest(x: Tensor, s: IzhikevichState) -> IzhikevichState:
    return IzhikevichState(resting(x, s.v), constant(x, s.u))


def _recurrent_rest(x: Tensor, s: IzhikevichState, hidden_size: int) -> IzhikevichRecurrentState:
    return IzhikevichRecurrentState(
        zeros(x, hidden_size), resting(x, s.v, hidden_size), constant(x, s.u, hidden_size)
    )


class IzhikevichCell(SNNCell):
    """One step of Izhikevich's neurons.

    Args:
        spiking_method: Parameters and initial state, such as `tonic_spiking`.
        kwargs: `dt` in seconds.
    """

    def __init__(self, spiking_method: IzhikevichSpikingBehavior, **kwargs: Any) -> None:
        super().__init__(
            izhikevich_feed_forward_step,
            self._at_rest,
            spiking_method.p,
            **kwargs,
        )
        self.spiking_method = spiking_method

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.spiking_method.s)


class Izhikevich(FusedSNN):
    """Izhikevich's neurons, over sequences.

    Args:
        spiking_method: Parameters and initial state, such as `tonic_spiking`.
        kwargs: `dt` in seconds, `record_states` for the states of all steps.
    """

    neuron = IZHIKEVICH_NEURON
    coefficients = staticmethod(coefficients)

    def __init__(self, spiking_method: IzhikevichSpikingBehavior, **kwargs: Any) -> None:
        super().__init__(
            izhikevich_feed_forward_step,
            self._at_rest,
            spiking_method.p,
            **kwargs,
        )
        self.spiking_method = spiking_method

    def _at_rest(self, x: Tensor) -> Any:
        return _rest(x, self.spiking_method.s)


class IzhikevichRecurrentCell(SNNRecurrentCell):
    """One step of Izhikevich's neurons, recurrently connected.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        spiking_method: Parameters and initial state, such as `tonic_spiking`.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrentCell` takes them.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        spiking_method: IzhikevichSpikingBehavior,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            izhikevich_recurrent_step,
            self._at_rest,
            input_size,
            hidden_size,
            spiking_method.p,
            **kwargs,
        )
        self.spiking_method = spiking_method

    def _at_rest(self, x: Tensor) -> Any:
        return _recurrent_rest(x, self.spiking_method.s, self.hidden_size)


class IzhikevichRecurrent(SNNRecurrent):
    """Izhikevich's neurons, recurrently connected, over sequences.

    Takes the arguments of `IzhikevichRecurrentCell`.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        spiking_method: IzhikevichSpikingBehavior,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            izhikevich_recurrent_step,
            self._at_rest,
            input_size,
            hidden_size,
            spiking_method.p,
            *args,
            **kwargs,
        )
        self.spiking_method = spiking_method

    def _at_rest(self, x: Tensor) -> Any:
        return _recurrent_rest(x, self.spiking_method.s, self.hidden_size)
