"""Conversion to and from the objects of the real nir package."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from nir_core.checks import check_structure
from nir_core.errors import NirError, NirTypeError
from nir_core.graph import NIRGraph
from nir_core.nodes import PRIMITIVES, Affine, Conv1d, Conv2d, Flatten, Input, NIRNode, Output
from nir_core.nodes._base import build
from nir_core.shapes import NodeShapes, ShapeMap, fill_shapes, resolve

__all__ = ["from_nir", "rebuild", "to_nir"]


def _nir() -> Any:
    try:
        import nir
    except ImportError as error:
        raise NirError("to_nir needs the package nir: pip install nir") from error
    return nir


def _thawed(value: Any) -> Any:
    if hasattr(value, "items"):
        return {name: _thawed(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_thawed(item) for item in value]
    return value.copy() if isinstance(value, np.ndarray) else value


def to_nir(graph: NIRNode, *, type_check: bool = True) -> Any:
    """Give a graph or node as objects of the installed nir package.

    Numbers that stand for a whole layer are spread over it, and shapes that follow from the
    graph are filled in, since nir demands both.

    Args:
        graph: a graph or a single node.
        type_check: let nir check the graph it builds.

    Returns:
        A `nir.NIRGraph` or another nir node; its arrays are copies.

    Raises:
        NirError: nir is not installed, or its check refuses the graph.
    """
    return rebuild(graph, _nir(), type_check=type_check)


def rebuild(graph: NIRNode, module: Any, *, type_check: bool = True) -> Any:
    """Give a graph or node as objects of a module with nir's classes, as `to_nir` does."""
    if not isinstance(graph, NIRNode):
        raise NirTypeError(f"expected a graph or node of nir_core, got {type(graph).__name__}")
    if isinstance(graph, NIRGraph):
        return _graph_to_nir(module, fill_shapes(graph), graph.shapes, type_check)
    return _node_to_nir(module, graph, resolve(graph, None))


def _graph_to_nir(nir: Any, graph: NIRGraph, shapes: ShapeMap, type_check: bool) -> Any:
    nodes = {}
    for name, node in graph.nodes.items():
        if isinstance(node, NIRGraph):
            nodes[name] = _graph_to_nir(nir, node, shapes.nested[name], type_check)
        else:
            nodes[name] = _node_to_nir(nir, node, shapes[name])
    # Up to 1.0.4, nir could not be told to leave the types alone, nor to keep metadata.
    known = inspect.signature(nir.NIRGraph).parameters
    options = {"type_check": type_check} if "type_check" in known else {}
    edges = [tuple(edge) for edge in graph.edges]
    try:
        made = nir.NIRGraph(nodes=nodes, edges=edges, **options)
    except NirError:
        raise
    except Exception as error:
        # It infers other shapes than ours for grouped convolutions, 'same' with a stride, ...
        hint = "" if check_structure(graph).errors else "; nir_core finds nothing wrong with it"
        rest = " and type_check=False builds it unchecked" if options and hint else ""
        raise NirError(f"nir refuses the graph: {error}{hint}{rest}") from error
    made.metadata = _thawed(graph.metadata)
    return made


def _node_to_nir(nir: Any, node: NIRNode, shapes: NodeShapes) -> Any:
    content: dict[str, Any] = {}
    for name, value in node.items():
        if name in node._parameters:
            value = np.array(_spread(node, name, shapes))
        elif name in ("kernel_size",) or (name in ("stride", "padding") and _is_pool(node)):
            value = np.array(value)
        elif name in ("input_type", "output_type"):
            value = {port: None if s is None else s.copy() for port, s in value.items()}
        content[name] = value
    cls = getattr(nir, type(node).__name__, None)
    if cls is None:
        raise NirError(f"this release of nir has no {type(node).__name__}; install a later one")
    # Up to 1.0.4, nir knew no reset potential and meant zero.
    known = getattr(cls, "__dataclass_fields__", content)
    if "v_reset" in content and "v_reset" not in known and np.any(content.pop("v_reset")):
        raise NirError(
            f"{cls.__name__}: this release of nir has no v_reset, and it is not zero here; "
            "install nir 1.0.6 or later"
        )
    made = cls(**content)
    made.metadata = _thawed(node.metadata)
    return made


def _is_pool(node: NIRNode) -> bool:
    return type(node).__name__.endswith("Pool2d")


def _spread(node: NIRNode, name: str, shapes: NodeShapes) -> np.ndarray:
    array = np.asarray(node.__dict__[name])
    if name == "weight":
        return array
    if isinstance(node, (Affine, Conv1d, Conv2d)):
        axis = -2 if isinstance(node, Affine) else 0
        return np.broadcast_to(array, (node.weight.shape[axis],)) if not array.ndim else array
    if shapes.input is None:
        return array
    try:
        return np.broadcast_to(array, shapes.input)
    except ValueError:
        return array


def from_nir(nir_graph: Any, *, type_check: bool = True) -> Any:
    """Give objects of the nir package as a nir_core graph or node.

    Args:
        nir_graph: a `nir.NIRGraph` or another nir node.
        type_check: as for `NIRGraph`.

    Returns:
        A `NIRGraph`, or the node for a single nir node. Arrays are copied once.

    Raises:
        NirTypeError: the object, or one inside it, is not a nir node.
        NirError: with `type_check`, listing what is wrong.
    """
    return _from(nir_graph, (), type_check)


def _from(node: Any, path: tuple[str, ...], type_check: bool) -> Any:
    where = "/" + "/".join(path)
    if isinstance(node, NIRNode):
        return node
    kind = type(node).__name__
    metadata = getattr(node, "metadata", None) or {}
    if kind == "NIRGraph":
        nodes = {name: _from(n, (*path, name), False) for name, n in node.nodes.items()}
        return NIRGraph(nodes, node.edges, metadata, type_check=type_check)
    if kind not in PRIMITIVES:
        raise NirTypeError(f"{where}: {kind} is not a node of NIR")
    cls = PRIMITIVES[kind]
    content = {name: getattr(node, name) for name in cls.field_names() if hasattr(node, name)}
    if cls in (Input, Output, Flatten):
        port = "output_type" if cls is Output else "input_type"
        content[port] = _first(content.get(port))
    try:
        return build(cls, {**content, "metadata": metadata})
    except NirError as error:
        raise type(error)(f"{where}: {error}") from None


def _first(types: Any) -> Any:
    return next(iter(types.values()), None) if isinstance(types, dict) else types
