"""A graph as one torch module with an explicit state."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn

from nir_core.errors import NirRunError, NirTypeError
from nir_core.graph import NIRGraph
from nir_core.nodes import NEURONS, Delay, Input
from nir_core.semantics._plan import Part, Plan
from nir_core.torch._neurons import DelayModule, NeuronModule
from nir_core.torch._parameters import updated

__all__ = ["Network", "State"]

# The state of each node by path, and {"y": value} of each delayed edge by "source -> target".
State = dict[str, Any]


def takes_state(module: nn.Module) -> bool:
    """Whether a module is called with a state and gives (output, state)."""
    if isinstance(module, (NeuronModule, DelayModule, Network, nn.RNNBase)):
        return True
    try:
        parameters = list(inspect.signature(module.forward).parameters)
    except (TypeError, ValueError):
        return False
    return "state" in parameters[1:]


def _needs_state(module: nn.Module) -> bool:
    """Whether a module wants a state even in the first step: it has no default for it."""
    if isinstance(module, (NeuronModule, DelayModule, Network, nn.RNNBase)):
        return False
    state = inspect.signature(module.forward).parameters["state"]
    return state.default is inspect.Parameter.empty


class Network(nn.Module):
    """A NIR graph that runs step by step and can be trained; made by `to_torch`.

    Args:
        graph: the graph it was made from.
        plan: the order of execution.
        modules: the module of each node by path.
        silent_start: whether a delayed edge begins with what its source gives in silence.
        dtype: number type of the signals.
    """

    def __init__(
        self,
        graph: NIRGraph,
        plan: Plan,
        modules: Mapping[str, nn.Module],
        *,
        silent_start: bool,
        dtype: torch.dtype,
    ) -> None:
        super().__init__()
        self.graph, self.plan, self.dtype = graph, plan, dtype
        self.silent_start = silent_start
        self.keys = _keys(modules)
        self.nodes = nn.ModuleDict({self.keys[path]: m for path, m in modules.items()})
        # Looked up at every step; ModuleDict is slow.
        self._by_path = dict(modules)
        self._stateful = {path for path, m in modules.items() if takes_state(m)}
        self._inputs = {path: name for name, path in plan.inputs.items()}
        self._delayed = {edge: f"{edge[0]} -> {edge[1]}" for p in plan.parts for edge in p.delayed}

    def module(self, path: str) -> nn.Module:
        """Give the module of a node, such as "lif" or "block/lif".

        Raises:
            NirRunError: the graph has no such node.
        """
        if path not in self.keys:
            raise NirRunError(f"the graph has no node {path!r}; it has {', '.join(self.keys)}")
        return self.nodes[self.keys[path]]

    def forward(self, x: Any, state: State | None = None) -> tuple[Any, State]:
        """Advance by one step.

        Args:
            x: (batch, *shape), or tensors by Input name for several Inputs.
            state: what the call before gave, or None at the start; it is not changed.

        Returns:
            The output (batch, *shape), or tensors by Output name for several Outputs, and
            the new state.

        Raises:
            NirRunError: the inputs do not fit the graph.
        """
        return self._step(self._take(x), state, self._coefficients())

    def sequence(
        self, x: Any, state: State | None = None, *, record: Iterable[str] = ()
    ) -> tuple[Any, State] | tuple[Any, State, dict[str, torch.Tensor]]:
        """Run over a whole sequence.

        Args:
            x: (steps, batch, *shape), or such tensors by Input name.
            state: as for a single step.
            record: paths of nodes whose outputs are wanted too.

        Returns:
            The output (steps, batch, *shape) or tensors by Output name, and the state after
            the last step; with `record`, also the recorded outputs by path.
        """
        arrays = self._take(x)
        wanted = tuple(record)
        for path in wanted:
            self.module(path)
        coefficients = self._coefficients()
        outputs: dict[str, list[torch.Tensor]] = {}
        recorded: dict[str, list[torch.Tensor]] = {path: [] for path in wanted}
        steps = {len(value) for value in arrays.values()}
        if len(steps) != 1 or 0 in steps:
            raise NirRunError(f"x needs one number of steps above 0, got {sorted(steps)}")
        for t in range(steps.pop()):
            now = {path: value[t] for path, value in arrays.items()}
            values, state = self._advance(now, state, coefficients)
            for name, path in self.plan.outputs.items():
                outputs.setdefault(name, []).append(values[path])
            for path in wanted:
                recorded[path].append(values[path])
        assert state is not None
        result = _single({name: torch.stack(rows) for name, rows in outputs.items()})
        if wanted:
            return result, state, {path: torch.stack(rows) for path, rows in recorded.items()}
        return result, state

    def _coefficients(self) -> dict[str, Any]:
        return {
            path: module.coefficients()
            for path, module in self._by_path.items()
            if isinstance(module, NeuronModule)
        }

    def _take(self, x: Any) -> dict[str, torch.Tensor]:
        names = self.plan.inputs
        given = dict(x) if isinstance(x, Mapping) else {next(iter(names)): x}
        if set(given) != set(names):
            raise NirRunError(
                f"the graph has the Inputs {', '.join(map(repr, names))}; pass a dictionary with "
                f"a tensor for each, got {', '.join(map(repr, given))}"
            )
        for name, value in given.items():
            if not isinstance(value, torch.Tensor):
                raise NirTypeError(f"Input {name!r}: expected a tensor, got {type(value).__name__}")
        return {names[name]: value.to(self.dtype) for name, value in given.items()}

    def _step(
        self, arrays: dict[str, torch.Tensor], state: State | None, coefficients: dict[str, Any]
    ) -> tuple[Any, State]:
        values, new = self._advance(arrays, state, coefficients)
        return _single({name: values[path] for name, path in self.plan.outputs.items()}), new

    def _advance(
        self, arrays: dict[str, torch.Tensor], state: State | None, coefficients: dict[str, Any]
    ) -> tuple[dict[str, torch.Tensor], State]:
        first = next(iter(arrays.values()))
        old: State = {} if state is None else state
        new: State = {}
        values = dict(arrays)
        for part in self.plan.parts:
            for name in part.early:
                module: Any = self._by_path[name]
                held = old.get(name)
                if held is None:
                    held = module.start(self._zeros(name, first, "input"))
                old = {**old, name: held}
                values[name] = module.emit(held, coefficients.get(name))
            for name in part.names:
                if name in self._inputs:
                    continue
                x = self._gather(name, part, values, old, first)
                y = self._call_node(name, x, old, new, coefficients)
                if name not in part.early:
                    values[name] = y
            for edge in part.delayed:
                new[self._delayed[edge]] = {"y": values[edge[0]]}
        return values, new

    def _call_node(
        self, name: str, x: torch.Tensor, old: State, new: State, coefficients: dict[str, Any]
    ) -> torch.Tensor:
        module: Any = self._by_path[name]
        if name not in self._stateful:
            return module(x)
        held = old.get(name)
        if name in coefficients:
            y, new[name] = module(x, held, coefficients[name])
        elif held is None and not _needs_state(module):
            y, new[name] = module(x)
        else:
            y, new[name] = module(x, held)
        return y

    def _gather(
        self,
        name: str,
        part: Part,
        values: dict[str, torch.Tensor],
        old: State,
        first: torch.Tensor,
    ) -> torch.Tensor:
        total: torch.Tensor | None = None
        for source in self.plan.sources[name]:
            if (source, name) in part.delayed:
                held = old.get(self._delayed[source, name])
                term = self._before_start(source, first) if held is None else held["y"]
            else:
                term = values[source]
            total = term if total is None else total + term
        return self._zeros(name, first, "input") if total is None else total

    def _zeros(self, name: str, first: torch.Tensor, port: str) -> torch.Tensor:
        shape = getattr(self.plan.shapes[name], port)
        if shape is None:
            raise NirRunError(
                f"/{name}: the shape of the signal does not follow from the graph; "
                "give the Input its shape"
            )
        return first.new_zeros((first.shape[0], *shape))

    def _before_start(self, source: str, first: torch.Tensor) -> torch.Tensor:
        zero = self._zeros(source, first, "output")
        return zero + self._silent(source, frozenset(), first) if self.silent_start else zero

    def _silent(self, name: str, above: frozenset[str], first: torch.Tensor) -> torch.Tensor:
        """Give the output of a node while all neurons and inputs are silent."""
        node = self.plan.nodes[name]
        if isinstance(node, (*NEURONS, Delay, Input)) or name in above or name in self._stateful:
            return self._zeros(name, first, "output")
        total = self._zeros(name, first, "input")
        for source in self.plan.sources[name]:
            total = total + self._silent(source, above | {name}, first)
        return self._by_path[name](total)

    def to_graph(self) -> NIRGraph:
        """Give the graph with the parameters as they are now, after training for example.

        Returns:
            The graph this network was made from, with new numbers of the same shapes; nodes
            that `node_map` mapped keep theirs.
        """
        return updated(self.graph, self._by_path)

    def __deepcopy__(self, memo: dict[int, Any]) -> Network:
        from copy import deepcopy

        modules = {path: deepcopy(m, memo) for path, m in self._by_path.items()}
        return Network(
            self.graph, self.plan, modules, silent_start=self.silent_start, dtype=self.dtype
        )


def _single(outputs: dict[str, torch.Tensor]) -> Any:
    return next(iter(outputs.values())) if len(outputs) == 1 else outputs


def _keys(paths: Iterable[str]) -> dict[str, str]:
    """Give each path a name that torch allows: without dots, and not a method of ModuleDict."""
    taken = set(dir(nn.ModuleDict()))
    keys = {}
    for path in paths:
        key = path.replace(".", "_") or "_"
        while key in taken:
            key += "_"
        taken.add(key)
        keys[path] = key
    return keys


Surrogate = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
