"""Flatten, mutable as in nir."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from nir_core.compat.nir.ir.node import NIRNode
from nir_core.compat.nir.ir.typing import Types
from nir_core.compat.nir.ir.utils import calc_flatten_output, parse_shape_argument
from nir_core.errors import NirError

__all__ = ["Flatten"]


@dataclass(eq=False)
class Flatten(NIRNode):
    """Joins the axes start_dim to end_dim (inclusive); there is no batch axis to count.

    Args:
        input_type: the shape that goes in, `{"input": shape}`, or None.
        start_dim: first axis to join.
        end_dim: last axis to join; -1 is the last of all.
    """

    input_type: Types
    start_dim: int = 1
    end_dim: int = -1

    def __post_init__(self) -> None:
        self.input_type = parse_shape_argument(self.input_type, "input")
        shape = self.input_type["input"]
        if shape is None:
            self.output_type = {"output": None}  # type: ignore[dict-item]
            return
        output = calc_flatten_output(shape, self.start_dim, self.end_dim)
        if prod(map(int, output)) != prod(map(int, shape)):
            raise NirError(
                f"Flatten: axes {self.start_dim} to {self.end_dim} cannot be joined in a signal "
                f"of shape {tuple(map(int, shape))}"
            )
        self.output_type = {"output": np.array(output)}

    def to_dict(self) -> dict[str, Any]:
        return {**super().to_dict(), "input_type": self.input_type["input"]}

    @classmethod
    def from_dict(cls, node: dict[str, Any]) -> NIRNode:  # type: ignore[override]  # nir's name
        return super().from_dict({"input_type": None, **node})
