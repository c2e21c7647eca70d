"""Online training through time: gradients step by step, with memory that does not grow with time.

Xiao et al., "Online training through time for spiking neural networks", NeurIPS 2022. Neurons are

    u[t] = lambda (u[t-1] - v_th s[t-1]) + W x[t] + b,   s[t] = H(u[t] - v_th)

and the gradient of the loss of a step by the weights is that by the current times the trace of the
inputs, `a[t] = lambda a[t-1] + x[t]` (eqs. 5-7): what a weight did to the membrane in earlier steps
is in the trace, so nothing is propagated back in time.
"""

from typing import NamedTuple

from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.surrogate import DEFAULT_SURROGATE, Surrogate, spike

__all__ = ["OTTTCell", "OTTTState"]


class OTTTState(NamedTuple):
    """Membrane `u` after the reset, and the trace of the inputs; neither carries a gradient."""

    u: Tensor
    trace: Tensor


class OTTTCell(nn.Module):
    """Weights and leaky neurons that are trained online, one step at a time.

    Call `backward` on the loss of each step; gradients add up over the steps. Cells stand one after
    the other, also in `SequentialState`; each step's loss reaches all of them through that step.

    Args:
        synapse: `nn.Linear` or a convolution; its weights are what is learned.
        tau_mem: Membrane time constant in seconds; `lambda = 1 - dt / tau_mem`.
        v_th: Threshold; a spike lowers the membrane by it.
        surrogate: Derivative of the threshold.
        dt: Duration of a step in seconds.

    Example:
        >>> import torch
        >>> cell, state = OTTTCell(nn.Linear(4, 3)), None
        >>> for x in torch.ones(10, 2, 4):
        ...     z, state = cell(x, state)
        ...     z.mean().backward()  # memory does not grow
        >>> tuple(cell.synapse.weight.grad.shape)
        (3, 4)
    """

    def __init__(
        self,
        synapse: nn.Module,
        *,
        tau_mem: float = 10e-3,
        v_th: float = 1.0,
        surrogate: Surrogate = DEFAULT_SURROGATE,
        dt: float = 1e-3,
    ) -> None:
        super().__init__()
        if not tau_mem >= dt > 0:
            raise NetworkError(f"OTTTCell: tau_mem must be at least dt = {dt} s, not {tau_mem}")
        self.synapse = synapse
        self.keep, self.v_th, self.surrogate = 1 - dt / tau_mem, v_th, surrogate

    def forward(self, x: Tensor, state: OTTTState | None = None) -> tuple[Tensor, OTTTState]:
        """Run one step.

        Args:
            x: Input, as the synapse takes it, batch first.
            state: State before the step; None starts at rest.

        Returns:
            Spikes, and the state after the step, without gradient.
        """
        # The trace passes the gradient of its newest part on, so that layers before learn too.
        trace = x if state is None else self.keep * state.trace + x
        through = self.synapse(trace)
        # The value is that of the input alone, the gradient by the weights that of the trace.
        current = through + (self.synapse(x) - through).detach()
        u = current if state is None else self.keep * state.u + current
        z = spike(u - self.v_th, self.surrogate)
        return z, OTTTState((u - self.v_th * z).detach(), trace.detach())

    def extra_repr(self) -> str:
        """Show the parameters."""
        return f"keep={self.keep:g}, v_th={self.v_th:g}"
