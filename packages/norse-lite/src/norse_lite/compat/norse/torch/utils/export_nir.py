"""`to_nir`: a network as a graph that other platforms read."""

from typing import Any

from torch import Tensor, nn

from norse_lite.compat.norse.torch.module._native import native

__all__ = ["to_nir"]


def to_nir(
    module: nn.Module, sample_data: Tensor, model_name: str = "norse", dt: float = 1e-3
) -> Any:
    """Export a network as a NIR graph.

    Args:
        module: A chain of Norse's and torch's modules.
        sample_data: An input as the module takes it; only its shape matters.
        model_name: Unused, as in Norse.
        dt: Duration of a time step in seconds.

    Returns:
        A `nir_core.NIRGraph`; `nir_core.to_nir` makes the package `nir`'s object of it.

    Example:
        >>> import torch
        >>> from norse_lite.compat.norse.torch import LIFCell, SequentialState
        >>> graph = to_nir(SequentialState(nn.Linear(3, 2), LIFCell()), torch.zeros(1, 3))
        >>> sorted(graph.nodes)
        ['0', '1', 'input', 'output']
    """
    from norse_lite.nir import to_nir as export

    return export(native(module), sample_data, dt)
