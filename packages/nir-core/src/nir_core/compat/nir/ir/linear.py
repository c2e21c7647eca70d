"""Affine, Linear and Scale, mutable as in nir."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nir_core.compat._errors import NirAssertionError
from nir_core.compat.nir.ir.node import NIRNode, as_parameter

__all__ = ["Affine", "Linear", "Scale"]


def _matrix_types(node: Affine | Linear) -> None:
    node.weight = as_parameter(node.weight)
    shape = tuple(node.weight.shape)
    if len(shape) < 2:
        raise NirAssertionError(
            f"{type(node).__name__}: the weight must have two axes or more, got shape {shape}"
        )
    node.input_type = {"input": np.array((*shape[:-2], shape[-1]))}
    node.output_type = {"output": np.array(shape[:-1])}


@dataclass(eq=False)
class Affine(NIRNode):
    """Weighted sum plus bias: y = W x + b.

    Args:
        weight: (..., m, n).
        bias: (m,) or (..., m).
    """

    weight: np.ndarray
    bias: np.ndarray

    def __post_init__(self) -> None:
        self.bias = as_parameter(self.bias)
        _matrix_types(self)


@dataclass(eq=False)
class Linear(NIRNode):
    """Weighted sum: y = W x.

    Args:
        weight: (..., m, n).
    """

    weight: np.ndarray

    def __post_init__(self) -> None:
        _matrix_types(self)


@dataclass(eq=False)
class Scale(NIRNode):
    """Element by element factor: y = s * x.

    Args:
        scale: the shape of the signal.
    """

    scale: np.ndarray

    def __post_init__(self) -> None:
        self.scale = as_parameter(self.scale)
        shape = np.array(self.scale.shape, dtype=np.int64)
        self.input_type = {"input": shape}
        self.output_type = {"output": shape.copy()}
