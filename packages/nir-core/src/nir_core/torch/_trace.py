"""`from_torch`: from a model to a graph, by symbolic tracing."""

from __future__ import annotations

import inspect
import operator
import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import fx, nn
from torch.fx.proxy import TraceError

from nir_core.errors import NirError, NirTypeError, NirWarning
from nir_core.graph import NIRGraph
from nir_core.nodes import Input, NIRNode, Output
from nir_core.torch._leaves import Leaves, ModuleMap, flatten_node
from nir_core.torch._network import Network, takes_state

__all__ = ["Trace", "Tracer", "from_torch"]

_ADDITIONS = (operator.add, operator.iadd, torch.add, "add", "add_")
_FLATTENINGS = (torch.flatten, "flatten")
_COPIES = ("contiguous", "clone", "float", "double", "to", "detach")


def from_torch(
    model: nn.Module,
    sample: Any = None,
    *,
    module_map: ModuleMap | None = None,
    concrete_args: Mapping[str, Any] | None = None,
    type_check: bool = True,
) -> NIRGraph:
    """Give a torch model as a graph, by following one symbolic call of it.

    Known are Linear, Conv1d, Conv2d, AvgPool2d, LPPool2d (norm 1), Flatten and all modules
    that `to_torch` makes; sums join edges, and Identity and Dropout are passed. Modules that
    give (output, state) are followed along their output. A network of `to_torch` gives its
    own graph, with the parameters as they are now.

    Args:
        model: the model; it takes one step, (batch, *shape).
        sample: an input (batch, *shape), or a tuple of them for several, for the shapes of
            the Inputs; without it they follow from what the Inputs feed, where they can.
        module_map: gives the node (of nir_core or nir) or graph of a module, by module class,
            subclasses included. It comes before what is known here. None as node passes the
            signal on.
        concrete_args: values of arguments that are not inputs, such as {"state": None};
            arguments with a default of None are such by themselves.
        type_check: raise when the structure or the shapes cannot be right.

    Returns:
        The graph; nodes are named by the attributes of the model, such as "conv1" or
        "block.fc".

    Raises:
        NirError: a module or an operation has no node in NIR; the message names it.

    Example:
        >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(144, 10))
        >>> from_torch(model, torch.zeros(1, 1, 8, 8))
        NIRGraph(5 nodes, 4 edges: input -> 0 -> 1 -> 2 -> output)
    """
    if isinstance(model, Network):
        return model.to_graph()
    if not isinstance(model, nn.Module):
        raise NirTypeError(f"from_torch needs a torch module, got {type(model).__name__}")
    leaves = Leaves(module_map or {})
    if leaves.knows(model):
        node = leaves.node(model, type(model).__name__)
        if isinstance(node, NIRGraph):
            return node
        single = None if node is None else _named_single(node)
        if single is None:
            raise NirError(f"{type(model).__name__} passes the signal on; there is nothing to give")
        return _with_shapes(single, [("input", ("node",))], sample, type_check)
    return _graph(Trace(model, leaves, concrete_args), sample, type_check)


def _named_single(node: NIRNode) -> NIRGraph:
    nodes = {"input": Input(None), "node": node, "output": Output(None)}
    return NIRGraph(nodes, [("input", "node"), ("node", "output")], type_check=False)


class Tracer(fx.Tracer):
    def __init__(self, leaves: Leaves) -> None:
        super().__init__()
        self.leaves = leaves

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if self.leaves.knows(m) or isinstance(m, Network):
            return True
        return not any(True for _ in m.children())


class Trace:
    """One traced call: its operations in order, and what each of them stands for."""

    def __init__(
        self,
        model: nn.Module,
        leaves: Leaves,
        concrete_args: Mapping[str, Any] | None = None,
        *,
        stateful: tuple[type[nn.Module], ...] = (),
        by_path: bool = True,
        lenient: bool = False,
    ) -> None:
        self.model, self.leaves, self.stateful = model, leaves, stateful
        self.by_path, self.lenient = by_path, lenient
        fixed = {**_optional(model), **(concrete_args or {})}
        try:
            self.traced = Tracer(leaves).trace(model, concrete_args=fixed or None)
        except (TraceError, TypeError, RuntimeError) as error:
            raise NirError(
                f"{type(model).__name__} cannot be traced: {' '.join(str(error).split())}; "
                "loops and branches on data belong into a module of module_map"
            ) from error
        self.nodes: dict[str, NIRNode] = {}
        self.edges: dict[tuple[str, str], None] = {}
        # The names of the graph's nodes whose sum an operation gives.
        self.sources: dict[fx.Node, tuple[str, ...]] = {}
        self.inputs: list[str] = []
        for operation in self.traced.nodes:
            getattr(self, f"_{operation.op}")(operation)

    def feeds(self) -> list[tuple[str, tuple[str, ...]]]:
        """Give the Inputs and what they feed."""
        return [
            (name, tuple(target for source, target in self.edges if source == name))
            for name in self.inputs
        ]

    def _takes_state(self, module: nn.Module) -> bool:
        return isinstance(module, self.stateful) or takes_state(module)

    def _name(self, operation: fx.Node) -> str:
        return str(operation.target) if self.by_path else operation.name

    def _free(self, name: str) -> str:
        fresh, count = name, 0
        while fresh in self.nodes:
            count += 1
            fresh = f"{name}_{count}"
        return fresh

    def _add(self, name: str, node: NIRNode, sources: tuple[str, ...]) -> str:
        fresh = self._free(name)
        self.nodes[fresh] = node
        for source in sources:
            if (source, fresh) in self.edges:
                raise NirError(
                    f"{fresh}: {source!r} is added to itself, and NIR has no double edges"
                )
            self.edges[source, fresh] = None
        return fresh

    def _signals(self, operation: fx.Node) -> tuple[str, ...]:
        """Give the sources of all traced arguments, one after the other."""
        return tuple(n for one in operation.all_input_nodes for n in self.sources[one])

    def _placeholder(self, operation: fx.Node) -> None:
        self.sources[operation] = ()
        if self.lenient and operation.target == "state" and self.inputs:
            return
        if any(self._carries_signal(operation, user) for user in operation.users):
            name = self._add(self._name(operation), Input(None), ())
            self.inputs.append(name)
            self.sources[operation] = (name,)

    def _carries_signal(self, operation: fx.Node, user: fx.Node) -> bool:
        """Whether an argument of the model is used as a signal, not as a state."""
        if user.op == "call_module":
            stateful = self._takes_state(self.model.get_submodule(str(user.target)))
            return not stateful or user.args[:1] == (operation,)
        return user.target is not operator.getitem and not _is_assertion(user)

    def _output(self, operation: fx.Node) -> None:
        given = operation.args[0]
        if isinstance(given, (tuple, list)) and given and self._stateful_result(given):
            given = given[0]
        outputs = _named_outputs(given)
        for name, one in outputs.items():
            if not isinstance(one, fx.Node) or not self.sources.get(one):
                continue  # a state or a constant
            self._add(name, Output(None), self.sources[one])

    def _stateful_result(self, given: Any) -> bool:
        """Whether (output, state) is returned: all but the first are no signals."""
        return all(not isinstance(one, fx.Node) or not self.sources.get(one) for one in given[1:])

    def _call_module(self, operation: fx.Node) -> None:
        path = str(operation.target)
        module = self.model.get_submodule(path)
        node = module.to_graph() if isinstance(module, Network) else self.leaves.node(module, path)
        sources = self._first(operation) if self._takes_state(module) else self._signals(operation)
        if node is None:
            self.sources[operation] = sources
            return
        self.sources[operation] = (self._add(self._name(operation), node, sources),)

    def _first(self, operation: fx.Node) -> tuple[str, ...]:
        """Give the sources of the first argument: what follows it is state."""
        given = operation.args[0] if operation.args else next(iter(operation.kwargs.values()))
        return self.sources[given] if isinstance(given, fx.Node) else ()

    def _call_function(self, operation: fx.Node) -> None:
        self._call(operation, operation.target)

    def _call_method(self, operation: fx.Node) -> None:
        self._call(operation, operation.target)

    def _call(self, operation: fx.Node, target: Any) -> None:
        if target is operator.getitem:
            self._item(operation)
        elif target in _ADDITIONS:
            self._add_up(operation)
        elif target in _FLATTENINGS:
            start, end = _arguments(operation, ("start_dim", 0), ("end_dim", -1))
            try:
                node = flatten_node(start, end)
            except NirError as error:
                raise NirError(f"{operation.name}: {error}") from None
            self.sources[operation] = (self._add(operation.name, node, self._signals(operation)),)
        elif target in _COPIES:
            self.sources[operation] = self._first(operation)
        elif _is_assertion(operation):
            self.sources[operation] = ()
        else:
            self._refuse(operation, "NIR has no node for it")

    def _add_up(self, operation: fx.Node) -> None:
        given = operation.args
        signals = [one for one in given if isinstance(one, fx.Node) and self.sources[one]]
        why = "only signals can be added; a constant belongs into a bias, a state into a module"
        numbers = any(not isinstance(one, fx.Node) for one in given) or operation.kwargs
        missing = len(signals) < len(given)
        if numbers or (missing and not self.lenient):
            self._refuse(operation, why)
        if missing:
            warnings.warn(f"{operation.name}: left out of the graph: {why}", NirWarning, 2)
        self.sources[operation] = tuple(n for one in signals for n in self.sources[one])

    def _item(self, operation: fx.Node) -> None:
        """Item 0 of (output, state) is the signal; the others, and parts of a state, are not."""
        source, index = operation.args
        assert isinstance(source, fx.Node)
        pair = source.op == "call_module" and self._takes_state(
            self.model.get_submodule(str(source.target))
        )
        if not pair and self.sources[source]:
            self._refuse(operation, "items are only taken of modules that give (output, state)")
        self.sources[operation] = self.sources[source] if index == 0 else ()

    def _refuse(self, operation: fx.Node, why: str) -> None:
        name = getattr(operation.target, "__name__", operation.target)
        raise NirError(
            f"{operation.name}: the operation {name!r} cannot be part of a graph: {why}; put it "
            "into a module and say in module_map what becomes of it"
        )

    def _get_attr(self, operation: fx.Node) -> None:
        self.sources[operation] = ()


def _is_assertion(operation: fx.Node) -> bool:
    """Whether fx put it there to make sure of concrete_args."""
    return "assert" in str(getattr(operation.target, "__name__", operation.target))


def _optional(model: nn.Module) -> dict[str, Any]:
    parameters = inspect.signature(model.forward).parameters
    return {name: None for name, p in parameters.items() if p.default is None}


def _named_outputs(given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping):
        return {str(name): one for name, one in given.items()}
    if isinstance(given, (tuple, list)):
        return {"output" if i == 0 else f"output_{i}": one for i, one in enumerate(given)}
    return {"output": given}


def _arguments(operation: fx.Node, *wanted: tuple[str, int]) -> list[int]:
    rest = operation.args[1:]
    return [
        rest[i] if i < len(rest) else operation.kwargs.get(name, default)
        for i, (name, default) in enumerate(wanted)
    ]  # type: ignore[return-value]


def _graph(trace: Trace, sample: Any, type_check: bool) -> NIRGraph:
    graph = NIRGraph(trace.nodes, list(trace.edges), type_check=False)
    return _with_shapes(graph, trace.feeds(), sample, type_check)


def _with_shapes(
    graph: NIRGraph, feeds: list[tuple[str, tuple[str, ...]]], sample: Any, type_check: bool
) -> NIRGraph:
    """Give the Inputs the shapes of the sample, and check the result."""
    if sample is not None:
        samples = list(sample) if isinstance(sample, (tuple, list)) else [sample]
        if len(samples) != len(feeds):
            raise NirError(f"the model takes {len(feeds)} inputs, sample holds {len(samples)}")
        inputs = {
            name: Input(tuple(one.shape[1:])) for (name, _), one in zip(feeds, samples, strict=True)
        }
        graph = graph.replace(nodes={**graph.nodes, **inputs}, type_check=False)
    if type_check:
        graph = graph.replace(type_check=True)
    return graph.infer_types()
