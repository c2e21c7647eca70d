"""Chains of modules with and without state."""

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from norse_lite.compat.norse.torch.module.lift import Lift
from norse_lite.sequential import is_stateful

__all__ = ["RecurrentSequential", "RecurrentSequentialState", "SequentialState"]


def _has_state(module: nn.Module) -> bool:
    if isinstance(module, Lift):
        return is_stateful(module.lifted_module)
    return is_stateful(module)


class SequentialState(nn.Sequential):
    """A chain of modules; those that have a state take it from a list, and return it there.

    Args:
        args: Modules in order.
        return_hidden: Return the outputs of all modules, in a list.

    Example:
        >>> import torch
        >>> from norse_lite.compat.norse.torch.module.lif import LIFCell
        >>> model = SequentialState(nn.Linear(3, 2), LIFCell())
        >>> spikes, state = model(torch.ones(4, 3))
        >>> [type(s).__name__ for s in state]
        ['NoneType', 'LIFFeedForwardState']
    """

    def __init__(self, *args: Any, return_hidden: bool = False) -> None:
        super().__init__(*args)
        self.return_hidden = return_hidden
        self.forward_state_hooks: list[RemovableHandle] = []

    @property
    def stateful_layers(self) -> list[bool]:
        """Whether each module has a state."""
        return [_has_state(module) for module in self]

    def register_forward_state_hooks(
        self, forward_hook: Callable[[nn.Module, Any, Any], Any]
    ) -> None:
        """Call a function after every module with a state.

        Args:
            forward_hook: Called with the module, its arguments and its results, both of them
                pairs of values and state.

        Raises:
            ValueError: A function is called already.
        """
        if self.forward_state_hooks:
            raise ValueError(
                "SequentialState: there are forward state hooks; call remove_forward_state_hooks "
                "before others are registered"
            )
        for module in self:
            if _has_state(module):
                self.forward_state_hooks.append(module.register_forward_hook(forward_hook))

    def remove_forward_state_hooks(self) -> None:
        """Call none of these functions any more."""
        for handle in self.forward_state_hooks:
            handle.remove()
        self.forward_state_hooks = []

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "forward_state_hooks": []}

    def forward(  # type: ignore[override]
        self, input_tensor: Tensor, state: list[Any] | None = None
    ) -> tuple[Any, list[Any]]:
        """Run the chain.

        Args:
            input_tensor: Input of the first module.
            state: A list with a state for each module; None starts at rest.

        Returns:
            The output of the last module (all outputs with `return_hidden`), and the new states.
        """
        states = [None] * len(self) if state is None else list(state)
        hidden = []
        for index, module in enumerate(self):
            if _has_state(module):
                input_tensor, states[index] = module(input_tensor, states[index])
            else:
                input_tensor = module(input_tensor)
            hidden.append(input_tensor)
        return (hidden if self.return_hidden else input_tensor), states


class RecurrentSequentialState(NamedTuple):
    """The outputs that come back in the next step, and the states of the modules."""

    cache: Any = None
    state: Any = None


class RecurrentSequential(nn.Module):
    """A chain whose output is added to its next input.

    Args:
        modules: Modules in order.
        output_modules: Index of the module whose output leaves the chain, or a list of several;
            what comes back is always the output of the last of them.
    """

    def __init__(self, *modules: nn.Module, output_modules: list[int] | int = -1) -> None:
        super().__init__()
        self.module = SequentialState(*modules, return_hidden=True)
        self.output_modules = output_modules

    def forward(
        self, x: Tensor, state: RecurrentSequentialState | None = None
    ) -> tuple[Any, RecurrentSequentialState]:
        """Run one step.

        Args:
            x: Input of the first module.
            state: State before the step; None starts at rest.

        Returns:
            The output of the chosen module (a list of several), and the new state.
        """
        if state is not None and state.cache is not None:
            back = state.cache[-1] if isinstance(state.cache, list) else state.cache
            x = x + back
        hidden, inner = self.module(x, None if state is None else state.state)
        if isinstance(self.output_modules, int):
            out = hidden[self.output_modules]
        else:
            out = [hidden[index] for index in self.output_modules]
        return out, RecurrentSequentialState(out, inner)
