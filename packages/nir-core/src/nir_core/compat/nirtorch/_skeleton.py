"""Any graph of modules as a network: only names and edges matter, the modules bring the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from nir_core.errors import NirError
from nir_core.graph import NIRGraph
from nir_core.nodes import Input, NIRNode, Output, Scale
from nir_core.semantics._plan import make_plan
from nir_core.torch._network import Network

__all__ = ["ModuleNetwork", "skeleton"]

_ANY = Scale(np.ones(()))  # fits a signal of every shape


def skeleton(graph: Any, kept: Iterable[type] = ()) -> NIRGraph:
    """Give a graph with the names and edges of another, whatever its nodes are.

    Args:
        graph: a graph of any package; a node with `nodes` and `edges` is a nested graph.
        kept: classes of nested graphs that a single module stands for.
    """
    whole = tuple(kept)
    nodes: dict[str, NIRNode] = {}
    for name, node in graph.nodes.items():
        kind = type(node).__name__
        if kind == "Input":
            nodes[name] = Input(None)
        elif kind == "Output":
            nodes[name] = Output(None)
        elif hasattr(node, "nodes") and hasattr(node, "edges") and not isinstance(node, whole):
            nodes[name] = skeleton(node, whole)
        else:
            nodes[name] = _ANY
    edges = list(dict.fromkeys((str(a), str(b)) for a, b in graph.edges))
    for source, target in edges:
        for name in (source, target):
            if name not in nodes:
                raise NirError(f"edge {(source, target)!r}: there is no node {name!r}")
    return NIRGraph(nodes, edges, type_check=False)


class ModuleNetwork(Network):
    """A network of modules that nothing is known about.

    Args:
        graph: a skeleton.
        modules: the module of each node by path.
    """

    def __init__(self, graph: NIRGraph, modules: Mapping[str, nn.Module]) -> None:
        plan = make_plan(graph, lambda node: False)
        if not plan.inputs or not plan.outputs:
            missing = "input" if not plan.inputs else "output"
            raise NirError(f"a graph needs input and output nodes, but no {missing} node was found")
        every = {path: modules.get(path) or nn.Identity() for path in plan.nodes}
        super().__init__(graph, plan, every, silent_start=False, dtype=torch.get_default_dtype())

    def _take(self, x: Any) -> dict[str, torch.Tensor]:
        return {self.plan.inputs[name]: value for name, value in x.items()}

    def _zeros(self, name: str, first: Any, port: str) -> torch.Tensor:
        # The shape is not known; one zero is added to whatever else arrives.
        device = first.device if isinstance(first, torch.Tensor) else None
        dtype = first.dtype if isinstance(first, torch.Tensor) else None
        return torch.zeros(1, device=device, dtype=dtype)

    def __deepcopy__(self, memo: dict[int, Any]) -> ModuleNetwork:
        from copy import deepcopy

        return type(self)(self.graph, {p: deepcopy(m, memo) for p, m in self._by_path.items()})
