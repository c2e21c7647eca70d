"""From spikes to the times of the first of them, as a module."""

from typing import Any

import torch
from torch import Tensor, nn

from norse_lite.compat.norse.torch.functional.spikes_to_times_decoder import ToSpikeTimes

__all__ = ["SpikesToTimesDecoder"]

ONE = torch.as_tensor(1)


class SpikesToTimesDecoder(nn.Module):
    """Returns the times of the first spikes of every neuron.

    Args:
        spike_count: Number of spikes of each neuron.
        convert_indices_to_times: Return seconds rather than steps.
        dt: Duration of a step in seconds.

    Example:
        >>> SpikesToTimesDecoder(1, dt=0.1)(torch.tensor([[[0.0]], [[1.0]]])).tolist()
        [[[0.10000000149011612]]]
    """

    def __init__(
        self,
        spike_count: Any = ONE,
        convert_indices_to_times: bool = True,
        dt: float = 0.001,
    ) -> None:
        super().__init__()
        self.spike_count, self.dt = spike_count, dt
        self.convert_indices_to_times = convert_indices_to_times

    def forward(self, spike_input: Tensor) -> Tensor:
        """Decode `(T, ...)` to `(spike_count, ...)`, infinite where fewer spikes came."""
        steps = ToSpikeTimes.apply(spike_input, self.spike_count)
        assert isinstance(steps, Tensor)
        return steps * self.dt if self.convert_indices_to_times else steps
