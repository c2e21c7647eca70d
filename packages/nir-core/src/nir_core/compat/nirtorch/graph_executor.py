"""GraphExecutor: a TorchGraph as a module with an explicit state."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import nn

from nir_core.compat.nirtorch._skeleton import ModuleNetwork
from nir_core.compat.nirtorch.graph import Node, TorchGraph
from nir_core.compat.nirtorch.graph_utils import trace_execution
from nir_core.compat.nirtorch.utils import sanitize_name
from nir_core.errors import NirError
from nir_core.graph import NIRGraph
from nir_core.nodes import Input, NIRNode, Output, Scale

__all__ = [
    "GraphExecutor",
    "GraphExecutorState",
    "Node",
    "TorchGraph",
    "sanitize_name",
    "trace_execution",
]

# Neurons of snnTorch give (spike, state, ...) unless they keep their state to themselves.
_SNNTORCH = ("Synaptic", "RSynaptic", "Leaky", "RLeaky")


@dataclass
class GraphExecutorState:
    """The state of a GraphExecutor.

    Args:
        state: what each stateful module gave besides its output, by name.
        cache: the output of each module, by name.
    """

    state: dict[str, Any] = field(default_factory=dict)
    cache: dict[str, Any] = field(default_factory=dict)


def _is_stateful(module: nn.Module) -> bool:
    kind = type(module)
    if kind.__module__.split(".")[0] == "snntorch" and kind.__name__ in _SNNTORCH:
        return not module.init_hidden
    parameters = inspect.signature(module.forward).parameters
    return "state" in parameters and len(parameters) > 1


class _Network(ModuleNetwork):
    """Modules that take (x, *state) and give (output, *state)."""

    def _call_node(self, name: str, x: Any, old: Any, new: Any, coefficients: Any) -> Any:
        module: Any = self._by_path[name]
        if not _is_stateful(module):
            return module(x)
        held = old.get(name)
        result = module(x) if held is None else module(x, *held)
        # Recurrent synaptic neurons of snnTorch want their own output back.
        whole = type(module).__name__ == "RSynaptic" and hasattr(module, "init_hidden")
        new[name] = result if whole else result[1:]
        return result[0]


class GraphExecutor(nn.Module):
    """Runs a graph of modules step by step.

    Args:
        graph: the modules and their edges; the first of its inputs takes the data.
        return_state: give (output, GraphExecutorState), not the output alone.

    Raises:
        NirError: the graph is empty or has no input.
    """

    network: ModuleNetwork

    def __init__(self, graph: TorchGraph, return_state: bool = True) -> None:
        super().__init__()
        if not graph.node_list:
            raise NirError("the graph is empty")
        self.graph, self.return_state = graph, return_state
        self.stateful_modules: set[str] = set()
        modules = {}
        for module, name in graph.module_names.items():
            key = sanitize_name(name)
            self.add_module(key, module)
            if _is_stateful(module):
                self.stateful_modules.add(key)
        for node in graph.node_list:
            modules[sanitize_name(node.name)] = node.elem
        self.__dict__["network"] = _Network(_chart(graph), modules)
        order = [name for part in self.network.plan.parts for name in part.names]
        known = {sanitize_name(node.name): node for node in graph.node_list}
        self.execution_order: list[Node] = [known[name] for name in order if name in known]

    def get_execution_order(self) -> list[Node]:
        """Give the nodes in the order in which they run within a step."""
        return self.execution_order

    def get_input_nodes(self) -> Any:
        """Give the nodes where the signal enters."""
        return self.graph.get_root()

    def forward(self, data: Any, state: GraphExecutorState | None = None) -> Any:
        """Advance by one step.

        Args:
            data: the input.
            state: what the call before gave, or None at the start; it is not changed.

        Returns:
            The output, and with `return_state` the new state.
        """
        network = self.network
        old: dict[str, Any] = {}
        if state is not None:
            old.update(state.state)
            for (source, _), key in network._delayed.items():
                if source in state.cache:
                    old[key] = {"y": state.cache[source]}
        values, new = network._advance({_IN: data}, old, {})
        if not self.return_state:
            return values[_OUT]
        kept = {name: value for name, value in new.items() if name in self.stateful_modules}
        cache = {name: value for name, value in values.items() if name not in (_IN, _OUT)}
        return values[_OUT], GraphExecutorState(kept, cache)


_IN, _OUT = "the data", "the output"


def _chart(graph: TorchGraph) -> NIRGraph:
    """Give names and edges, with one Input before the roots and one Output behind the last."""
    nodes: dict[str, NIRNode] = {_IN: Input(None)}
    edges = [(sanitize_name(a), sanitize_name(b)) for a, b in graph.get_edges()]
    for node in graph.node_list:
        nodes[sanitize_name(node.name)] = Scale(np.ones(()))
    nodes[_OUT] = Output(None)
    roots = [n for n in graph.node_list if n in (graph.get_root() or ())]
    if not roots:
        raise NirError("no input node was found; every module is fed by another")
    leaves = [n for n in graph.node_list if not n.outgoing_nodes] or graph.node_list[-1:]
    outputs = [n for n in leaves if getattr(n.elem, "node_type", "") == "output"] or leaves
    edges += [(_IN, sanitize_name(node.name)) for node in roots]
    edges += [(sanitize_name(node.name), _OUT) for node in outputs]
    return NIRGraph(nodes, list(dict.fromkeys(edges)), type_check=False)
