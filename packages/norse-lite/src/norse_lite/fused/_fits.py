"""Decides what runs compiled, without importing kernels or operators: they come with a run."""

from functools import cache
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

from norse_lite.neurons._neuron import Neuron

__all__ = ["fits"]


def fits(neuron: Neuron[Any, Any], x: Tensor) -> bool:
    """Return whether a compiled kernel computes this neuron on this kind of tensor."""
    if neuron.kernel is None or x.layout != torch.strided:
        return False
    if x.dtype not in (torch.float32, torch.float64):
        return False
    if not torch.compiler.is_compiling() and torch._C._are_functorch_transforms_active():
        return False  # inside torch.func the values stand behind wrappers
    if x.device.type == "cpu":
        return True
    return x.device.type == "cuda" and _triton_is_here()


@cache
def _triton_is_here() -> bool:
    return find_spec("triton") is not None
