"""`from_nir`: builds a network of this package from a NIR graph."""

from collections import OrderedDict
from collections.abc import Iterable
from math import inf
from numbers import Real
from os import PathLike
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import norse_lite
from norse_lite._errors import NetworkError
from norse_lite.neurons._neuron import ResetRule
from norse_lite.nir._core import nir_core
from norse_lite.nir._layers import layer_of
from norse_lite.nir._network import GraphNetwork
from norse_lite.nir._neurons import neuron_arguments
from norse_lite.sequential import SequentialState
from norse_lite.surrogate import DEFAULT_SURROGATE, Surrogate, as_surrogate

__all__ = ["from_nir"]

_NEURONS = ("IF", "LI", "LIF", "CubaLI", "CubaLIF")


def from_nir(
    graph: Any,
    dt: float | None = None,
    *,
    surrogate: Surrogate | str = DEFAULT_SURROGATE,
    learn: Iterable[str] = (),
    reset: ResetRule | None = None,
    dtype: torch.dtype | None = None,
) -> nn.Module:
    """Build a network from a NIR graph.

    A chain becomes a `SequentialState`, and a neuron with weights from itself to itself a recurrent
    layer in it; any other graph becomes a module that runs its nodes in order, and the nodes of a
    cycle step by step with the closing edge one step late.

    Args:
        graph: A `nir_core.NIRGraph`, a graph of the package `nir`, or the path of a .nir file.
        dt: Duration of a time step in seconds. It has no default: the same graph gives other spikes
            with another dt.
        surrogate: Surrogate of all neurons, or its name.
        learn: Parameters to learn, where a neuron has them.
        reset: Kind of reset; None takes the one that the graph records, else "value".
        dtype: Precision of the weights, float32 for example; None keeps float64 where the graph
            has it. The input must have the same.

    Returns:
        A module over sequences `(T, B, *shape)` that returns its output and state.

    Raises:
        NetworkError: dt is missing, or a node cannot be represented; the message names it.

    Example:
        >>> import torch
        >>> from norse_lite import LIF, SequentialState, to_nir
        >>> model = SequentialState(torch.nn.Linear(3, 2), LIF())
        >>> graph = to_nir(model, torch.zeros(1, 1, 3))
        >>> x = 5 * torch.rand(40, 1, 3)
        >>> bool((from_nir(graph, dt=1e-3)(x)[0] == model(x)[0]).all())
        True
    """
    graph = _as_graph(graph)
    recorded = nir_core().semantics_of(graph)
    if dt is None:
        note = f"the graph records dt={recorded.dt:g}" if recorded else "the graph records none"
        raise NetworkError(f"from_nir: dt, the duration of a step in seconds, is missing; {note}")
    if not (isinstance(dt, Real) and 0 < dt < inf):
        raise NetworkError(f"from_nir: dt must be a positive number of seconds, not {dt!r}")
    if reset is None:
        subtracts = recorded is not None and recorded.profile.endswith(":subtract")
        reset = "subtract" if subtracts else "value"
    options = {"dt": dt, "surrogate": as_surrogate(surrogate), "reset": reset}
    nodes, edges = _flat(graph)
    names = (learn,) if isinstance(learn, str) else tuple(learn)
    build = _Builder(nodes, options, names)
    if dtype is not None and not dtype.is_floating_point:
        raise NetworkError(f"from_nir: dtype must be a floating type, not {dtype}")
    network = _chain(nodes, edges, build) or GraphNetwork(*_network_parts(nodes, edges, build))
    return network if dtype is None else network.to(dtype)


def _as_graph(graph: Any) -> Any:
    nir = nir_core()
    if isinstance(graph, (str, PathLike)):
        return nir.read(graph)
    if isinstance(graph, nir.NIRGraph):
        return graph
    return nir.from_nir(graph)


def _flat(graph: Any, prefix: str = "") -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return all nodes by path, inner graphs opened, their terminals left out of the edges."""
    nodes: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []
    entries: dict[str, str] = {}
    exits: dict[str, str] = {}
    for name, node in graph.nodes.items():
        path = prefix + name
        if type(node).__name__ == "NIRGraph":
            inner_nodes, inner_edges = _flat(node, f"{path}.")
            nodes.update(inner_nodes)
            edges += inner_edges
            for inner, terminal in node.nodes.items():
                if type(terminal).__name__ in ("Input", "Output"):
                    ends = entries if type(terminal).__name__ == "Input" else exits
                    ends[path] = f"{path}.{inner}"
        else:
            nodes[path] = node
    for a, b in graph.edges:
        source, target = f"{prefix}{a}", f"{prefix}{b}"
        edges.append((exits.get(source, source), entries.get(target, target)))
    if not prefix:
        nodes, edges = _without_inner_terminals(nodes, edges, graph)
    return nodes, edges


def _without_inner_terminals(
    nodes: dict[str, Any], edges: list[tuple[str, str]], graph: Any
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    inner = [
        path
        for path, node in nodes.items()
        if type(node).__name__ in ("Input", "Output") and path not in graph.nodes
    ]
    for path in inner:
        sources = [a for a, b in edges if b == path]
        targets = [b for a, b in edges if a == path]
        edges = [e for e in edges if path not in e]
        edges += [(a, b) for a in sources for b in targets]
        del nodes[path]
    return nodes, edges


class _Builder:
    """Makes modules of nodes."""

    def __init__(
        self, nodes: dict[str, Any], options: dict[str, Any], learn: tuple[str, ...]
    ) -> None:
        self.nodes, self.options, self.learn = nodes, options, learn

    def neuron(self, path: str) -> tuple[str, dict[str, Any]]:
        name, arguments = neuron_arguments(self.nodes[path], self.options["dt"])
        learn = tuple(p for p in self.learn if p in arguments)
        return name, {**arguments, **self.options, "learn": learn}

    def module(self, path: str) -> nn.Module:
        node = self.nodes[path]
        kind = type(node).__name__
        if kind in _NEURONS:
            name, arguments = self.neuron(path)
            return getattr(norse_lite, name)(**arguments)
        module = layer_of(path, node, self.options["surrogate"])
        if module is None:
            raise NetworkError(
                f"from_nir: node {path} is {kind}, which this package cannot run; nir_core.run can"
            )
        return module

    def recurrent(self, path: str, entry: str, feedback: str) -> nn.Module:
        name, arguments = self.neuron(path)
        first, loop = self.nodes[entry], self.nodes[feedback]
        weights = {
            "input_weights": _weights(first.weight),
            "recurrent_weights": _weights(loop.weight),
        }
        inner, back = weights["input_weights"], weights["recurrent_weights"]
        if back.ndim == 4:
            return getattr(norse_lite, name + "ConvRecurrent")(
                inner.shape[1],
                inner.shape[0],
                inner.shape[-1],
                stride=first.stride[0],
                padding=first.padding[0],
                recurrent_kernel_size=back.shape[-1],
                **weights,
                **arguments,
            )
        return getattr(norse_lite, name + "Recurrent")(
            inner.shape[1],
            inner.shape[0],
            autapses=bool(back.diagonal().any()),
            **weights,
            **arguments,
        )


def _weights(value: Any) -> Tensor:
    weights = torch.tensor(value)
    return weights if weights.dtype == torch.float64 else weights.to(torch.get_default_dtype())


def _chain(
    nodes: dict[str, Any], edges: list[tuple[str, str]], build: _Builder
) -> SequentialState | None:
    """Return the graph as a chain, if it is one; recurrent layers count as one link."""
    after: dict[str, list[str]] = {path: [] for path in nodes}
    before: dict[str, list[str]] = {path: [] for path in nodes}
    for source, target in edges:
        after[source].append(target)
        before[target].append(source)
    terminals = {
        kind: [p for p, n in nodes.items() if type(n).__name__ == kind]
        for kind in ("Input", "Output")
    }
    if any(len(paths) != 1 for paths in terminals.values()):
        return None
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    used = 2
    path = terminals["Input"][0]
    while True:
        feedback = [p for p in before[path] if p in after[path]]
        forward = [p for p in after[path] if p not in feedback]
        if len(forward) != 1:
            return None
        path = forward[0]
        if path == terminals["Output"][0]:
            break
        loops = [p for p in before[path] if p in after[path]]
        if not loops and len(before[path]) == 1:
            modules[path] = build.module(path)
            used += 1
            continue
        entry = next(reversed(modules), None)
        if not _is_recurrent(path, loops, entry, nodes, before, after):
            return None
        assert entry is not None
        del modules[entry]
        modules[path] = build.recurrent(path, entry, loops[0])
        used += 2
    if used != len(nodes):
        return None
    return SequentialState(OrderedDict((p.replace(".", "_"), m) for p, m in modules.items()))


def _is_recurrent(
    path: str,
    loops: list[str],
    entry: str | None,
    nodes: dict[str, Any],
    before: dict[str, list[str]],
    after: dict[str, list[str]],
) -> bool:
    """Whether input weights, a spiking neuron and one loop of weights make a recurrent layer."""
    if len(loops) != 1 or entry is None or sorted(before[path]) != sorted([entry, loops[0]]):
        return False
    loop = loops[0]
    first, back = nodes[entry], nodes[loop]
    if type(nodes[path]).__name__ not in ("IF", "LIF", "CubaLIF"):
        return False
    if not after[loop] == [path] == before[loop]:
        return False
    kinds = {type(first).__name__, type(back).__name__}
    if kinds == {"Linear"}:
        return back.weight.ndim == first.weight.ndim == 2
    return kinds == {"Conv2d"} and _square(first) and _square(back) and _keeps_size(back)


def _square(node: Any) -> bool:
    """Whether a convolution is one that `ConvRecurrentLayer` makes of its input."""
    alike = all(
        not isinstance(value, str) and value[0] == value[1]
        for value in (node.weight.shape[-2:], node.stride, node.padding, node.dilation)
    )
    return alike and node.groups == 1 and node.dilation[0] == 1 and not np.any(node.bias)


def _keeps_size(node: Any) -> bool:
    """Whether spikes come back through it to images of the same size."""
    window = node.weight.shape[-1]
    return window % 2 == 1 and node.padding[0] == window // 2 and node.stride[0] == 1


def _network_parts(
    nodes: dict[str, Any], edges: list[tuple[str, str]], build: _Builder
) -> tuple[dict[str, nn.Module], list[tuple[str, str]], str, str]:
    terminals = {}
    for kind in ("Input", "Output"):
        paths = [p for p, n in nodes.items() if type(n).__name__ == kind]
        if len(paths) != 1:
            raise NetworkError(
                f"from_nir: the graph has {len(paths)} {kind} nodes ({', '.join(paths)}); a module "
                "has one input and one output"
            )
        terminals[kind] = paths[0]
    modules = {p: build.module(p) for p in nodes if p not in terminals.values()}
    return modules, edges, terminals["Input"], terminals["Output"]
