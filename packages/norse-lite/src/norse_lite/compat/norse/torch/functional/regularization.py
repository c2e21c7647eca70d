"""Counting spikes or voltages on the way, to regularise a network by them."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

__all__ = ["Accumulator", "regularize_step", "spike_accumulator", "voltage_accumulator"]

Accumulator = Callable[[Tensor, Any, Any], Any]


def spike_accumulator(z: Tensor, _: Any, state: Tensor | None = None) -> Tensor:
    """Add the number of spikes to what was counted before.

    Example:
        >>> import torch
        >>> spike_accumulator(torch.tensor([1.0, 0.0, 1.0]), None)
        tensor(2.)
    """
    return z.sum() if state is None else state + z.sum()


def voltage_accumulator(z: Tensor, s: Any, state: Tensor | None = None) -> Tensor:
    """Add the voltage in a state to what was added before."""
    return s.v if state is None else state + s.v


def regularize_step(
    z: Tensor,
    s: Any,
    accumulator: Accumulator = spike_accumulator,
    state: Any | None = None,
) -> tuple[Tensor, Any]:
    """Return the spikes as they are, and what an accumulator makes of them.

    Example:
        >>> import torch
        >>> z, counted = regularize_step(torch.ones(3), None, state=torch.tensor(4.0))
        >>> counted
        tensor(7.)
    """
    return z, accumulator(z, s, state)
