"""`to_torch`: from a graph to a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from nir_core.checks import check_structure
from nir_core.errors import NirError, NirRunError, NirTypeError
from nir_core.findings import node_path, summary
from nir_core.graph import NIRGraph
from nir_core.interop import from_nir
from nir_core.nodes import NEURONS, PRIMITIVES, Delay, NIRNode
from nir_core.semantics._plan import make_plan
from nir_core.semantics._record import step_length
from nir_core.semantics.profiles import Profile, get_profile
from nir_core.torch._modules import stateless_module
from nir_core.torch._network import Network, Surrogate
from nir_core.torch._neurons import DelayModule, NeuronModule
from nir_core.torch._surrogate import FastSigmoid

__all__ = ["to_torch"]

NodeMap = Mapping[Any, Callable[[Any], nn.Module]]


def to_torch(
    graph: Any,
    *,
    dt: float | None = None,
    profile: str | Profile = "nir",
    node_map: NodeMap | None = None,
    learn: Iterable[str] = ("weight", "bias"),
    surrogate: Surrogate | None = None,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str | None = None,
) -> Network:
    """Give a graph as a torch module that computes what `nir_core.run` computes.

    One call is one step, and the state is a dictionary of dictionaries of tensors that goes
    in and comes out and is never changed in place. Any topology works: several Inputs and
    Outputs, nested graphs, and cycles, whose closing edge carries the value of the step before
    as in `run`.

    Args:
        graph: a NIRGraph of nir_core, of its compatibility module or of nir.
        dt: length of a step in seconds; needed when there are neurons or delays.
        profile: the rules, as for `run`; every profile but "exact".
        node_map: makes the module of a node, instead of the module that would be made here; by
            node class (of nir_core or of nir) or by path, such as "lif" or "block/lif". A
            module whose `forward` has an argument `state` is called with (x) in the first step
            and (x, state) afterwards, and gives (y, state).
        learn: names of the parameters that get gradients, such as "weight" or "tau".
        surrogate: called with (v - v_threshold, whether there is a spike), gives the spikes as
            numbers with a gradient; a fast sigmoid by default.
        dtype: number type of signals and weights; neuron parameters stay float64.
        device: where parameters are placed.

    Returns:
        The network: `y, state = network(x, state)` with x (batch, *shape), or
        `network.sequence(x)` with x (steps, batch, *shape).

    Raises:
        NirError: the graph has errors; the message lists them.
        NirRunError: dt is missing or not positive, or the profile is "exact".

    Example:
        >>> from nir_core import LIF, Affine, NIRGraph
        >>> graph = NIRGraph.from_list(Affine([[2.0]], [0.5]), LIF([0.01], [1.0], [0.0], [0.4]))
        >>> network = to_torch(graph, dt=1e-3)
        >>> y, state = network(torch.ones(1, 1))
        >>> y, state = network(torch.ones(1, 1), state)
        >>> y, state["lif"]["v"]
        (tensor([[1.]], grad_fn=<_StepBackward>), tensor([[0.]], grad_fn=<WhereBackward0>))
    """
    graph = _taken(graph)
    chosen = get_profile(profile)
    makers = _makers(node_map)
    spikes = surrogate if surrogate is not None else FastSigmoid()

    def module_of(path: str, node: NIRNode) -> nn.Module:
        maker = makers.get(path, makers.get(type(node).__name__))
        if maker is not None:
            made = maker(node)
            if not isinstance(made, nn.Module):
                raise NirTypeError(
                    f"/{path}: node_map gave a {type(made).__name__}, expected a torch module"
                )
            return made
        return _made(node)

    def _made(node: NIRNode) -> nn.Module:
        if isinstance(node, NEURONS):
            return NeuronModule(node, chosen, _checked(dt), dtype, spikes)
        if isinstance(node, Delay):
            return DelayModule(node, _checked(dt))
        return stateless_module(node, dtype, spikes)

    mapped = {id(node) for path, node in _walk(graph) if path in makers}

    def emits_early(node: NIRNode) -> bool:
        if not isinstance(node, (*NEURONS, Delay)):
            return False
        if type(node).__name__ in makers or id(node) in mapped:
            return False
        return bool(_made(node).early)  # type: ignore[arg-type]

    plan = make_plan(graph, emits_early)
    if not plan.inputs or not plan.outputs:
        raise NirRunError("the graph needs an Input to feed and an Output to read")
    modules = {path: module_of(path, node) for path, node in plan.nodes.items()}
    silent = chosen.back_edge != "zero"
    network = Network(graph, plan, modules, silent_start=silent, dtype=dtype)
    wanted = set(learn)
    for path, module in modules.items():
        if path in makers or type(plan.nodes[path]).__name__ in makers:
            continue
        for name, parameter in module.named_parameters():
            parameter.requires_grad_(name.rpartition(".")[2] in wanted)
    return network if device is None else network.to(device)


def _walk(graph: NIRGraph, path: tuple[str, ...] = ()) -> Iterator[tuple[str, NIRNode]]:
    for name, node in graph.nodes.items():
        if isinstance(node, NIRGraph):
            yield from _walk(node, (*path, name))
        else:
            yield node_path(*path, name)[1:], node


def _taken(graph: Any) -> NIRGraph:
    if not isinstance(graph, NIRGraph):
        if type(graph).__name__ != "NIRGraph":
            raise NirTypeError(f"to_torch needs a NIRGraph, got {type(graph).__name__}")
        graph = from_nir(graph, type_check=False)
    errors = check_structure(graph).errors
    if errors:
        raise NirError(f"the graph cannot be run: {summary(errors)}")
    return graph


def _checked(dt: float | None) -> float:
    if dt is None:
        raise NirRunError("the graph has neurons or delays: dt, the step in seconds, is missing")
    return step_length(dt)


def _makers(node_map: NodeMap | None) -> dict[str, Callable[[Any], nn.Module]]:
    """Give the makers by class name or path."""
    makers = {}
    for key, maker in (node_map or {}).items():
        name = key if isinstance(key, str) else getattr(key, "__name__", None)
        if name is None or (not isinstance(key, str) and name not in PRIMITIVES):
            raise NirTypeError(f"node_map: the keys are node classes or paths, got {key!r}")
        makers[name] = maker
    return makers
