"""e-prop: online learning with eligibility traces.

Bellec et al., "A solution to the learning dilemma for recurrent networks of spiking neurons",
Nature Communications 11, 3625 (2020). The gradient is approximated by a sum over time of a learning
signal per neuron and an eligibility trace per synapse,

    dE/dW_ji = sum_t L_j(t) e_ji(t),     e_ji = psi_j ev_ji

    ei = (1 - decay) ei + z_i                 (what the synapse's current owes to the weight)
    ev = (1 - leak) ev + leak ei              (what the voltage owes; set back by a spike)

where `psi` is the surrogate derivative. It leaves out only what a spike does to other neurons by
way of recurrent connections; without those it is the gradient of backpropagation through time.
"""

from math import sqrt
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from norse_lite._errors import NetworkError
from norse_lite.surrogate import DEFAULT_SURROGATE, Surrogate

__all__ = ["EPropLIF", "EPropState"]


class EPropState(NamedTuple):
    """Neurons and traces of a batch.

    Attributes:
        z: Last spikes, `(B, hidden)`.
        v: Voltages, `(B, hidden)`.
        i: Synaptic currents, `(B, hidden)`.
        trace_i: Filtered inputs, then recurrent spikes, `(B, inputs + hidden)`.
        trace_v: Share of the voltages, `(B, hidden, inputs + hidden)`.
        eligibility: Eligibility, smoothed as the readout is, of the same shape.
    """

    z: Tensor
    v: Tensor
    i: Tensor
    trace_i: Tensor
    trace_v: Tensor
    eligibility: Tensor


class EPropLIF(nn.Module):
    """LIF neurons, recurrent or not, that collect gradients while they run.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        recurrent: Connect the neurons with each other (not with themselves).
        tau_mem: Membrane time constant in seconds.
        tau_syn: Time constant of the synaptic current in seconds.
        v_th: Threshold; spikes reset to 0.
        tau_out: Time constant of the readout's smoothing (as of `LIBox`), by which eligibilities
            are smoothed too; None is a readout without memory.
        surrogate: Derivative of the threshold.
        dt: Duration of a step in seconds.
        generator: Source of the weights.

    Example:
        >>> g = torch.Generator().manual_seed(0)
        >>> layer, state = EPropLIF(3, 5, generator=g), None
        >>> for x in torch.ones(20, 2, 3):
        ...     z, state = layer(x, state)
        ...     layer.accumulate(z - 0.1, state)  # the learning signal of a rate of 0.1
        >>> tuple(layer.input_weights.grad.shape), tuple(layer.recurrent_weights.grad.shape)
        ((5, 3), (5, 5))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        recurrent: bool = True,
        tau_mem: float = 10e-3,
        tau_syn: float = 5e-3,
        v_th: float = 1.0,
        tau_out: float | None = None,
        surrogate: Surrogate = DEFAULT_SURROGATE,
        dt: float = 1e-3,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        for name, tau in (("tau_mem", tau_mem), ("tau_syn", tau_syn), ("tau_out", tau_out)):
            if tau is not None and not tau >= dt > 0:
                raise NetworkError(f"EPropLIF: {name} must be at least dt = {dt} s, not {tau}")
        self.input_size, self.hidden_size, self.recurrent = input_size, hidden_size, recurrent
        self.leak, self.decay, self.v_th = dt / tau_mem, dt / tau_syn, v_th
        self.smoothing = 1.0 if tau_out is None else dt / tau_out
        self.surrogate = surrogate

        def weights(columns: int) -> nn.Parameter:
            drawn = torch.randn(hidden_size, columns, generator=generator)
            return nn.Parameter(drawn / sqrt(columns))

        self.input_weights = weights(input_size)
        if recurrent:
            self.recurrent_weights = weights(hidden_size)
            self.recurrent_weights.data.fill_diagonal_(0)

    def _start(self, x: Tensor) -> EPropState:
        size = self.input_size + (self.hidden_size if self.recurrent else 0)
        neuron = x.new_zeros(len(x), self.hidden_size)
        synapse = x.new_zeros(len(x), self.hidden_size, size)
        return EPropState(neuron, neuron, neuron, x.new_zeros(len(x), size), synapse, synapse)

    @torch.no_grad()
    def forward(self, x: Tensor, state: EPropState | None = None) -> tuple[Tensor, EPropState]:
        """Run one step.

        Args:
            x: Inputs, `(B, input_size)`.
            state: State before the step; None starts at rest.

        Returns:
            Spikes, `(B, hidden_size)`, and the state with the traces after the step.
        """
        if x.ndim != 2 or x.shape[1] != self.input_size:
            raise NetworkError(
                f"EPropLIF: input must be (B, {self.input_size}), got {tuple(x.shape)}"
            )
        s = self._start(x) if state is None else state
        current, inputs = F.linear(x, self.input_weights), x
        if self.recurrent:
            current = current + F.linear(s.z, self.recurrent_weights)
            inputs = torch.cat([x, s.z], 1)
        j = s.i + current
        v = s.v + self.leak * (j - s.v)
        u = v - self.v_th
        z = (u > 0).to(x)
        trace_i = s.trace_i + inputs
        trace_v = (1 - self.leak) * s.trace_v + self.leak * trace_i.unsqueeze(1)
        eligible = self.surrogate.derivative(u).unsqueeze(2) * trace_v
        smooth = (1 - self.smoothing) * s.eligibility + self.smoothing * eligible
        after = EPropState(
            z,
            (1 - z) * v,
            (1 - self.decay) * j,
            (1 - self.decay) * trace_i,
            (1 - z).unsqueeze(2) * trace_v,
            smooth,
        )
        return z, after

    @torch.no_grad()
    def accumulate(self, signal: Tensor, state: EPropState) -> None:
        """Add to the gradients of the weights what this step contributes.

        Args:
            signal: Derivative of the loss by each neuron's (smoothed) spikes in this step,
                `(B, hidden_size)`; for a linear readout `error @ readout_weights`.
            state: State after the step.
        """
        grad = torch.einsum("bj,bji->ji", signal, state.eligibility)
        self._add(self.input_weights, grad[:, : self.input_size])
        if self.recurrent:
            self._add(self.recurrent_weights, grad[:, self.input_size :].fill_diagonal_(0))

    @staticmethod
    def _add(weights: nn.Parameter, grad: Tensor) -> None:
        weights.grad = grad.clone() if weights.grad is None else weights.grad + grad
