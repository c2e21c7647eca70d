"""`nir_to_torch`: a graph as a torch module, by maps from node classes to modules."""

from __future__ import annotations

import keyword
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from nir_core.compat import nir
from nir_core.compat.nirtorch._skeleton import ModuleNetwork, skeleton
from nir_core.errors import NirError
from nir_core.findings import node_path
from nir_core.interop import from_nir
from nir_core.torch._modules import SumPool, stateless_module

__all__ = ["DEFAULT_MAP", "GraphModule", "NodeMapType", "nir_to_torch"]

NodeMapType = dict[Any, Callable[[Any], nn.Module]]


def _default_module(node: Any) -> nn.Module:
    """Give the module of a node without a state, in the number type of its weight."""
    weight = getattr(node, "weight", None)
    dtype = torch.float32
    if weight is not None:
        found = torch.as_tensor(np.asarray(weight)[..., :0]).dtype
        dtype = found if found.is_floating_point else dtype
    return stateless_module(from_nir(node), dtype, None)


class NodeAxesFlatten(nn.Flatten):
    """Flatten whose axes are those of the node's input type, behind whatever stands before it."""

    def __init__(self, node: Any) -> None:
        super().__init__(int(node.start_dim), int(node.end_dim))
        shape = next(iter((node.input_type or {"": None}).values()))
        self.rank = None if shape is None else len(shape)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        ahead = 0 if self.rank is None else input.ndim - self.rank
        dims = (dim + ahead if dim >= 0 else dim for dim in (self.start_dim, self.end_dim))
        return torch.flatten(input, *dims)


def _size(value: Any) -> Any:
    """Give a number as a number and a sequence of them as a tuple, as torch keeps them."""
    return int(value) if np.ndim(value) == 0 else tuple(int(n) for n in value)


def _sum_pool(node: Any) -> nn.Module:
    return SumPool(_size(node.kernel_size), _size(node.stride), _size(node.padding))


def _mean_pool(node: Any) -> nn.Module:
    made = _default_module(node)
    if isinstance(made, nn.AvgPool2d):  # not where the padding is wider than torch allows
        for name in ("kernel_size", "stride", "padding"):
            setattr(made, name, _size(getattr(node, name)))
    return made


DEFAULT_MAP: NodeMapType = {
    nir.Input: lambda node: nn.Identity(),
    nir.Output: lambda node: nn.Identity(),
    nir.Affine: _default_module,
    nir.AvgPool2d: _mean_pool,
    nir.Conv1d: _default_module,
    nir.Conv2d: _default_module,
    nir.Flatten: NodeAxesFlatten,
    nir.Linear: _default_module,
    nir.Scale: _default_module,
    nir.SumPool2d: _sum_pool,
}


def _sanitize_name(name: str) -> str:
    """Give a name without dots that is no keyword of Python."""
    name = name.replace(".", "_")
    return f"nir_node_{name}" if keyword.iskeyword(name) else name


def _map_nir_node_to_torch(node: Any, node_map: NodeMapType) -> nn.Module:
    """Give the module that a map makes of a single node."""
    return _Map(node_map).module(node, type(node).__name__)


def _find_recursive_inputs(node: str, edges: Iterable[tuple[str, str]]) -> set[str]:
    """Give the sources of a node that its own output reaches.

    Example:
        >>> sorted(_find_recursive_inputs("a", [("in", "a"), ("a", "b"), ("b", "a")]))
        ['b']
    """
    pairs = list(edges)
    targets: dict[str, list[str]] = {}
    for source, target in pairs:
        targets.setdefault(source, []).append(target)
    reached, waiting = {node}, [node]
    while waiting:
        for target in targets.get(waiting.pop(), ()):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return {source for source, target in pairs if target == node and source in reached}


class _Map:
    """Makers by class; a class of another package with the same name counts too."""

    def __init__(self, *maps: Mapping[Any, Callable[[Any], Any]] | None) -> None:
        self.maps = [given for given in maps if given]

    def maker(self, node: Any) -> Callable[[Any], Any] | None:
        for given in self.maps:
            if type(node) in given:
                return given[type(node)]
            for key, maker in given.items():
                if getattr(key, "__name__", None) == type(node).__name__:
                    return maker
        return None

    def module(self, node: Any, where: str) -> nn.Module:
        maker = self.maker(node)
        if maker is None:
            raise NirError(
                f"{where}: unknown node type {type(node).__name__}; the node_map has no entry "
                f"for it: pass {{nir.{type(node).__name__}: lambda node: ...}}"
            )
        made = maker(node)
        return nn.Identity() if made is None else made


class GraphModule(nn.Module):
    """A graph as a module: `output, state = module(x, state)`, one step for each call.

    The modules of the nodes are attributes with the names of the nodes; an Input or Output that
    passes the signal on has none. The state is a
    dictionary with an entry for each node, which holds the state of a module whose `forward`
    has an argument `state`, and "<node>_prev_output" for what a cycle carries into the next
    step. As in nirtorch, a state that is passed in is changed in place and given back.

    Args:
        network: the network that runs.
    """

    network: ModuleNetwork

    def __init__(self, network: ModuleNetwork) -> None:
        super().__init__()
        # Kept out of torch's sight: the modules are registered under their own names.
        self.__dict__["network"] = network
        ends = {*network.plan.inputs.values(), *network.plan.outputs.values()}
        for path, module in network._by_path.items():
            if path in ends and type(module) is nn.Identity:
                continue
            owner: nn.Module = self
            *groups, name = path.split("/")
            for group in groups:
                key = _sanitize_name(group)
                if key not in owner._modules:
                    owner.add_module(key, nn.Module())
                owner = getattr(owner, key)
            key = _sanitize_name(name)
            while hasattr(owner, key):
                key += "_"
            owner.add_module(key, module)

    def _empty(self) -> dict[str, Any]:
        state: dict[str, Any] = {}
        for path in self.network._by_path:
            *groups, name = path.split("/")
            here = state
            for group in groups:
                here = here.setdefault(_sanitize_name(group), {})
            here[_sanitize_name(name)] = None
        return state

    def _flat(self, state: dict[str, Any]) -> dict[str, Any]:
        network, flat = self.network, {}
        for path in network._by_path:
            here, name = _find(state, path)
            if here.get(name) is not None:
                flat[path] = here[name]
        for (source, _), key in network._delayed.items():
            here, name = _find(state, source)
            if here.get(f"{name}_prev_output") is not None:
                flat[key] = {"y": here[f"{name}_prev_output"]}
        return flat

    def forward(self, *inputs: Any, state: dict[str, Any] | None = None, **named: Any) -> Any:
        """Advance by one step.

        Args:
            *inputs: a tensor for each Input, in the order of the nodes; after them, if one
                more is given, the state.
            state: what the call before gave, or None at the start.
            **named: tensors by Input name instead of position ("input" if there is only one).

        Returns:
            The output of each Output, and the state as the last item.
        """
        names = list(self.network.plan.inputs)
        if len(inputs) == len(names) - len(named) + 1:
            *inputs, state = inputs  # type: ignore[assignment]
        x = dict(zip([n for n in names if n not in named], inputs, strict=False))
        x.update({names[0] if n == "input" and len(names) == 1 else n: v for n, v in named.items()})
        if set(x) != set(names):
            raise NirError(
                f"the graph has the inputs {', '.join(names)}; got {len(inputs) + len(named)}"
            )
        network = self.network
        state = self._empty() if state is None else state
        values, new = network._advance(network._take(x), self._flat(state), {})
        for path in network._stateful:
            here, name = _find(state, path)
            here[name] = new[path]
        for (source, _), key in network._delayed.items():
            here, name = _find(state, source)
            here[f"{name}_prev_output"] = new[key]["y"]
        return (*(values[path] for path in network.plan.outputs.values()), state)

    def __deepcopy__(self, memo: dict[int, Any]) -> GraphModule:
        from copy import deepcopy

        return GraphModule(deepcopy(self.network, memo))

    def __reduce__(self) -> Any:
        return GraphModule, (self.network,)


def _find(state: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    *groups, name = path.split("/")
    for group in groups:
        state = state.setdefault(_sanitize_name(group), {})
    return state, _sanitize_name(name)


def nir_to_torch(
    nir_node: Any,
    node_map: NodeMapType,
    default_map: NodeMapType = DEFAULT_MAP,
    device: Any = "cpu",
    dtype: torch.dtype = torch.float32,
) -> nn.Module:
    """Give a graph as a torch module.

    Args:
        nir_node: a graph or node of nir, of its compatibility module or of nir_core, or the
            path of a file.
        node_map: gives the module of a node, by node class. A module whose `forward` has an
            argument `state` is called with (x, state) and gives (output, state).
        default_map: what is used for classes that node_map does not have.
        device: where the modules are placed.
        dtype: number type of their parameters.

    Returns:
        `GraphModule`, or the module alone for a single node.

    Raises:
        NirError: a node has no entry in the maps; the message names it.

    Example:
        >>> graph = nir.NIRGraph.from_list(nir.Affine(np.ones((1, 2)), np.array([0.5])))
        >>> output, state = nir_to_torch(graph, {})(torch.ones(1, 2))
        >>> output.tolist()
        [[2.5]]
    """
    if isinstance(nir_node, (str, os.PathLike)):
        nir_node = nir.read(nir_node)  # type: ignore[arg-type]
    makers = _Map(node_map, default_map)
    if not (hasattr(nir_node, "nodes") and hasattr(nir_node, "edges")):
        return makers.module(nir_node, type(nir_node).__name__)
    kept = {type(n) for n in _graphs(nir_node) if makers.maker(n) is not None}
    modules: dict[str, nn.Module] = {}
    _collect(nir_node, (), makers, modules)
    network = ModuleNetwork(skeleton(nir_node, kept), modules)
    return GraphModule(network).to(device=device, dtype=dtype)


def _graphs(graph: Any) -> list[Any]:
    found = [n for n in graph.nodes.values() if hasattr(n, "nodes") and hasattr(n, "edges")]
    return found + [inner for one in found for inner in _graphs(one)]


def _collect(graph: Any, path: tuple[str, ...], makers: _Map, into: dict[str, nn.Module]) -> None:
    for name, node in graph.nodes.items():
        nested = hasattr(node, "nodes") and hasattr(node, "edges")
        if nested and makers.maker(node) is None:
            _collect(node, (*path, name), makers, into)
        else:
            where = node_path(*path, name)
            into[where[1:]] = makers.module(node, where)
