"""The nodes and the graph."""

from __future__ import annotations

from typing import Any

from nir_core.compat._errors import NirAssertionError, NirKeyError
from nir_core.compat.nir.ir.conv import Conv1d, Conv2d
from nir_core.compat.nir.ir.delay import Delay
from nir_core.compat.nir.ir.flatten import Flatten
from nir_core.compat.nir.ir.graph import Input, NIRGraph, Output
from nir_core.compat.nir.ir.linear import Affine, Linear, Scale
from nir_core.compat.nir.ir.neuron import IF, LI, LIF, CubaLI, CubaLIF, I
from nir_core.compat.nir.ir.pooling import AvgPool2d, SumPool2d
from nir_core.compat.nir.ir.threshold import Threshold
from nir_core.compat.nir.ir.typing import NIRNode

_NODES: dict[str, type[NIRNode]] = {
    cls.__name__: cls
    for cls in (
        Conv1d,
        Conv2d,
        Delay,
        Flatten,
        Input,
        NIRGraph,
        Output,
        Affine,
        Linear,
        Scale,
        CubaLI,
        CubaLIF,
        I,
        IF,
        LI,
        LIF,
        AvgPool2d,
        SumPool2d,
        Threshold,
    )
}


def str2NIRNode(type: str) -> type[NIRNode]:
    """Give the node class with a name.

    Args:
        type: such as "LIF" or "NIRGraph".

    Raises:
        NirAssertionError: no node has this name.

    Example:
        >>> str2NIRNode("LIF").__name__
        'LIF'
    """
    if type not in _NODES:
        raise NirAssertionError(f"unknown node type {type!r}; known are {', '.join(_NODES)}")
    return _NODES[type]


def dict2NIRNode(data_dict: dict[str, Any]) -> NIRNode:
    """Build the node or graph that a dictionary with a `type` entry describes.

    Args:
        data_dict: what `to_dict` gives.

    Raises:
        NirKeyError: there is no `type`.
        NirAssertionError: the type is not known.

    Example:
        >>> dict2NIRNode({"type": "Scale", "scale": [2.0]}).scale
        array([2.])
    """
    if "type" not in data_dict:
        raise NirKeyError("the dictionary has no 'type' entry that names the node's class")
    return str2NIRNode(data_dict["type"]).from_dict(data_dict)


__all__ = [
    "IF",
    "LI",
    "LIF",
    "Affine",
    "AvgPool2d",
    "Conv1d",
    "Conv2d",
    "CubaLI",
    "CubaLIF",
    "Delay",
    "Flatten",
    "I",
    "Input",
    "Linear",
    "NIRGraph",
    "NIRNode",
    "Output",
    "Scale",
    "SumPool2d",
    "Threshold",
    "dict2NIRNode",
    "str2NIRNode",
]
