"""Recurrent neurons whose synapses measure correlations (BrainScaleS-2: Friedmann et al. 2016).

The neuron is that of `lif.py`. Every synapse from `j` to `k` keeps three variables: `after`, which
is 1 if the last spike came from behind the synapse, and two traces that a plasticity rule may read:

    correlation = correlation (1 - (1 - after) dt / tau_c) + eta_p z_pre
    anti        = anti (1 - after dt / tau_ac) + eta_m z_post
    after       = after + z_post - z_pre, cut to 0..1

A trace decays while it is its turn: the correlation until the neuron behind fires.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.neurons._integrate import rate
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Number, Seconds, Value
from norse_lite.neurons.lif import (
    LIF_NEURON,
    LIFCoefficients,
    LIFParameters,
    LIFRecurrentState,
    LIFState,
    lif_coefficients,
)

__all__ = [
    "CorrelationState",
    "LIFCorrelation",
    "LIFCorrelationCell",
    "LIFCorrelationParameters",
    "LIFCorrelationState",
    "correlation_step",
]


@dataclass(frozen=True, kw_only=True)
class LIFCorrelationParameters(LIFParameters):
    """Parameters of neurons with correlation sensors: those of `LIFParameters`, and its own.

    Attributes:
        eta_p: Growth of the correlation at a spike in front of the synapse.
        eta_m: Growth of the anti-correlation at a spike behind it.
        tau_c: Time constant of the correlation in seconds.
        tau_ac: Time constant of the anti-correlation in seconds.
    """

    eta_p: Number = 1.0
    eta_m: Number = 1.0
    tau_c: Seconds = 0.1
    tau_ac: Seconds = 0.1


class CorrelationState(NamedTuple):
    """State of synapses, each `(B, pre, post)`: which side fired last, and both traces."""

    after: Tensor
    correlation: Tensor
    anti: Tensor


class LIFCorrelationState(NamedTuple):
    """State of the neurons, of their input synapses and of their recurrent synapses."""

    lif: LIFRecurrentState
    input: CorrelationState
    recurrent: CorrelationState


class LIFCorrelationCoefficients(NamedTuple):
    """What one step uses."""

    leak: Value
    decay: Value
    gain: Value
    v_leak: Value
    v_th: Value
    v_reset: Value
    eta_p: Value
    eta_m: Value
    decay_c: Value
    decay_ac: Value


def correlation_step(
    z_pre: Tensor,
    z_post: Tensor,
    state: CorrelationState,
    *,
    eta_p: Value = 1.0,
    eta_m: Value = 1.0,
    decay_c: Value = 0.01,
    decay_ac: Value = 0.01,
) -> CorrelationState:
    """Run one step of the correlation sensors.

    Args:
        z_pre: Spikes in front of the synapses, `(B, pre)`.
        z_post: Spikes behind them, `(B, post)`.
        state: State before the step, each `(B, pre, post)`.
        eta_p: Growth of the correlation at a spike in front.
        eta_m: Growth of the anti-correlation at a spike behind.
        decay_c: Share of the correlation that is lost in a step, `dt / tau_c`.
        decay_ac: The same of the anti-correlation.

    Returns:
        The new state.

    Example:
        >>> state = CorrelationState(*torch.zeros(3, 1, 2, 1))
        >>> state = correlation_step(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0]]), state)
        >>> state.correlation.tolist()
        [[[1.0], [0.0]]]
    """
    after = state.after
    pre = z_pre.unsqueeze(-1).expand_as(after)
    post = z_post.unsqueeze(-2).expand_as(after)
    return CorrelationState(
        torch.clamp(after + post - pre, 0, 1),
        state.correlation * (1 - (1 - after) * decay_c) + eta_p * pre,
        state.anti * (1 - after * decay_ac) + eta_m * post,
    )


def _coefficients(p: LIFCorrelationParameters, rules: Rules) -> LIFCorrelationCoefficients:
    return LIFCorrelationCoefficients(
        *lif_coefficients(p, rules), p.eta_p, p.eta_m, rate(p.tau_c, rules), rate(p.tau_ac, rules)
    )


def _step(
    x: Tensor, s: LIFState, c: LIFCorrelationCoefficients, rules: Rules
) -> tuple[Tensor, LIFState]:
    return LIF_NEURON.step(x, s, LIFCoefficients(*c[:6]), rules)


LIF_CORRELATION_NEURON = Neuron(
    name="LIFCorrelation",
    parameters=LIFCorrelationParameters,
    state=LIFState,
    recurrent_state=LIFRecurrentState,
    coefficients=_coefficients,
    rest=lambda c: (c.v_leak, 0.0),
    step=_step,
)


def _silent(drive: Tensor, rows: int) -> CorrelationState:
    zeros = drive.new_zeros((len(drive), rows, drive.shape[-1]))
    return CorrelationState(zeros, zeros, zeros)


class _Sensors:
    """Runs the sensors beside a recurrent module's neurons."""

    input_size: int
    hidden_size: int

    def _sensed(
        self, x: Tensor, before: Tensor, z: Tensor, state: LIFCorrelationState | None, c: Any
    ) -> tuple[CorrelationState, CorrelationState]:
        if state is None:
            inputs, recurrent = _silent(z, self.input_size), _silent(z, self.hidden_size)
        else:
            _, inputs, recurrent = state
        options = {name: getattr(c, name) for name in ("eta_p", "eta_m", "decay_c", "decay_ac")}
        return (
            correlation_step(x, z, inputs, **options),
            correlation_step(before, z, recurrent, **options),
        )


def _checked(state: Any, owner: str) -> LIFCorrelationState | None:
    nested = isinstance(state, tuple) and all(isinstance(value, tuple) for value in state)
    if state is not None and not (nested and len(state) == 3):
        raise NetworkError(
            f"{owner}: state must be LIFCorrelationState(lif, input, recurrent), "
            f"got {type(state).__name__}"
        )
    return None if state is None else LIFCorrelationState(*state)


class LIFCorrelationCell(_Sensors, RecurrentCell[Any]):
    """One step of recurrent neurons, and of the correlation sensors of all their synapses.

    Takes sizes and weights as `RecurrentCell`, parameters as `LIFCorrelationParameters`.

    Example:
        >>> cell = LIFCorrelationCell(3, 2)
        >>> z, state = cell(torch.ones(1, 3))
        >>> tuple(state.input.correlation.shape), tuple(state.recurrent.anti.shape)
        ((1, 3, 2), (1, 2, 2))
    """

    neuron = LIF_CORRELATION_NEURON

    def forward(
        self, x: Tensor, state: LIFCorrelationState | None = None
    ) -> tuple[Tensor, LIFCorrelationState]:
        """Run one step.

        Args:
            x: Input spikes, `(B, input_size)`.
            state: State before the step; None starts at rest.

        Returns:
            Spikes `(B, hidden_size)` and the new state.
        """
        state = _checked(state, type(self).__name__)
        z, lif = super().forward(x, None if state is None else state.lif)
        before = torch.zeros_like(z) if state is None else state.lif.z
        sensors = self._sensed(x, before, z, state, self.coefficients_for(z).values)
        return z, LIFCorrelationState(lif, *sensors)


class LIFCorrelation(_Sensors, RecurrentLayer[Any]):
    """Recurrent neurons and the correlation sensors of all their synapses, over whole sequences.

    Takes sizes and weights as `RecurrentLayer`, parameters as `LIFCorrelationParameters`.

    Example:
        >>> layer = LIFCorrelation(3, 2)
        >>> z, state = layer(torch.ones(20, 1, 3))
        >>> tuple(z.shape), tuple(state.input.correlation.shape)
        ((20, 1, 2), (1, 3, 2))
    """

    neuron = LIF_CORRELATION_NEURON

    def forward(
        self, x: Tensor, state: LIFCorrelationState | None = None
    ) -> tuple[Tensor, LIFCorrelationState]:
        """Run over a sequence.

        Args:
            x: Input spikes, `(T, B, input_size)`.
            state: State before the first step; None starts at rest.

        Returns:
            Spikes of every step `(T, B, hidden_size)`, and the state after the last.
        """
        state = _checked(state, type(self).__name__)
        z, lif = super().forward(x, None if state is None else state.lif)
        before = lif.z.new_zeros(lif.z.shape) if state is None else state.lif.z
        c = self.coefficients_for(z).values
        for x_t, z_t in zip(x.unbind(0), z.unbind(0), strict=True):
            sensors = self._sensed(x_t, before, z_t, state, c)
            before, state = z_t, LIFCorrelationState(lif, *sensors)
        if state is None:  # no step
            sensors = _silent(before, self.input_size), _silent(before, self.hidden_size)
            return z, LIFCorrelationState(lif, *sensors)
        return z, state
