"""Chains of ordinary torch modules and neurons, with the state of all of them in one tuple."""

import inspect
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from norse_lite._dtypes import check_module_dtype
from norse_lite._errors import NetworkError
from norse_lite.forms._conv_recurrent import ConvRecurrentCell, ConvRecurrentLayer
from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._linear import LinearCell, LinearLayer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer
from norse_lite.inference import run_by_events, runs_by_events

__all__ = ["Lift", "SequentialState", "is_stateful"]


_CELLS = (Cell, ConvRecurrentCell, LinearCell, RecurrentCell)
_LAYERS = (Layer, ConvRecurrentLayer, LinearLayer, RecurrentLayer)


def is_stateful(module: nn.Module) -> bool:
    """Return whether a module takes and returns a state.

    So do all neurons of this package, `SequentialState`, torch's recurrent networks, and every
    module whose `forward` has a second argument called `state`.

    Args:
        module: Any module.

    Example:
        >>> from norse_lite import LIF
        >>> is_stateful(LIF()), is_stateful(nn.Linear(2, 2))
        (True, False)
    """
    if isinstance(module, (nn.RNNBase, nn.RNNCellBase)):
        return True
    names = list(inspect.signature(module.forward).parameters)
    return len(names) > 1 and "state" in names[1:]


def _works_in_steps(module: nn.Module) -> bool | None:
    """Return True for a module of single steps, False for one of sequences, None if either."""
    if isinstance(module, SequentialState):
        return module.in_steps
    if isinstance(module, (*_CELLS, nn.RNNCellBase)):
        return True
    if isinstance(module, (*_LAYERS, nn.RNNBase, Lift)):
        return False
    return None


class Lift(nn.Module):
    """Applies a module without time to every step of a sequence.

    A stateless module is called once, with time and batch folded into one axis. A stateful one
    (a cell) is called step by step.

    Args:
        module: Takes `(B, *shape)`, or `(B, *shape)` and a state.

    Example:
        >>> conv = Lift(nn.Conv2d(1, 8, 3))
        >>> y, state = conv(torch.zeros(10, 4, 1, 12, 12))
        >>> tuple(y.shape), state is None
        ((10, 4, 8, 10, 10), True)
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.lifted_module = module
        self.stateful = is_stateful(module)
        if isinstance(module, SequentialState) and module.in_steps is None:
            module._settle(True)

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Run over a sequence.

        Args:
            x: Input, `(T, B, *shape)`.
            state: State of a stateful module before the first step.

        Returns:
            The outputs, `(T, B, *shape)`, and the last state (None for a stateless module).
        """
        if not self.stateful:
            return _fold(self.lifted_module, x, "Lift"), None
        outputs = []
        for x_t in x.unbind(0):
            y, state = self.lifted_module(x_t, state)
            outputs.append(y)
        return torch.stack(outputs), state


def _fold(module: nn.Module, x: Tensor, where: str) -> Tensor:
    """Apply a stateless module to all steps at once, as one large batch."""
    if x.ndim < 2:
        raise NetworkError(f"{where}: input must be (T, B, *shape), got {tuple(x.shape)}")
    steps, batch = x.shape[:2]
    check_module_dtype(where, x, module)
    y = module(x.flatten(0, 1))
    if not isinstance(y, Tensor) or y.ndim < 1 or y.shape[0] != steps * batch:
        got = tuple(y.shape) if isinstance(y, Tensor) else type(y).__name__
        raise NetworkError(
            f"{where}: {type(module).__name__} must keep the first axis, which holds time and "
            f"batch ({steps * batch}); it gave {got}"
        )
    return y.unflatten(0, (steps, batch))


class SequentialState(nn.Sequential):
    """A chain of modules, stateful and not, over sequences `(T, B, *shape)`.

    Torch modules without state are applied to all steps in one call, with time and batch folded
    into the first axis, so that `nn.Conv2d`, `nn.Flatten`, `nn.BatchNorm2d` or `nn.Linear` are
    written as for images. A chain whose neurons are cells takes single steps `(B, *shape)`.

    Args:
        modules: Modules in order, or one ordered dictionary of them.
        return_hidden: Return the outputs of all modules, in a list, rather than the last one.
        event_driven: Where no gradient is asked for, `EventLinear` and `EventConv2d` hand their
            neurons' spikes on as lists where few neurons fire (None), so do torch's own layers and
            whatever the rate (True), or no layer does (False). Sums differ by rounding.

    Example:
        >>> from norse_lite import LI, LIF
        >>> model = SequentialState(
        ...     nn.Conv2d(2, 4, 3), LIF(), nn.Flatten(), nn.Linear(144, 3), LI()
        ... )
        >>> v, state = model(torch.rand(10, 5, 2, 8, 8))
        >>> tuple(v.shape), [type(s).__name__ for s in state]
        ((10, 5, 3), ['NoneType', 'LIFState', 'NoneType', 'NoneType', 'LIState'])
    """

    def __init__(
        self,
        *modules: nn.Module | OrderedDict[str, nn.Module],
        return_hidden: bool = False,
        event_driven: bool | None = None,
    ) -> None:
        super().__init__(*modules)  # type: ignore[arg-type]
        self.return_hidden = return_hidden
        self.event_driven = event_driven
        self._plan: Any = None
        self._examine()

    def _examine(self) -> None:
        self._stateful = [is_stateful(module) for module in self]
        kinds: dict[bool, str] = {}
        for (name, module), stateful in zip(self._modules.items(), self._stateful, strict=True):
            assert module is not None
            if not stateful:
                for inner_name, inner in module.named_modules():
                    if inner is not module and isinstance(inner, (*_CELLS, *_LAYERS)):
                        raise NetworkError(
                            f"SequentialState: module {name} ({type(module).__name__}) has the "
                            f"neuron {inner_name} inside but takes no state; make it a "
                            "SequentialState"
                        )
                continue
            kind = _works_in_steps(module)
            if kind is not None:
                kinds.setdefault(kind, f"{name} ({type(module).__name__})")
        if len(kinds) == 2:
            raise NetworkError(
                f"SequentialState: {kinds[True]} takes single steps and {kinds[False]} whole "
                "sequences; use layers throughout, or wrap the cell in Lift"
            )
        self.in_steps = next(iter(kinds), None)
        if self.in_steps is not None:
            self._settle(self.in_steps)

    def _settle(self, in_steps: bool) -> None:
        """Let inner chains without neurons take single steps, or sequences, as this one does."""
        self.in_steps = in_steps
        for module in self:
            if isinstance(module, SequentialState) and module.in_steps is None:
                module._settle(in_steps)

    def append(self, module: nn.Module) -> "SequentialState":
        """Add a module at the end."""
        super().append(module)
        self._examine()
        return self

    def insert(self, index: int, module: nn.Module) -> "SequentialState":
        """Add a module in front of the one at an index."""
        super().insert(index, module)
        self._examine()
        return self

    def __setitem__(self, index: int, module: nn.Module) -> None:  # type: ignore[override]
        super().__setitem__(index, module)
        self._examine()

    def __delitem__(self, index: int | slice) -> None:
        super().__delitem__(index)
        self._examine()

    def __iter__(self) -> Iterator[nn.Module]:
        return iter(self._modules.values())  # type: ignore[arg-type]

    def forward(  # type: ignore[override]
        self, x: Tensor, state: tuple[Any, ...] | None = None
    ) -> tuple[Any, tuple[Any, ...]]:
        """Run the chain.

        Args:
            x: Input, `(T, B, *shape)`; `(B, *shape)` if the neurons are cells.
            state: What an earlier call returned, to go on from there; None starts at rest.

        Returns:
            The output of the last module (a list of all outputs with `return_hidden`), and the
            state of every module (None of stateless ones).
        """
        if state is None:
            state = (None,) * len(self)
        elif len(state) != len(self):
            raise NetworkError(
                f"SequentialState: state has {len(state)} entries for {len(self)} modules; pass "
                "what an earlier call returned"
            )
        if self.event_driven is not False and not self.return_hidden and not self.in_steps:
            modules, forced = list(self), self.event_driven is True
            self._plan = plan = runs_by_events(modules, x, self._plan, forced)
            if plan is not None:
                return self._run_by_events(plan, x, state)
        states, hidden = [], []
        for (name, module), stateful, before in zip(
            self._modules.items(), self._stateful, state, strict=True
        ):
            assert module is not None
            after = None
            if stateful:
                x, after = module(x, before)
            elif self.in_steps:
                check_module_dtype(f"SequentialState, module {name}", x, module)
                x = module(x)
            else:
                x = _fold(module, x, f"SequentialState, module {name}")
            states.append(after)
            if self.return_hidden:
                hidden.append(x)
        return (hidden if self.return_hidden else x), tuple(states)

    def _run_by_events(
        self, plan: Any, x: Tensor, state: tuple[Any, ...]
    ) -> tuple[Tensor, tuple[Any, ...]]:
        def one_by_one(step: Any, x: Tensor, before: Any) -> tuple[Tensor, Any]:
            if self._stateful[step.index]:
                return step.module(x, before)
            return _fold(step.module, x, f"SequentialState, module {step.index}"), None

        y, states = run_by_events(plan, x, state, one_by_one)
        return y, tuple(states)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_plan": None}
