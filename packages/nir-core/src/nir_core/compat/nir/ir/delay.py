"""Delay, mutable as in nir."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nir_core.compat.nir.ir.node import NIRNode, as_parameter

__all__ = ["Delay"]


@dataclass(eq=False)
class Delay(NIRNode):
    """Holds a signal back: y(t) = x(t - delay).

    Args:
        delay: seconds, the shape of the signal.
    """

    delay: np.ndarray

    def __post_init__(self) -> None:
        self.delay = as_parameter(self.delay)
        shape = np.array(self.delay.shape, dtype=np.int64)
        self.input_type = {"input": shape}
        self.output_type = {"output": shape.copy()}
