"""Parameters of modules back into the nodes that they were made from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import nn

from nir_core.findings import node_path
from nir_core.graph import NIRGraph

__all__ = ["updated"]


def updated(
    graph: NIRGraph, modules: Mapping[str, nn.Module], path: tuple[str, ...] = ()
) -> NIRGraph:
    """Give a graph with the parameters of the modules, by path, in place of its own."""
    nodes = {}
    for name, node in graph.nodes.items():
        here = (*path, name)
        if isinstance(node, NIRGraph):
            nodes[name] = updated(node, modules, here)
            continue
        module = modules[node_path(*here)[1:]]
        found = {
            key.rpartition(".")[2]: value.detach().cpu().numpy()
            for key, value in module.named_parameters()
        }
        changes = {}
        for field in node._parameters:
            old = np.asarray(node.__dict__[field])
            value = found.get(field)
            if value is None or value.size == 0 or old.size == 0:
                continue
            changes[field] = _reshaped(value, old)
        nodes[name] = node.replace(**changes) if changes else node
    return graph.replace(nodes=nodes, type_check=False)


def _reshaped(value: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Give new numbers in the type, and where they still are one number, the shape of the old."""
    if value.shape != old.shape and old.ndim == 0 and (value == value.flat[0]).all():
        value = value.reshape(-1)[0].reshape(())
    kind = old.dtype if old.dtype.kind == "f" else value.dtype
    return np.array(value, dtype=kind)
