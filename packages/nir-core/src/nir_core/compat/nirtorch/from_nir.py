"""`load`: a graph as a GraphExecutor."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

from torch import nn

from nir_core.compat import nir
from nir_core.compat.nirtorch.graph import TorchGraph
from nir_core.compat.nirtorch.graph_executor import GraphExecutor
from nir_core.compat.nirtorch.utils import sanitize_name
from nir_core.errors import NirError

__all__ = ["GraphExecutor", "TorchGraph", "load", "sanitize_name"]


def load(nir_graph: Any, model_map: Callable[[Any], Any], return_state: bool = True) -> nn.Module:
    """Give a graph as a module that runs it step by step.

    nirtorch advises `nir_to_torch` for new code.

    Args:
        nir_graph: a graph, or the path of a file.
        model_map: gives the module of a node; None for Input, Output and nested graphs.
        return_state: give (output, state), not the output alone.

    Returns:
        A GraphExecutor.

    Raises:
        NirError: model_map does not know a node.
    """
    warnings.warn(
        "load is deprecated in nirtorch; use nir_to_torch", DeprecationWarning, stacklevel=2
    )
    if isinstance(nir_graph, (str, os.PathLike)):
        nir_graph = nir.read(nir_graph)  # type: ignore[arg-type]
    return _executor(nir_graph, model_map, return_state)


def _executor(graph: Any, model_map: Callable[[Any], Any], return_state: bool) -> GraphExecutor:
    modules: dict[str, nn.Module] = {}
    for name, node in graph.nodes.items():
        module = model_map(node)
        kind = type(node).__name__
        if module is None and hasattr(node, "nodes"):
            module = _executor(node, model_map, return_state)
        elif module is None and kind in ("Input", "Output"):
            module = nn.Identity()
            module.node_type = kind.lower()  # type: ignore[assignment]
        if module is None:
            raise NirError(f"/{name}: model_map gave nothing for {kind}")
        modules[sanitize_name(name)] = module
    edges = [(sanitize_name(a), sanitize_name(b)) for a, b in graph.edges]
    return GraphExecutor(TorchGraph.from_torch_modules(modules, edges), return_state)
