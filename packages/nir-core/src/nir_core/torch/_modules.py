"""Nodes without a state as torch modules: torch's own classes wherever these are exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from nir_core.nodes import (
    Affine,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Flatten,
    Linear,
    NIRNode,
    Scale,
    SumPool2d,
    Threshold,
)

__all__ = ["NodeFlatten", "NodeMatrix", "NodeScale", "NodeThreshold", "SumPool", "stateless_module"]


def tensor(value: Any, dtype: torch.dtype) -> torch.Tensor:
    """Give an array as a tensor of its own."""
    return torch.tensor(np.asarray(value)).to(dtype)


class NodeMatrix(nn.Module):
    """Affine or Linear with a weight (..., m, n) of more than two axes.

    Args:
        weight: (..., m, n).
        bias: (m,) or (..., m), or None.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.bias = None if bias is None else nn.Parameter(bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.matmul(self.weight, x[..., None])[..., 0]
        return y if self.bias is None else y + self.bias


class NodeScale(nn.Module):
    """y = s * x.

    Args:
        scale: the shape of the signal, or a number.
    """

    def __init__(self, scale: torch.Tensor) -> None:
        super().__init__()
        self.scale = nn.Parameter(scale)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.scale


class NodeThreshold(nn.Module):
    """1 where x > threshold, else 0, with a surrogate gradient.

    Args:
        threshold: the shape of the signal, or a number.
        surrogate: gives spikes for x - threshold.
    """

    def __init__(self, threshold: torch.Tensor, surrogate: Any) -> None:
        super().__init__()
        self.threshold = nn.Parameter(threshold)
        self.surrogate = surrogate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.surrogate(x - self.threshold, x > self.threshold)


class SumPool(nn.LPPool2d):
    """Sum over windows of (batch, C, H, W): torch's pooling of norm 1, with a padding.

    Args:
        kernel_size: window (height, width), or one number for both.
        stride: steps (vertical, horizontal).
        padding: zeros added at each side.
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int],
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__(1, kernel_size, stride)
        self.padding = padding

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if self.padding not in (0, (0, 0)):
            pair = (self.padding,) * 2 if isinstance(self.padding, int) else self.padding
            input = F.pad(input, (pair[1], pair[1], pair[0], pair[0]))
        return F.avg_pool2d(input, self.kernel_size, self.stride, divisor_override=1)  # type: ignore[arg-type]

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, padding={self.padding}"


class NodeFlatten(nn.Flatten):
    """Flatten whose axes are counted behind the batch axis, as NIR counts them."""

    def __init__(self, start_dim: int, end_dim: int) -> None:
        behind = [dim + 1 if dim >= 0 else dim for dim in (start_dim, end_dim)]
        super().__init__(*behind)
        self.single = start_dim in (0, -1) and end_dim in (0, -1)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        # A signal without axes becomes one with a single axis.
        return input[:, None] if input.ndim == 1 and self.single else super().forward(input)


def _matrix(node: Affine | Linear, dtype: torch.dtype) -> nn.Module:
    weight = tensor(node.weight, dtype)
    bias = tensor(node.bias, dtype) if isinstance(node, Affine) else None
    rows, columns = weight.shape[-2:]
    if weight.ndim > 2 or (bias is not None and bias.ndim > 1):
        return NodeMatrix(weight, bias)
    module = nn.Linear(columns, rows, bias=bias is not None, dtype=dtype)
    with torch.no_grad():
        module.weight.copy_(weight)
        if bias is not None:
            module.bias.copy_(bias.expand(rows))
    return module


def _padding(node: Conv1d | Conv2d) -> tuple[nn.Module | None, Any]:
    """Give a module that pads where the two sides differ, or None, and the padding for torch.

    For an even kernel and "same" torch would pad by itself, with a warning.
    """
    pads = node.pads()
    if all(before == after for before, after in pads):
        return None, tuple(before for before, _ in pads)
    flat: Any = tuple(n for before, after in reversed(pads) for n in (before, after))
    zeros = nn.ZeroPad2d(flat) if len(pads) == 2 else nn.ConstantPad1d(flat, 0.0)
    return zeros, 0


def _convolution(node: Conv1d | Conv2d, dtype: torch.dtype) -> nn.Module:
    weight = tensor(node.weight, dtype)
    cls = nn.Conv1d if isinstance(node, Conv1d) else nn.Conv2d
    pad, padding = _padding(node)
    module = cls(
        weight.shape[1] * node.groups,
        weight.shape[0],
        tuple(weight.shape[2:]),  # type: ignore[arg-type]
        stride=node._spatial("stride"),  # type: ignore[arg-type]
        padding=padding,
        dilation=node._spatial("dilation"),  # type: ignore[arg-type]
        groups=node.groups,
        dtype=dtype,
    )
    assert module.bias is not None
    with torch.no_grad():
        module.weight.copy_(weight)
        module.bias.copy_(tensor(node.bias, dtype).expand(weight.shape[0]))
    return module if pad is None else nn.Sequential(pad, module)


def _mean(node: AvgPool2d) -> nn.Module:
    (kh, kw), (ph, pw) = node.kernel_size, node.padding
    if ph <= kh // 2 and pw <= kw // 2:
        return nn.AvgPool2d((kh, kw), node.stride, (ph, pw))
    return nn.Sequential(nn.ZeroPad2d((pw, pw, ph, ph)), nn.AvgPool2d((kh, kw), node.stride))


def stateless_module(node: NIRNode, dtype: torch.dtype, surrogate: Any) -> nn.Module:
    """Give the module of a node without a state; Input and Output pass the signal on.

    Args:
        node: the node.
        dtype: number type of the parameters.
        surrogate: gives spikes for a distance from the threshold; for Threshold.

    Returns:
        A module from (batch, *input shape) to (batch, *output shape).
    """
    if isinstance(node, (Affine, Linear)):
        return _matrix(node, dtype)
    if isinstance(node, (Conv1d, Conv2d)):
        return _convolution(node, dtype)
    if isinstance(node, SumPool2d):
        return SumPool(node.kernel_size, node.stride, node.padding)
    if isinstance(node, AvgPool2d):
        return _mean(node)
    if isinstance(node, Flatten):
        return NodeFlatten(node.start_dim, node.end_dim)
    if isinstance(node, Scale):
        return NodeScale(tensor(node.scale, dtype))
    if isinstance(node, Threshold):
        return NodeThreshold(tensor(node.threshold, dtype), surrogate)
    return nn.Identity()
