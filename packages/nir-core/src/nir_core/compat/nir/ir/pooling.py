"""SumPool2d and AvgPool2d, mutable as in nir."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nir_core.compat.nir.ir.node import NIRNode

__all__ = ["AvgPool2d", "SumPool2d"]


@dataclass(eq=False)
class SumPool2d(NIRNode):
    """Sum over windows: (C, H, W) -> (C, H', W').

    Args:
        kernel_size: window (height, width).
        stride: steps (vertical, horizontal).
        padding: zeros added at each side.
    """

    kernel_size: np.ndarray
    stride: np.ndarray
    padding: np.ndarray

    def __post_init__(self) -> None:
        self.input_type = {"input": None}  # type: ignore[dict-item]
        self.output_type = {"output": None}  # type: ignore[dict-item]


@dataclass(eq=False)
class AvgPool2d(NIRNode):
    """Mean over windows: (C, H, W) -> (C, H', W').

    Args:
        kernel_size: window (height, width).
        stride: steps (vertical, horizontal).
        padding: zeros added at each side.
    """

    kernel_size: np.ndarray
    stride: np.ndarray
    padding: np.ndarray

    def __post_init__(self) -> None:
        self.input_type = {"input": None}  # type: ignore[dict-item]
        self.output_type = {"output": None}  # type: ignore[dict-item]
