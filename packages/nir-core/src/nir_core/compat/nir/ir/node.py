"""NIRNode: the base of all nodes, mutable as in nir."""

from __future__ import annotations

from abc import ABC
from copy import deepcopy
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from nir_core.compat._errors import NirAssertionError, NirAttributeError, NirKeyError

__all__ = ["NIRNode", "as_parameter", "same_shapes"]


@dataclass(eq=False)
class NIRNode(ABC):  # noqa: B024
    """Base of all nodes; two nodes are equal only when they are the same object.

    Own nodes are made as in nir: a dataclass that derives from this and sets `input_type`
    and `output_type` in `__post_init__`.

    Args:
        metadata: anything worth keeping beside the node.
    """

    input_type: dict[str, np.ndarray] = field(init=False, kw_only=True)
    output_type: dict[str, np.ndarray] = field(init=False, kw_only=True)
    metadata: dict[str, Any] = field(default_factory=dict, kw_only=True)

    def __init__(self) -> None:
        raise NirAttributeError("NIRNode is only the base of nodes; make one of its subclasses")

    def to_dict(self) -> dict[str, Any]:
        """Give the fields, with copies of the arrays, and the class name under `type`."""
        content = {
            f.name: deepcopy(getattr(self, f.name))
            for f in fields(self)
            if f.name not in ("input_type", "output_type")
        }
        content["type"] = type(self).__name__
        return content

    @classmethod
    def from_dict(cls, kwargs: dict[str, Any]) -> NIRNode:
        """Build a node from what `to_dict` gives.

        Raises:
            NirKeyError: there is no `type`.
            NirAssertionError: the type is another one.
        """
        if "type" not in kwargs:
            raise NirKeyError("the dictionary has no 'type' entry that names the node's class")
        if kwargs["type"] != cls.__name__:
            raise NirAssertionError(
                f"{cls.__name__}.from_dict: the dictionary is of type {kwargs['type']!r}"
            )
        return cls(**{name: value for name, value in kwargs.items() if name != "type"})


def as_parameter(value: Any) -> Any:
    """Give numbers and lists as arrays; whatever has a shape is kept as it is."""
    return value if hasattr(value, "shape") else np.asarray(value)


def same_shapes(node: NIRNode, names: tuple[str, ...]) -> tuple[int, ...]:
    """Turn parameters into arrays and give their common shape.

    Raises:
        NirAssertionError: the shapes differ.
    """
    for name in names:
        setattr(node, name, as_parameter(getattr(node, name)))
    shapes = {name: tuple(getattr(node, name).shape) for name in names}
    if len(set(shapes.values())) > 1:
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise NirAssertionError(
            f"{type(node).__name__}: all parameters must have the same shape, got {told}"
        )
    return next(iter(shapes.values()))
