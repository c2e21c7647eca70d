"""From spikes to the times of the first of them."""

from typing import Any

import torch
from torch import Tensor

__all__ = ["ToSpikeTimes"]


class ToSpikeTimes(torch.autograd.Function):
    """Steps of the first spikes of every neuron; the derivative to each of these spikes is -1."""

    @staticmethod
    def forward(  # pyright: ignore[reportIncompatibleMethodOverride] (torch declares *args)
        ctx: Any, spike_input: Tensor, spike_count: Any
    ) -> Tensor:
        """Return the steps of the first spikes.

        Args:
            ctx: Kept for the backward pass.
            spike_input: Spikes, `(T, ...)`.
            spike_count: Number of spikes of each neuron.

        Returns:
            Steps, `(spike_count, ...)`, infinite where fewer spikes came.

        Example:
            >>> z = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
            >>> ToSpikeTimes.apply(z, 2).tolist()
            [[1.0, inf], [2.0, inf]]
        """
        count = int(spike_count)
        steps = torch.arange(
            len(spike_input), dtype=spike_input.dtype, device=spike_input.device
        ).view(-1, *(1,) * (spike_input.ndim - 1))
        times = torch.where(spike_input > 0, steps, torch.inf)
        times = times.sort(0).values[:count]
        missing = count - len(times)
        if missing > 0:
            times = torch.cat([times, times.new_full((missing, *times.shape[1:]), torch.inf)])
        ctx.save_for_backward(times)
        ctx.steps = len(spike_input)
        return times

    @staticmethod
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride] (torch declares *args)
        ctx: Any, grad_output: Tensor
    ) -> tuple[Tensor, None]:
        """Return minus the gradient at the step of each spike, and zero elsewhere."""
        (times,) = ctx.saved_tensors
        found = torch.isfinite(times)
        grad = grad_output.new_zeros((ctx.steps, *times.shape[1:]))
        index = torch.where(found, times, 0).long()
        return grad.scatter_add(0, index, torch.where(found, -grad_output, 0)), None
