"""Layers without state as NIR nodes, and back."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from norse_lite._errors import NetworkError
from norse_lite.nir._core import nir_core
from norse_lite.surrogate import DEFAULT_SURROGATE, Surrogate, spike

__all__ = [
    "LayerExport",
    "Scale",
    "SumPool2d",
    "Threshold",
    "array",
    "export_layer",
    "layer_of",
]


@dataclass
class LayerExport:
    """Nodes and inner edges of an exported module, where a signal enters and where it leaves.

    `replaces`: the node at `exit` takes the place of the one in front of it.
    """

    nodes: dict[str, Any]
    edges: list[tuple[str, str]]
    entry: str
    exit: str
    replaces: bool = False


class SumPool2d(nn.Module):
    """Sums over windows: input `(B, C, H, W)`.

    Args:
        kernel_size: Window, one number or `(height, width)`.
        stride: Distance of the windows; None is the window's own size.
        padding: Zeros around the image.

    Example:
        >>> SumPool2d(2)(torch.ones(1, 1, 4, 4)).tolist()
        [[[[4.0, 4.0], [4.0, 4.0]]]]
    """

    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__()
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride

    def forward(self, x: Tensor) -> Tensor:
        """Return the sums."""
        return F.avg_pool2d(x, self.kernel_size, self.stride, self.padding, divisor_override=1)

    def extra_repr(self) -> str:
        """Show the window."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class Scale(nn.Module):
    """Multiplies each neuron's input by a factor.

    Args:
        scale: Factors, which broadcast to the input.

    Example:
        >>> Scale(torch.tensor([2.0, 0.5]))(torch.ones(1, 2)).tolist()
        [[2.0, 0.5]]
    """

    scale: Tensor

    def __init__(self, scale: Tensor) -> None:
        super().__init__()
        self.register_buffer("scale", scale)

    def forward(self, x: Tensor) -> Tensor:
        """Return the products."""
        return x * self.scale.to(x.dtype)


class Threshold(nn.Module):
    """Spikes where the input exceeds a threshold, with a surrogate gradient.

    Args:
        threshold: Thresholds, which broadcast to the input.
        surrogate: Derivative in the backward pass.

    Example:
        >>> Threshold(torch.tensor(0.5))(torch.tensor([[0.4, 0.6]])).tolist()
        [[0.0, 1.0]]
    """

    threshold: Tensor

    def __init__(self, threshold: Tensor, surrogate: Surrogate = DEFAULT_SURROGATE) -> None:
        super().__init__()
        self.register_buffer("threshold", threshold)
        self.surrogate = surrogate

    def forward(self, x: Tensor) -> Tensor:
        """Return the spikes."""
        return spike(x - self.threshold.to(x.dtype), self.surrogate)


def array(value: Tensor) -> np.ndarray:
    """Return a tensor's values as an array of its own; half types become float32."""
    value = value.detach().cpu()
    return (
        (value.float() if value.dtype in (torch.bfloat16, torch.float16) else value).numpy().copy()
    )


def _bias(module: Any, dtype: np.dtype) -> np.ndarray:
    if module.bias is None:
        return np.zeros(module.weight.shape[0], dtype)
    return array(module.bias)


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


def _convolution(path: str, module: nn.Conv1d | nn.Conv2d, shape: tuple[int, ...]) -> Any:
    if module.padding_mode != "zeros":
        raise NetworkError(
            f"to_nir: module {path} pads with {module.padding_mode!r}, NIR with zeros only; use "
            "padding_mode='zeros'"
        )
    weight = array(module.weight)
    values: list[Any] = [module.stride, module.padding, module.dilation]
    dims = 1 if isinstance(module, nn.Conv1d) else 2
    if dims == 1:
        values = [v if isinstance(v, str) else int(v[0]) for v in values]
    size = int(shape[-1]) if dims == 1 else tuple(shape[-2:])
    kind = nir_core().Conv1d if dims == 1 else nir_core().Conv2d
    return kind(size, weight, *values, module.groups, _bias(module, weight.dtype))


def _pool(path: str, module: Any, shape: tuple[int, ...]) -> dict[str, tuple[int, int]]:
    window, padding = _pair(module.kernel_size), _pair(module.padding)
    stride = _pair(window if module.stride is None else module.stride)
    # Rounding up is rounding down where the windows fill the image.
    rests = [
        (size + 2 * p - w) % s
        for size, p, w, s in zip(shape[-2:], padding, window, stride, strict=True)
    ]
    if getattr(module, "ceil_mode", False) and any(rests):
        raise NetworkError(
            f"to_nir: module {path} rounds sizes up (ceil_mode), NIR rounds down; choose a window "
            f"and a stride that fill its input of {shape[-2]} x {shape[-1]}"
        )
    if getattr(module, "divisor_override", None) not in (None, 1):
        raise NetworkError(
            f"to_nir: module {path} has a divisor of its own, NIR has none; use divisor_override=1 "
            "(the sum) and scale the weights behind it"
        )
    if not getattr(module, "count_include_pad", True) and any(padding):
        raise NetworkError(
            f"to_nir: module {path} leaves its padding out of the mean; use count_include_pad=True"
        )
    return {"kernel_size": window, "stride": stride, "padding": padding}


def _adaptive_pool(
    path: str, module: nn.AdaptiveAvgPool2d, shape: tuple[int, ...]
) -> dict[str, tuple[int, int]]:
    """Return the fixed window of a pool that is given by the size of its output."""
    window = []
    wanted = module.output_size
    for size, out in zip(
        shape[-2:], wanted if isinstance(wanted, tuple) else (wanted, wanted), strict=True
    ):
        out = size if out is None else out
        if size % out:
            raise NetworkError(
                f"to_nir: module {path} makes {out} of {size} pixels with windows of several "
                "sizes, NIR's have one; choose an output that divides the input"
            )
        window.append(size // out)
    return {"kernel_size": tuple(window), "stride": tuple(window), "padding": (0, 0)}  # type: ignore[dict-item]


def _flatten(path: str, module: nn.Flatten, shape: tuple[int, ...]) -> Any:
    # The batch axis, which NIR does not have, counts in the numbers of torch.
    rank = len(shape)
    start, end = (d if d < 0 else d - 1 for d in (module.start_dim, module.end_dim))
    if module.start_dim == 0 or start < -rank or end < -rank:
        raise NetworkError(f"to_nir: module {path} flattens the batch axis; use start_dim=1")
    return nir_core().Flatten({"input": np.array(shape)}, start, end)


def export_layer(path: str, module: nn.Module, shape: tuple[int, ...]) -> LayerExport:
    """Export a module without state as one node.

    Args:
        path: Name of the module in the model, and of the node.
        module: A torch module.
        shape: Shape of its input, without time and batch.

    Raises:
        NetworkError: The module has no NIR form.
    """
    nir = nir_core()
    if isinstance(module, nn.Linear):
        if len(shape) != 1:
            raise NetworkError(
                f"to_nir: module {path} ({type(module).__name__}) works on the last axis of the "
                f"shape {shape}, NIR's on vectors; put nn.Flatten before it"
            )
        weight = array(module.weight)
        if module.bias is None:
            node = nir.Linear(weight)
        else:
            node = nir.Affine(weight, array(module.bias))
    elif isinstance(module, (nn.Conv1d, nn.Conv2d)):
        node = _convolution(path, module, shape)
    elif isinstance(module, nn.AdaptiveAvgPool2d):
        node = nir.AvgPool2d(**_adaptive_pool(path, module, shape))
    elif isinstance(module, nn.AvgPool2d):
        kind = nir.AvgPool2d if module.divisor_override is None else nir.SumPool2d
        node = kind(**_pool(path, module, shape))
    elif isinstance(module, SumPool2d):
        node = nir.SumPool2d(**_pool(path, module, shape))
    elif isinstance(module, nn.Flatten):
        node = _flatten(path, module, shape)
    elif isinstance(module, Scale):
        node = nir.Scale(np.broadcast_to(array(module.scale), shape).copy())
    elif isinstance(module, Threshold):
        node = nir.Threshold(np.broadcast_to(array(module.threshold), shape).copy())
    else:
        raise NetworkError(
            f"to_nir: module {path} ({type(module).__name__}) has no NIR form"
            f"{_way_out(module)}; NIR has Linear, Conv1d, Conv2d, AvgPool2d, SumPool2d, Flatten "
            "and neurons"
        )
    return LayerExport({path: node}, [], path, path)


def _way_out(module: nn.Module) -> str:
    if isinstance(module, (nn.MaxPool1d, nn.MaxPool2d)):
        return " (use AvgPool2d or SumPool2d)"
    if isinstance(module, nn.AvgPool1d):
        return " (use AvgPool2d, or a Conv1d with a stride)"
    if isinstance(module, (nn.ReLU, nn.Sigmoid, nn.Tanh, nn.GELU)):
        return " (use a neuron in its place)"
    if isinstance(module, (nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d)):
        return " (use BatchNorm, which is folded into the layer before it)"
    if isinstance(module, nn.RNNBase):
        return " (use LIFRecurrent)"
    if any(True for _ in module.children()):
        return " (put its parts into a SequentialState)"
    return ""


def _parameter(value: np.ndarray) -> nn.Parameter:
    kind = torch.float64 if value.dtype == np.float64 else torch.get_default_dtype()
    return nn.Parameter(torch.from_numpy(np.array(value)).to(kind))


def _loaded_linear(node: Any) -> nn.Module:
    weight = _parameter(node.weight)
    if weight.ndim != 2:
        raise NetworkError(f"from_nir: weights of {weight.ndim} axes cannot be loaded, only of two")
    bias = getattr(node, "bias", None)
    module = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, device="meta")
    module.weight = weight
    if bias is not None:
        module.bias = _parameter(np.broadcast_to(bias, weight.shape[:1]))
    return module


def _loaded_convolution(node: Any) -> nn.Module:
    weight = _parameter(node.weight)
    out, inner = weight.shape[:2]
    kind = nn.Conv1d if weight.ndim == 3 else nn.Conv2d
    module = kind(
        inner * node.groups,
        out,
        tuple(weight.shape[2:]),  # type: ignore[arg-type]
        node.stride,
        node.padding,
        node.dilation,
        node.groups,
        device="meta",
    )
    module.weight, module.bias = weight, _parameter(node.bias)
    return module


def layer_of(path: str, node: Any, surrogate: Surrogate) -> nn.Module | None:
    """Return the torch module of a NIR node without state, or None if it is none."""
    kind = type(node).__name__
    if kind in ("Linear", "Affine"):
        return _loaded_linear(node)
    if kind in ("Conv1d", "Conv2d"):
        return _loaded_convolution(node)
    if kind == "AvgPool2d":
        return nn.AvgPool2d(node.kernel_size, node.stride, node.padding)
    if kind == "SumPool2d":
        return SumPool2d(node.kernel_size, node.stride, node.padding)
    if kind == "Flatten":
        start, end = (d if d < 0 else d + 1 for d in (node.start_dim, node.end_dim))
        return nn.Flatten(start, end)
    if kind == "Scale":
        return Scale(torch.from_numpy(np.array(node.scale)))
    if kind == "Threshold":
        return Threshold(torch.from_numpy(np.array(node.threshold)), surrogate)
    return None
