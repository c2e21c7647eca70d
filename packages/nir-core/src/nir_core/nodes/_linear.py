"""Nodes that multiply: Affine, Linear and Scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nir_core._values import EMPTY
from nir_core.nodes._base import NIRNode, Shape

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Affine", "Linear", "Scale"]


class _MatrixShapes(NIRNode):
    """Shapes of a weight (..., m, n): (..., n) goes in, (..., m) comes out."""

    def _input_shape(self) -> Shape | None:
        shape = self.__dict__["weight"].shape
        return None if len(shape) < 2 else (*shape[:-2], shape[-1])

    def _output_shape(self) -> Shape | None:
        shape = self.__dict__["weight"].shape
        return None if len(shape) < 2 else shape[:-1]


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Affine(_MatrixShapes):
    """Weighted sum plus bias: y = W x + b.

    Args:
        weight: (..., m, n).
        bias: (m,) or (..., m), or a number.

    Example:
        >>> Affine(weight=[[1.0, 2.0]], bias=[0.5])
        Affine(weight=float64[1x2], bias=[0.5])
    """

    _parameters: ClassVar[tuple[str, ...]] = ("weight", "bias")

    weight: np.ndarray
    bias: np.ndarray

    def __init__(
        self, weight: ArrayLike, bias: ArrayLike, *, metadata: Mapping[str, Any] = EMPTY
    ) -> None:
        self._fill(metadata, weight, bias)


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Linear(_MatrixShapes):
    """Weighted sum: y = W x.

    Args:
        weight: (..., m, n).

    Example:
        >>> Linear(weight=[[1.0, 2.0]]).output_type["output"]
        array([1])
    """

    _parameters: ClassVar[tuple[str, ...]] = ("weight",)

    weight: np.ndarray

    def __init__(self, weight: ArrayLike, *, metadata: Mapping[str, Any] = EMPTY) -> None:
        self._fill(metadata, weight)


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Scale(NIRNode):
    """Element by element factor: y = s * x.

    Args:
        scale: the shape of the signal, or a number.

    Example:
        >>> Scale(2.0)
        Scale(scale=2.0)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("scale",)

    scale: np.ndarray

    def __init__(self, scale: ArrayLike, *, metadata: Mapping[str, Any] = EMPTY) -> None:
        self._fill(metadata, scale)

    def _input_shape(self) -> Shape | None:
        return self.scale.shape or None
