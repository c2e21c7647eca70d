"""`from_nir`: a network of a graph from another platform."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from norse_lite.compat.norse.torch.functional.reset import reset_subtract, reset_value

__all__ = ["StepModule", "from_nir"]


class StepModule(nn.Module):
    """One step of a module over whole sequences, as Norse's loaded networks take it.

    Args:
        module: Takes `(T, B, *shape)` and a state.
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Run one step on an input `(B, *shape)`; returns the output and the new state."""
        y, state = self.module(x.unsqueeze(0), state)
        return y.squeeze(0), state


def from_nir(
    node: Any,
    ignore_warnings: bool = False,
    reset_method: Callable[..., Any] = reset_value,
    dt: float = 1e-3,
) -> nn.Module:
    """Build a network from a NIR graph.

    Args:
        node: A graph of `nir` or `nir_core`, or the path of a file.
        ignore_warnings: Unused; nothing is warned about.
        reset_method: `reset_value` or `reset_subtract`.
        dt: Duration of a time step in seconds.

    Returns:
        A module of single steps, `(B, *shape)` and a state; its attribute `module` takes whole
        sequences, `(T, B, *shape)`.

    Example:
        >>> from norse_lite.compat.norse.torch import LIFCell, SequentialState, to_nir
        >>> import torch
        >>> graph = to_nir(SequentialState(nn.Linear(3, 2), LIFCell()), torch.zeros(1, 3))
        >>> spikes, state = from_nir(graph)(torch.ones(1, 3))
        >>> tuple(spikes.shape)
        (1, 2)
    """
    from norse_lite.nir import from_nir as load

    reset = "subtract" if reset_method is reset_subtract else "value"
    return StepModule(load(node, dt, reset=reset))
