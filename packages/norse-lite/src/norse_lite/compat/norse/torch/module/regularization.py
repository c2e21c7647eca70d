"""A module that counts on the way, to regularise a network."""

from typing import Any

from torch import Tensor, nn

from norse_lite.compat.norse.torch.functional.regularization import (
    Accumulator,
    regularize_step,
    spike_accumulator,
)

__all__ = ["RegularizationCell"]


class RegularizationCell(nn.Module):
    """Passes spikes and state on, and adds up what an accumulator makes of them in `state`.

    Args:
        accumulator: `(z, s, state) -> state`, such as `spike_accumulator`.
        state: What was added up before.

    Example:
        >>> import torch
        >>> cell = RegularizationCell()
        >>> z, count = cell(torch.ones(3), None)
        >>> cell.state
        tensor(3.)
    """

    def __init__(self, accumulator: Accumulator = spike_accumulator, state: Any = None) -> None:
        super().__init__()
        self.accumulator = accumulator
        self.state = state

    def forward(self, z: Tensor, s: Any) -> tuple[Tensor, Any]:
        """Count; returns the spikes as they are, and the new sum."""
        z, self.state = regularize_step(z, s, self.accumulator, self.state)
        return z, self.state
