"""Nodes and graphs from plain dictionaries, as nir's `to_dict` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nir_core.errors import NirError, NirTypeError
from nir_core.graph import NIRGraph
from nir_core.nodes import PRIMITIVES, NIRNode

__all__ = ["dict2NIRNode", "graph_from_dict", "str2NIRNode"]


def str2NIRNode(type: str) -> type[NIRNode]:
    """Give the node class with a name.

    Args:
        type: such as "LIF" or "NIRGraph".

    Returns:
        The class.

    Raises:
        NirError: no node has this name.

    Example:
        >>> str2NIRNode("LIF").__name__
        'LIF'
    """
    if type == "NIRGraph":
        return NIRGraph
    try:
        return PRIMITIVES[type]
    except (KeyError, TypeError):
        raise NirError(
            f"unknown node type {type!r}; known are {', '.join([*PRIMITIVES, 'NIRGraph'])}"
        ) from None


def dict2NIRNode(data_dict: Mapping[str, Any]) -> NIRNode:
    """Build the node or graph that a dictionary with a `type` entry describes.

    Args:
        data_dict: what `to_dict` gives.

    Returns:
        The node.

    Raises:
        NirError: the type is missing or unknown, or a field is.

    Example:
        >>> dict2NIRNode({"type": "Scale", "scale": 2.0})
        Scale(scale=2.0)
    """
    if not isinstance(data_dict, Mapping):
        raise NirTypeError(f"expected the dictionary of a node, got {type(data_dict).__name__}")
    if "type" not in data_dict:
        raise NirError("the dictionary has no 'type' entry that names the node's class")
    return str2NIRNode(data_dict["type"]).from_dict(data_dict)


def _text(name: Any) -> Any:
    return name.decode("utf-8") if isinstance(name, bytes) else name


def graph_from_dict(content: Mapping[str, Any]) -> NIRGraph:
    """Build a graph from its dictionary: `nodes`, `edges`, optional `metadata`, `type_check`."""
    if not isinstance(content, Mapping):
        raise NirTypeError(f"expected the dictionary of a graph, got {type(content).__name__}")
    for key, kind in (("nodes", Mapping), ("edges", Iterable)):
        if key not in content:
            raise NirError(f"NIRGraph needs the field {key!r}, which is missing")
        if not isinstance(content[key], kind):
            raise NirTypeError(f"NIRGraph.{key}: got {type(content[key]).__name__}")
    if content.get("type", "NIRGraph") != "NIRGraph":
        raise NirError(f"NIRGraph.from_dict: the dictionary is of type {content['type']!r}")
    known = ("type", "nodes", "edges", "metadata", "type_check", "input_type", "output_type")
    for key in content:
        if key not in known:
            raise NirError(f"NIRGraph has no field {key!r}")
    nodes = {name: dict2NIRNode(node) for name, node in content["nodes"].items()}
    edges = [
        tuple(map(_text, edge)) if isinstance(edge, Iterable) else edge for edge in content["edges"]
    ]
    check = bool(content.get("type_check", True))
    return NIRGraph(nodes, edges, metadata=content.get("metadata"), type_check=check)
