"""Nodes that carry a signal without computing: Input, Output, Flatten and Delay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nir_core._values import EMPTY
from nir_core.nodes._base import NIRNode, Shape, _as_type, as_shape
from nir_core.nodes._conv import as_int

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Delay", "Flatten", "Input", "Output", "flattened"]


class _Terminal(NIRNode):
    _port: ClassVar[str]

    def __post_init__(self) -> None:
        super().__post_init__()
        field = f"{self._port}_type"
        shape = as_shape(self.__dict__[field], self._port)
        self.__dict__[field] = _as_type(self._port, shape)
        self.__dict__["_shape"] = shape

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.__dict__["_shape"] = as_shape(state[f"{self._port}_type"], self._port)

    @property
    def shape(self) -> Shape | None:
        """The shape of the signal without time and batch, or None where it is not fixed."""
        return self.__dict__["_shape"]

    def _input_shape(self) -> Shape | None:
        return self.__dict__["_shape"]

    def to_dict(self) -> dict[str, Any]:
        content = super().to_dict()
        content["shape"] = content.pop(f"{self._port}_type")[self._port]
        return content

    @classmethod
    def from_dict(cls, content: Any) -> Any:
        content = dict(content)
        if "shape" in content:
            content[f"{cls._port}_type"] = {cls._port: content.pop("shape")}
        return super().from_dict(content)


@dataclass(frozen=True, eq=False, repr=False)
class Input(_Terminal):
    """Where a signal enters the graph.

    Args:
        input_type: the shape without time and batch: a sequence, an array,
            `{"input": shape}`, or None where it is not fixed.

    Example:
        >>> Input((2, 34, 34)).shape
        (2, 34, 34)
    """

    _port: ClassVar[str] = "input"

    input_type: Any


@dataclass(frozen=True, eq=False, repr=False)
class Output(_Terminal):
    """Where a signal leaves the graph.

    Args:
        output_type: the shape without time and batch, as for `Input`.

    Example:
        >>> Output([10]).output_type["output"]
        array([10])
    """

    _port: ClassVar[str] = "output"

    output_type: Any


def flattened(shape: Shape, start_dim: int, end_dim: int) -> Shape | None:
    """Give the shape after axes start_dim..end_dim (inclusive) became one, or None.

    Example:
        >>> flattened((2, 3, 4), 1, -1)
        (2, 12)
    """
    rank = len(shape)
    if rank == 0:
        return (1,) if start_dim in (0, -1) and end_dim in (0, -1) else None
    start = start_dim + rank if start_dim < 0 else start_dim
    end = end_dim + rank if end_dim < 0 else end_dim
    if not 0 <= start <= end < rank:
        return None
    return (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])


@dataclass(frozen=True, eq=False, repr=False)
class Flatten(NIRNode):
    """Joins the axes start_dim to end_dim (inclusive); there is no batch axis to count.

    Args:
        input_type: the shape that goes in, as for `Input`, or None where the graph decides.
        start_dim: first axis to join.
        end_dim: last axis to join; -1 is the last of all.

    Example:
        >>> Flatten((2, 3, 4), start_dim=0).output_type["output"]
        array([24])
    """

    input_type: Any
    start_dim: int = 1
    end_dim: int = -1

    def __post_init__(self) -> None:
        super().__post_init__()
        own = self.__dict__
        own["input_type"] = _as_type("input", as_shape(own["input_type"], "input"))
        for key in ("start_dim", "end_dim"):
            own[key] = as_int(own[key], f"Flatten.{key}")

    def _input_shape(self) -> Shape | None:
        return as_shape(self.__dict__["input_type"], "input")

    def _output_shape(self) -> Shape | None:
        shape = self._input_shape()
        return None if shape is None else flattened(shape, self.start_dim, self.end_dim)

    def to_dict(self) -> dict[str, Any]:
        content = super().to_dict()
        content["input_type"] = content["input_type"]["input"]
        return content

    @classmethod
    def from_dict(cls, content: Any) -> Any:
        return super().from_dict({"input_type": None, **content})


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Delay(NIRNode):
    """Holds a signal back: y(t) = x(t - delay).

    Args:
        delay: seconds, the shape of the signal, or a number.

    Example:
        >>> Delay([1e-3, 2e-3]).output_type["output"]
        array([2])
    """

    _parameters: ClassVar[tuple[str, ...]] = ("delay",)

    delay: np.ndarray

    def __init__(self, delay: ArrayLike, *, metadata: Mapping[str, Any] = EMPTY) -> None:
        self._fill(metadata, delay)

    def _input_shape(self) -> Shape | None:
        return self.delay.shape or None
