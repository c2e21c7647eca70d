"""Conv1d and Conv2d, mutable as in nir, with right shapes for any kernel, group and stride."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nir_core.compat.nir.ir.node import NIRNode, as_parameter
from nir_core.compat.nir.ir.utils import calculate_conv_output
from nir_core.errors import NirError
from nir_core.nodes._conv import as_groups

__all__ = ["Conv1d", "Conv2d", "conv_types"]


def _prepared(node: Conv1d | Conv2d) -> None:
    node.weight, node.bias = as_parameter(node.weight), as_parameter(node.bias)
    if isinstance(node.padding, str) and node.padding not in ("same", "valid"):
        raise NirError(
            f"{type(node).__name__}: padding must be 'same', 'valid' or whole numbers, "
            f"got {node.padding!r}"
        )
    conv_types(node)


def conv_types(node: Conv1d | Conv2d) -> None:
    """Set the input and output type that follow from `input_shape` and the parameters."""
    if node.input_shape is None:
        node.input_type = {"input": None}  # type: ignore[dict-item]
        node.output_type = {"output": None}  # type: ignore[dict-item]
        return
    channels = int(node.weight.shape[1]) * as_groups(node.groups, f"{type(node).__name__}.groups")
    spatial = np.atleast_1d(np.asarray(node.input_shape)).tolist()
    kernel = tuple(node.weight.shape[2:])
    out = calculate_conv_output(spatial, node.padding, node.dilation, kernel, node.stride)
    if min(out) < 1:
        raise NirError(
            f"{type(node).__name__}: the kernel {kernel} is larger than the padded input "
            f"{tuple(spatial)}"
        )
    node.input_type = {"input": np.array([channels, *spatial])}
    node.output_type = {"output": np.array([node.weight.shape[0], *out])}


@dataclass(eq=False)
class Conv1d(NIRNode):
    """Convolution along one axis: (C_in, N) -> (C_out, N').

    Args:
        input_shape: N, or None where the graph decides.
        weight: (C_out, C_in / groups, K).
        stride: step of the window.
        padding: zeros at both ends, or "same" or "valid".
        dilation: distance between the taps.
        groups: number of independent channel groups.
        bias: (C_out,).
    """

    input_shape: int | None
    weight: np.ndarray
    stride: int
    padding: int | str
    dilation: int
    groups: int
    bias: np.ndarray

    def __post_init__(self) -> None:
        _prepared(self)

    @classmethod
    def from_dict(cls, kwargs: dict[str, Any]) -> NIRNode:
        return super().from_dict({"input_shape": None, **kwargs})


@dataclass(eq=False)
class Conv2d(NIRNode):
    """Convolution over an image: (C_in, H, W) -> (C_out, H', W').

    Args:
        input_shape: (H, W), or None where the graph decides.
        weight: (C_out, C_in / groups, K_h, K_w).
        stride: steps (vertical, horizontal), or one number for both.
        padding: zeros at each side, or "same" or "valid".
        dilation: distances between the taps.
        groups: number of independent channel groups.
        bias: (C_out,).
    """

    input_shape: tuple[int, int] | None
    weight: np.ndarray
    stride: int | tuple[int, int]
    padding: int | tuple[int, int] | str
    dilation: int | tuple[int, int]
    groups: int
    bias: np.ndarray

    def __post_init__(self) -> None:
        for name in ("stride", "padding", "dilation"):
            value = getattr(self, name)
            if isinstance(value, (int, np.integer)):
                setattr(self, name, (value, value))
        _prepared(self)

    @classmethod
    def from_dict(cls, kwargs: dict[str, Any]) -> NIRNode:
        return super().from_dict({"input_shape": None, **kwargs})
