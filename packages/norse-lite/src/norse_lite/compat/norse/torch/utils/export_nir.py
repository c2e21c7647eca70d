"""`to_nir`: a network as a graph that other platforms read."""

import sys
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.compat.norse.torch.module._native import native

__all__ = ["to_nir"]


def to_nir(
    module: nn.Module, sample_data: Tensor, model_name: str = "norse", dt: float = 1e-3
) -> Any:
    """Export a network as a NIR graph.

    Args:
        module: A chain of Norse's and torch's modules, or one of them.
        sample_data: An input as the module takes it, with or without its batch; only its shape
            matters.
        model_name: Name of the node of a module that is no chain.
        dt: Duration of a time step in seconds.

    Returns:
        A `nir.NIRGraph` in a program that has imported the package `nir`, which Norse returns;
        else a `nir_core.NIRGraph`.

    Example:
        >>> import torch
        >>> from norse_lite.compat.norse.torch import LIFCell, SequentialState
        >>> graph = to_nir(SequentialState(nn.Linear(3, 2), LIFCell()), torch.zeros(1, 3))
        >>> sorted(graph.nodes)
        ['0', '1', 'input', 'output']
    """
    graph = _export(native(module), sample_data, dt)
    if not isinstance(module, nn.Sequential):
        graph = _renamed(graph, "0", model_name)
    if "nir" not in sys.modules:
        return graph
    from norse_lite.nir._core import nir_core

    return nir_core().to_nir(graph)


def _export(model: nn.Module, sample: Tensor, dt: float) -> Any:
    from norse_lite.nir import to_nir as export

    try:
        return export(model, sample, dt)
    except NetworkError:
        if not isinstance(sample, Tensor):
            raise
        try:
            return export(model, sample[None], dt)
        except NetworkError:
            pass
        raise


def _renamed(graph: Any, old: str, new: str) -> Any:
    if old not in graph.nodes or new in graph.nodes:
        return graph
    names = {name: new if name == old else name for name in graph.nodes}
    nodes = {names[name]: node for name, node in graph.nodes.items()}
    return replace(graph, nodes=nodes, edges=[(names[a], names[b]) for a, b in graph.edges])
