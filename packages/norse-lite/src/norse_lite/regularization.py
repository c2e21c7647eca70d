"""Accumulates activity on its way through a network, for terms of the loss."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.sequential import is_stateful

__all__ = [
    "Accumulator",
    "RegularizationCell",
    "RegularizationWrapper",
    "regularize_step",
    "spike_accumulator",
    "voltage_accumulator",
]

# Output and state of a neuron, and what was accumulated before (None at first) -> the new sum.
Accumulator = Callable[[Tensor, Any, Any], Any]


def spike_accumulator(z: Tensor, s: Any, state: Tensor | None = None) -> Tensor:
    """Add the number of spikes.

    Example:
        >>> import torch
        >>> spike_accumulator(torch.ones(3, 4), None, torch.tensor(2.0)).item()
        14.0
    """
    total = z.sum()
    return total if state is None else state + total


def voltage_accumulator(z: Tensor, s: Any, state: Tensor | None = None) -> Tensor:
    """Add the voltages `s.v`, each neuron on its own.

    Example:
        >>> import torch
        >>> from norse_lite import LIFState
        >>> state = LIFState(v=torch.tensor([0.5]), i=torch.tensor([0.0]))
        >>> voltage_accumulator(torch.zeros(1), state, torch.tensor([1.0])).tolist()
        [1.5]
    """
    if not hasattr(s, "v"):
        raise NetworkError(
            f"voltage_accumulator: the state {type(s).__name__} has no voltage `v`; write an "
            "accumulator of your own"
        )
    return s.v if state is None else state + s.v


def regularize_step(
    z: Tensor,
    s: Any,
    accumulator: Accumulator = spike_accumulator,
    state: Any = None,
) -> tuple[Tensor, Any]:
    """Accumulate and hand the output on.

    Args:
        z: Output of a neuron.
        s: Its state.
        accumulator: What to sum up.
        state: The sum so far; None at first.

    Returns:
        The output as it came, and the new sum.

    Example:
        >>> import torch
        >>> z, total = regularize_step(torch.ones(3, 4), None)
        >>> z, total = regularize_step(z, None, state=total)
        >>> total.item()
        24.0
    """
    return z, accumulator(z, s, state)


class RegularizationCell(nn.Module):
    """Sums up activity over calls, for a term of the loss.

    Args:
        accumulator: What to sum up.
        state: The sum to start from; None starts anew.

    Example:
        >>> import torch
        >>> from norse_lite import LIF
        >>> layer, count = LIF(), RegularizationCell()
        >>> z, state = layer(torch.ones(50, 2, 4))
        >>> z, spikes = count(z, state)
        >>> loss = 1e-3 * spikes
        >>> bool(spikes == z.sum())
        True
    """

    def __init__(self, accumulator: Accumulator = spike_accumulator, state: Any = None) -> None:
        super().__init__()
        self.accumulator = accumulator
        self.state = state

    def forward(self, z: Tensor, s: Any = None) -> tuple[Tensor, Any]:
        """Add the activity of a step or a sequence; returns the output and the sum."""
        z, self.state = regularize_step(z, s, self.accumulator, self.state)
        return z, self.state

    def reset(self) -> None:
        """Start the sum anew, as before every batch."""
        self.state = None


class RegularizationWrapper(nn.Module):
    """A neuron whose activity is accumulated: `module` with a sum in its state.

    Args:
        module: Takes an input and a state.
        accumulator: What to sum up.

    Example:
        >>> import torch
        >>> from norse_lite import LIF
        >>> layer = RegularizationWrapper(LIF())
        >>> z, (state, spikes) = layer(torch.ones(50, 2, 4))
        >>> z, (state, spikes) = layer(torch.ones(50, 2, 4), (state, spikes))
        >>> spikes.item() > z.sum().item() > 0
        True
    """

    def __init__(self, module: nn.Module, accumulator: Accumulator = spike_accumulator) -> None:
        super().__init__()
        if not is_stateful(module):
            raise NetworkError(
                f"RegularizationWrapper: {type(module).__name__} takes no state; wrap a neuron"
            )
        self.module = module
        self.accumulator = accumulator

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, tuple[Any, Any]]:
        """Run the module and accumulate.

        Args:
            x: Input of the module.
            state: State of the module and the sum; None starts both.

        Returns:
            The output of the module, and its state and the sum.
        """
        inner, total = (None, None) if state is None else state
        z, inner = self.module(x, inner)
        z, total = regularize_step(z, inner, self.accumulator, total)
        return z, (inner, total)
