"""From modules of one step to modules of a sequence."""

from typing import Any

import torch
from torch import Tensor, nn

from norse_lite.sequential import is_stateful

__all__ = ["Lift"]


class Lift(nn.Module):
    """Applies a module to every step of a sequence.

    Args:
        module: Takes one step, and a state if it has one.

    Example:
        >>> tuple(Lift(nn.Linear(3, 2))(torch.ones(5, 1, 3)).shape)
        (5, 1, 2)
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.lifted_module = module

    def forward(self, x: Tensor | tuple[Tensor, Any], state: Any = None) -> Any:
        """Run over a sequence.

        Args:
            x: Input, `(T, ...)`, or a pair of an input and a state.
            state: State before the first step, of a module that has one.

        Returns:
            All outputs; for a module with a state, all outputs and the last state.
        """
        if isinstance(x, tuple):
            x, state = x
        outputs = []
        if not is_stateful(self.lifted_module):
            for step in x:
                outputs.append(self.lifted_module(step))
            return torch.stack(outputs)
        for step in x:
            y, state = self.lifted_module(step, state)
            outputs.append(y)
        return torch.stack(outputs), state
