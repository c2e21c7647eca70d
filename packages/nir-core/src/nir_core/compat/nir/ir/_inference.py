"""Type inference on mutable graphs, in time linear in nodes and edges."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from nir_core.compat._errors import NirPortsError
from nir_core.compat.nir.ir.conv import Conv1d, Conv2d, conv_types
from nir_core.compat.nir.ir.delay import Delay
from nir_core.compat.nir.ir.flatten import Flatten
from nir_core.compat.nir.ir.linear import Scale
from nir_core.compat.nir.ir.neuron import IF, LI, LIF, CubaLI, CubaLIF, I
from nir_core.compat.nir.ir.pooling import AvgPool2d, SumPool2d
from nir_core.compat.nir.ir.threshold import Threshold
from nir_core.compat.nir.ir.utils import calculate_conv_output
from nir_core.errors import NirError

if TYPE_CHECKING:
    from nir_core.compat.nir.ir.graph import NIRGraph
    from nir_core.compat.nir.ir.node import NIRNode

__all__ = ["check", "infer", "validate"]

_ELEMENTWISE = (Scale, Delay, Threshold, I, IF, LI, LIF, CubaLI, CubaLIF)


def _unknown(types: dict[str, Any] | None) -> bool:
    return types is None or any(shape is None for shape in types.values())


def _told(types: dict[str, Any] | None) -> str:
    if _unknown(types):
        return "unknown"
    assert types is not None
    return ", ".join(str(np.asarray(shape)) for shape in types.values())


def _equal(a: dict[str, Any], b: dict[str, Any]) -> bool:
    pairs = zip(a.values(), b.values(), strict=False)
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in pairs)


def validate(graph: NIRGraph) -> None:
    """Refuse edges that name no node, and edges that stand twice."""
    seen = set()
    for source, target in graph.edges:
        for end, name in (("source", source), ("destination", target)):
            if name not in graph.nodes:
                raise NirError(
                    f"edge {(source, target)!r}: the {end} node {name!r} does not exist; "
                    f"the graph has {', '.join(map(repr, graph.nodes))}"
                )
        if (source, target) in seen:
            raise NirError(f"Duplicate edge: {(source, target)!r}")
        seen.add((source, target))
    for name, node in graph.nodes.items():
        if hasattr(node, "validate_structure"):
            try:
                node.validate_structure()  # type: ignore[attr-defined]
            except NirError as error:
                raise NirError(f"In subgraph {name!r}: {error}") from None


def check(graph: NIRGraph) -> bool:
    """Compare the types at both ends of every edge."""
    for source, target in graph.edges:
        before, after = graph.nodes[source], graph.nodes[target]
        if hasattr(after, "check_types"):
            after.check_types()  # type: ignore[attr-defined]
        if _unknown(before.output_type):
            raise NirError(f"node {source!r} ({type(before).__name__}) has no output type")
        if _unknown(after.input_type):
            raise NirError(f"node {target!r} ({type(after).__name__}) has no input type")
        if len(before.output_type) != len(after.input_type):
            raise NirError(
                f"type length mismatch: len({source}.output)={len(before.output_type)} -> "
                f"len({target}.input)={len(after.input_type)}"
            )
        if len(before.output_type) > 1:
            raise NirPortsError(
                f"edge {source!r} -> {target!r}: which of several ports it joins cannot be told"
            )
        if not _equal(before.output_type, after.input_type):
            raise _mismatch(source, before, target, after)
    return True


def _mismatch(source: str, before: NIRNode, target: str, after: NIRNode) -> NirError:
    return NirError(
        f"type mismatch: {source}.output: {_told(before.output_type)} -> "
        f"{target}.input: {_told(after.input_type)}; {type(before).__name__} gives the one, "
        f"{type(after).__name__} takes the other"
    )


def infer(graph: NIRGraph) -> None:
    """Fill in the types of all nodes, and put Inputs and Outputs where they are missing."""
    from nir_core.compat.nir.ir.graph import Input, Output

    if not graph.nodes:
        return
    graph.validate_structure()
    targets = {target for _, target in graph.edges}
    for name, node in list(graph.nodes.items()):
        if name in targets:
            continue
        if _unknown(node.input_type):
            raise NirError(
                f"node {name!r} ({type(node).__name__}) has no source and no input type; "
                "put an Input with the shape before it"
            )
        if not isinstance(node, Input):
            fresh = _free(graph, f"input_{name}")
            graph.nodes[fresh] = Input({"input": next(iter(node.input_type.values()))})
            graph.edges.append((fresh, name))
    waiting = deque(name for name, node in graph.nodes.items() if isinstance(node, Input))
    if not waiting:
        raise NirError(
            "no Input was found and every node has a source; add an Input to say where the "
            "signal enters, or pass type_check=False"
        )
    successors: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for source, target in graph.edges:
        successors[source].append(target)
    seen = set(waiting)
    while waiting:
        source = waiting.popleft()
        for target in successors[source]:
            _arrive(source, graph.nodes[source], target, graph.nodes[target])
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    leaves = [name for name in graph.nodes if not successors[name]]
    if not leaves:
        raise NirError(
            "no Output was found and every node has a target; add an Output to say where the "
            "signal leaves, or pass type_check=False"
        )
    for name in leaves:
        node = graph.nodes[name]
        if isinstance(node, Output):
            continue
        if _unknown(node.output_type):
            raise NirError(
                f"node {name!r} ({type(node).__name__}) has no target and its output type does "
                "not follow; put an Output behind it"
            )
        fresh = _free(graph, f"output_{name}")
        graph.nodes[fresh] = Output({"output": next(iter(node.output_type.values()))})
        graph.edges.append((name, fresh))
    graph._update_input_output_types()


def _free(graph: NIRGraph, name: str) -> str:
    if name not in graph.nodes:
        return name
    count = 0
    while f"{name}_{count}" in graph.nodes:
        count += 1
    return f"{name}_{count}"


def _arrive(source: str, before: NIRNode, target: str, after: NIRNode) -> None:
    """Bring the type of a source to a target, and work out what the target gives."""
    from nir_core.compat.nir.ir.graph import Output

    given = before.output_type
    if _unknown(given):
        return
    nested = hasattr(after, "infer_types")
    if nested and len(given) == 1:
        for node in after.inputs.values():  # type: ignore[attr-defined]
            if _unknown(node.input_type) and len(after.inputs) == 1:  # type: ignore[attr-defined]
                (shape,) = given.values()
                node.input_type, node.output_type = {"input": shape}, {"output": shape}
    if nested:
        after.infer_types()  # type: ignore[attr-defined]
    if len(given) == 1 and _adapts(after):
        (shape,) = given.values()
        after.input_type, after.output_type = {"input": shape}, {"output": shape}
    elif _unknown(after.input_type):
        after.input_type = {port.replace("output", "input"): shape for port, shape in given.items()}
    elif not _equal(given, after.input_type):
        raise _mismatch(source, before, target, after)
    if isinstance(after, Output):
        after.output_type = {"output": next(iter(after.input_type.values()))}
    elif _unknown(after.output_type):
        _produce(after)


def _adapts(node: NIRNode) -> bool:
    """Whether a node holds single numbers, which fit a signal of any shape."""
    if not isinstance(node, _ELEMENTWISE):
        return False
    first = next(iter(node.__dataclass_fields__.keys() - _COMMON))
    return not np.shape(getattr(node, first))


_AXES = {"Conv1d": 2, "Conv2d": 3, "SumPool2d": 3, "AvgPool2d": 3}
_COMMON = {"input_type", "output_type", "metadata"}


def _produce(node: NIRNode) -> None:
    """Work out the output type of a node whose input type has just become known."""
    shape = next(iter(node.input_type.values()))
    axes = _AXES.get(type(node).__name__)
    if axes is not None and len(shape) != axes:
        raise NirError(
            f"{type(node).__name__} takes a signal with {axes} axes, got shape "
            f"{np.asarray(shape).tolist()}"
        )
    if isinstance(node, Conv1d):
        node.input_shape = int(shape[1])
        conv_types(node)
    elif isinstance(node, Conv2d):
        node.input_shape = (int(shape[1]), int(shape[2]))
        conv_types(node)
    elif isinstance(node, (SumPool2d, AvgPool2d)):
        out = calculate_conv_output(shape[1:], node.padding, 1, node.kernel_size, node.stride)  # type: ignore[arg-type]
        node.output_type = {"output": np.array([shape[0], *out])}
    elif isinstance(node, Flatten):
        node.__post_init__()
