"""Keeps the state inside a module, for `torch.nn.Sequential` and code that passes none."""

from typing import Any

from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from norse_lite._errors import NetworkError
from norse_lite.sequential import _works_in_steps, is_stateful

__all__ = ["Stateful", "detach_states", "reset_states"]


class Stateful(nn.Module):
    """Wraps a module with an explicit state into one that takes and returns only tensors.

    A layer starts every call at rest, as every call is a sequence of its own; a cell goes on from
    the call before, until `reset_states`. The state is not part of `state_dict`, of a copy or of a
    pickle, and is left behind when an input of another batch shape comes.

    Args:
        module: A neuron, a `SequentialState`, or any module whose `forward` takes a `state`.
        carry: Go on from the call before; None does so for cells.

    Attributes:
        state: State after the last call, or None.

    Example:
        >>> import torch
        >>> from norse_lite import LI, LIF
        >>> model = nn.Sequential(Stateful(LIF()), nn.Linear(4, 2), Stateful(LI()))
        >>> tuple(model(torch.rand(10, 3, 4)).shape)
        (10, 3, 2)
        >>> tuple(model[0].state.v.shape)
        (3, 4)
    """

    def __init__(self, module: nn.Module, *, carry: bool | None = None) -> None:
        super().__init__()
        if not is_stateful(module):
            raise NetworkError(
                f"Stateful: {type(module).__name__} takes no state; it needs no wrapper"
            )
        self.module = module
        self.carry = bool(_works_in_steps(module)) if carry is None else carry
        self.state: Any = None
        self._batch: tuple[int, ...] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Run the module from the kept state, and keep the state after it.

        Args:
            x: Input, as the module takes it.

        Returns:
            The module's output.
        """
        batch = tuple(x.shape) if _works_in_steps(self.module) else tuple(x.shape[1:])
        before = self.state if self.carry and batch == self._batch else None
        y, self.state = self.module(x, before)
        self._batch = batch
        return y

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "state": None, "_batch": None}

    def extra_repr(self) -> str:
        """Show whether the state is carried over."""
        return f"carry={self.carry}"


def reset_states(module: nn.Module) -> None:
    """Forget the states that the `Stateful` modules inside a module keep.

    Args:
        module: Any module.

    Example:
        >>> import torch
        >>> from norse_lite import LIFCell
        >>> cell = Stateful(LIFCell())
        >>> _ = cell(torch.ones(1, 3))
        >>> reset_states(cell)
        >>> cell.state is None
        True
    """
    for inner in module.modules():
        if isinstance(inner, Stateful):
            inner.state = None


def detach_states(module: nn.Module) -> None:
    """Cut the gradient through the states that `Stateful` modules keep, and keep their values.

    Call it between the windows of truncated back-propagation through time.

    Args:
        module: Any module.

    Example:
        >>> import torch
        >>> from norse_lite import LIFCell
        >>> cell = Stateful(LIFCell())
        >>> _ = cell(torch.ones(1, 3, requires_grad=True))
        >>> detach_states(cell)
        >>> cell.state.v.requires_grad
        False
    """
    for inner in module.modules():
        if isinstance(inner, Stateful):
            inner.state = tree_map_only(Tensor, Tensor.detach, inner.state)
