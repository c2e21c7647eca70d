"""Parallel spiking neurons (Fang et al. 2023): no reset, so all steps are computed at once.

A neuron spikes where a weighted sum of its inputs over time exceeds a threshold:

    h[t] = sum over s of weight[t, s] * x[s];  z[t] = h[t] > v_th[t]
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.forms._run import check_input
from norse_lite.surrogate import DEFAULT_SURROGATE, Surrogate, as_surrogate, spike

__all__ = ["PSN", "SlidingPSN", "SlidingPSNState"]


class PSN(nn.Module):
    """Parallel spiking neuron for sequences of one length; every step may see every other.

    Args:
        steps: Number of time steps T.
        masked: Use only the inputs of the past and the present.
        surrogate: Derivative of the threshold in the backward pass, or its name.

    Example:
        >>> psn = PSN(8, masked=True)
        >>> z, state = psn(torch.ones(8, 2, 3))
        >>> tuple(z.shape), state is None
        ((8, 2, 3), True)
    """

    def __init__(
        self, steps: int, *, masked: bool = False, surrogate: Surrogate | str = DEFAULT_SURROGATE
    ) -> None:
        super().__init__()
        if steps < 1:
            raise NetworkError(f"PSN: steps must be at least 1, not {steps}")
        self.steps, self.masked, self.surrogate = steps, masked, as_surrogate(surrogate)
        self.weight = nn.Parameter(torch.empty(steps, steps))
        self.v_th = nn.Parameter(torch.ones(steps))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)

    def forward(self, x: Tensor, state: None = None) -> tuple[Tensor, None]:
        """Return the spikes `(T, B, *shape)` of an input of this shape; there is no state."""
        check_input("PSN", x, 2)
        if x.shape[0] != self.steps:
            raise NetworkError(f"PSN: input must have {self.steps} steps, got {x.shape[0]}")
        weight = self.weight.tril() if self.masked else self.weight
        h = torch.tensordot(weight.to(x.dtype), x, dims=1)
        threshold = self.v_th.to(x.dtype).view(-1, *(1,) * (x.ndim - 1))
        return spike(h - threshold, self.surrogate), state

    def extra_repr(self) -> str:
        """Show the length and the mask."""
        return f"{self.steps}, masked={self.masked}"


class SlidingPSNState(NamedTuple):
    """The inputs of the last `order - 1` steps, `(order - 1, B, *shape)`, oldest first."""

    past: Tensor


class SlidingPSN(nn.Module):
    """Parallel spiking neuron that sees its last `order` inputs, for sequences of any length.

    Args:
        order: Number of inputs that count.
        surrogate: Derivative of the threshold in the backward pass, or its name.

    Example:
        >>> psn = SlidingPSN(4)
        >>> z, state = psn(torch.ones(20, 2, 3))
        >>> tuple(z.shape), tuple(state.past.shape)
        ((20, 2, 3), (3, 2, 3))
    """

    def __init__(self, order: int, *, surrogate: Surrogate | str = DEFAULT_SURROGATE) -> None:
        super().__init__()
        if order < 1:
            raise NetworkError(f"SlidingPSN: order must be at least 1, not {order}")
        self.order, self.surrogate = order, as_surrogate(surrogate)
        # The last weight is that of the present: a decaying memory, as in the paper.
        self.weight = nn.Parameter(2.0 ** torch.arange(1 - order, 1))
        self.v_th = nn.Parameter(torch.ones(()))

    def forward(
        self, x: Tensor, state: SlidingPSNState | None = None
    ) -> tuple[Tensor, SlidingPSNState]:
        """Run over a sequence.

        Args:
            x: Input, `(T, B, *shape)`.
            state: The last inputs of the sequence before; None counts them as zero.

        Returns:
            Spikes `(T, B, *shape)`, and the last inputs.
        """
        check_input("SlidingPSN", x, 2)
        past = x.new_zeros((self.order - 1, *x.shape[1:])) if state is None else state.past
        known = torch.cat([past, x])
        # Summed in one order, whatever the length: a sequence may be cut anywhere.
        h = torch.zeros_like(x)
        for back, weight in enumerate(self.weight.to(x.dtype)):
            h = h + weight * known[back : back + len(x)]
        z = spike(h - self.v_th.to(x.dtype), self.surrogate)
        return z, SlidingPSNState(known[len(known) - self.order + 1 :])

    def extra_repr(self) -> str:
        """Show the order."""
        return str(self.order)
