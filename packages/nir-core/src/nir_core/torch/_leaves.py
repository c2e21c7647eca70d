"""Torch modules as NIR nodes: which class becomes which node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from nir_core.errors import NirError
from nir_core.interop import from_nir
from nir_core.nodes import (
    PRIMITIVES,
    Affine,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Delay,
    Flatten,
    Linear,
    NIRNode,
    Scale,
    SumPool2d,
    Threshold,
)
from nir_core.torch._modules import NodeFlatten, NodeMatrix, NodeScale, NodeThreshold, SumPool
from nir_core.torch._neurons import DelayModule, NeuronModule

__all__ = ["DEFAULT_LEAVES", "PASSED", "Leaves", "ModuleMap", "array", "flatten_node"]

# Modules that pass the signal on when a trained network runs.
PASSED = (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout)


def array(value: torch.Tensor) -> np.ndarray:
    """Give a tensor as an array of its own."""
    return value.detach().cpu().numpy().copy()


def _linear(module: nn.Linear) -> NIRNode:
    weight = array(module.weight)
    return Linear(weight) if module.bias is None else Affine(weight, array(module.bias))


def _bias(module: Any) -> np.ndarray:
    weight = module.weight
    return array(weight.new_zeros(weight.shape[0]) if module.bias is None else module.bias)


def _zeros_only(module: Any) -> None:
    if module.padding_mode != "zeros":
        raise NirError(
            f"{type(module).__name__}: NIR pads with zeros, not with {module.padding_mode!r}"
        )


def _conv1d(module: nn.Conv1d) -> NIRNode:
    _zeros_only(module)
    padding = module.padding if isinstance(module.padding, str) else module.padding[0]
    return Conv1d(
        None,
        array(module.weight),
        module.stride[0],
        padding,  # type: ignore[arg-type]
        module.dilation[0],
        module.groups,
        _bias(module),
    )


def _conv2d(module: nn.Conv2d) -> NIRNode:
    _zeros_only(module)
    return Conv2d(
        None,
        array(module.weight),
        module.stride,  # type: ignore[arg-type]
        module.padding,  # type: ignore[arg-type]
        module.dilation,  # type: ignore[arg-type]
        module.groups,
        _bias(module),
    )


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)  # type: ignore[return-value]


def _plain_pool(module: Any) -> None:
    if module.ceil_mode:
        raise NirError(f"{type(module).__name__}: NIR knows no ceil_mode")


def _avgpool(module: nn.AvgPool2d) -> NIRNode:
    _plain_pool(module)
    padding = _pair(module.padding)
    if any(padding) and not module.count_include_pad:
        raise NirError("AvgPool2d: NIR counts the zeros of the padding; set count_include_pad")
    kernel, stride = _pair(module.kernel_size), _pair(module.stride)
    if module.divisor_override is not None:
        if module.divisor_override != 1:
            raise NirError("AvgPool2d: NIR has no divisor but 1 (SumPool2d) and the window's size")
        return SumPool2d(kernel, stride, padding)
    return AvgPool2d(kernel, stride, padding)


def _lppool(module: nn.LPPool2d) -> NIRNode:
    _plain_pool(module)
    if module.norm_type != 1:
        raise NirError(f"LPPool2d: NIR has norm_type 1 (SumPool2d) only, got {module.norm_type}")
    kernel: Any = module.kernel_size
    stride = kernel if module.stride is None else module.stride
    return SumPool2d(_pair(kernel), _pair(stride), (0, 0))


def flatten_node(start_dim: int, end_dim: int) -> Flatten:
    """Give the node for axes that are counted with the batch axis in front.

    Raises:
        NirError: the batch axis is among the axes to join.
    """
    if start_dim == 0:
        raise NirError("the batch axis is flattened, which NIR cannot say; use start_dim=1")
    ahead = [dim - 1 if dim > 0 else dim for dim in (start_dim, end_dim)]
    return Flatten(None, *ahead)


def _neuron(module: NeuronModule) -> NIRNode:
    cls: Any = PRIMITIVES[module.kind]
    values = {
        name: array(value).astype(module.stored[name], copy=False)
        for name, value in module.named_parameters()
    }
    return cls(**values)


DEFAULT_LEAVES: dict[type[nn.Module], Callable[[Any], NIRNode]] = {
    nn.Linear: _linear,
    nn.Conv1d: _conv1d,
    nn.Conv2d: _conv2d,
    nn.AvgPool2d: _avgpool,
    nn.LPPool2d: _lppool,
    nn.Flatten: lambda m: flatten_node(m.start_dim, m.end_dim),
    NodeFlatten: lambda m: flatten_node(m.start_dim, m.end_dim),
    NodeMatrix: lambda m: (
        Linear(array(m.weight)) if m.bias is None else Affine(array(m.weight), array(m.bias))
    ),
    NodeScale: lambda m: Scale(array(m.scale)),
    NodeThreshold: lambda m: Threshold(array(m.threshold)),
    SumPool: lambda m: SumPool2d(m.kernel_size, m.stride, m.padding),
    NeuronModule: _neuron,
    DelayModule: lambda m: Delay(m.steps.cpu().numpy() * m.dt),
}

ModuleMap = Mapping[type[nn.Module], Callable[[Any], Any]]


class Leaves:
    """The nodes of modules: those given first, then those known."""

    def __init__(self, given: ModuleMap) -> None:
        self.given = dict(given)

    def maker(self, module: nn.Module) -> Callable[[Any], Any] | None:
        for known in (self.given, DEFAULT_LEAVES):
            for cls in type(module).__mro__:
                if cls in known:
                    return known[cls]
        return None

    def knows(self, module: nn.Module) -> bool:
        return isinstance(module, PASSED) or self.maker(module) is not None

    def node(self, module: nn.Module, where: str) -> NIRNode | None:
        """Give the node of a module, or None where the signal passes."""
        maker = self.maker(module)
        if maker is None:
            if isinstance(module, PASSED):
                return None
            raise NirError(
                f"{where}: {type(module).__name__} has no node in NIR; pass "
                f"module_map={{{type(module).__name__}: ...}} to say what becomes of it"
            )
        try:
            made = maker(module)
        except NirError as error:
            raise NirError(f"{where}: {error}") from None
        if made is None or isinstance(made, NIRNode):
            return made
        return from_nir(made, type_check=False)
