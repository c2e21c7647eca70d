"""Threshold, mutable as in nir."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nir_core.compat.nir.ir.node import NIRNode, as_parameter

__all__ = ["Threshold"]


@dataclass(eq=False)
class Threshold(NIRNode):
    """Heaviside step: 1 where x > threshold, else 0.

    Args:
        threshold: the shape of the signal.
    """

    threshold: np.ndarray

    def __post_init__(self) -> None:
        self.threshold = as_parameter(self.threshold)
        shape = np.array(self.threshold.shape, dtype=np.int64)
        self.input_type = {"input": shape}
        self.output_type = {"output": shape.copy()}
