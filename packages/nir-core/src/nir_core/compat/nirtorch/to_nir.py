"""`extract_nir_graph`: a model as a graph, by running it once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch import nn

from nir_core.compat import nir
from nir_core.compat.nirtorch.graph import extract_torch_graph, traced
from nir_core.errors import NirError, NirWarning
from nir_core.torch._leaves import PASSED

__all__ = ["extract_nir_graph", "extract_torch_graph"]


def extract_nir_graph(
    model: nn.Module,
    model_map: Callable[[Any], Any],
    sample_data: Any,
    model_name: str | None = "model",
    ignore_submodules_of: Sequence[type] | None = None,
    model_fwd_args: Sequence[Any] = (),
    ignore_dims: Sequence[int] | None = None,
) -> Any:
    """Give a model as a graph of `nir_core.compat.nir`, by running it once.

    nirtorch advises `torch_to_nir` for new code.

    Args:
        model: the model.
        model_map: gives the node or graph of a module, or None for an Identity or a Dropout, which
            is then passed.
        sample_data: the first argument of the model.
        model_name: name of the node where the model has no children.
        ignore_submodules_of: classes of modules that become one node, or one graph, whole.
        model_fwd_args: further arguments of the model.
        ignore_dims: axes of the sample that are not part of shapes, such as batch and time.

    Returns:
        The graph, not checked. The nodes of a graph that model_map gave are part of it as
        "<module>.<node>".

    Raises:
        NirError: model_map does not know a module.
    """
    warnings.warn(
        "extract_nir_graph is deprecated in nirtorch; use torch_to_nir",
        DeprecationWarning,
        stacklevel=2,
    )
    found = traced(model, sample_data, model_name, model_fwd_args, ignore_submodules_of or ())

    def shape_of(size: Any) -> np.ndarray:
        array = np.array(tuple(size))
        return np.delete(array, list(ignore_dims)) if ignore_dims else array

    nodes: dict[str, Any] = {"input": nir.Input({"input": shape_of(sample_data.shape)})}
    edges: dict[tuple[str, str], None] = {}
    entry: dict[str, list[str]] = {}
    leave: dict[str, list[str]] = {}
    passing: set[str] = set()
    for one in found.node_list:
        mapped = model_map(one.elem)
        if mapped is None and isinstance(one.elem, PASSED):
            passing.add(one.name)
            continue
        if mapped is None:
            raise NirError(f"{one.name}: model_map gave nothing for {type(one.elem).__name__}")
        if hasattr(mapped, "nodes"):
            entry[one.name], leave[one.name] = _inline(one.name, mapped, nodes, edges)
        else:
            nodes[one.name] = mapped
            entry[one.name] = leave[one.name] = [one.name]
    roots = {one.name for one in found.get_root() or ()}
    targets = {one.name: [t.name for t in one.outgoing_nodes] for one in found.node_list}
    shapes = {one.name: found.module_output_types[one.elem] for one in found.node_list}
    for name in passing:
        _bypass(name, targets, roots)
    fed = {target for several in targets.values() for target in several}
    for one in found.node_list:
        if one.name in passing:
            continue
        if one.name in roots:
            edges.update(dict.fromkeys(("input", target) for target in entry[one.name]))
        elif one.name not in fed:
            warnings.warn(
                f"{one.name}: where its input comes from could not be followed; the node has no "
                "source",
                NirWarning,
                stacklevel=2,
            )
        for target in targets[one.name]:
            pairs = [(a, b) for a in leave[one.name] for b in entry[target]]
            edges.update(dict.fromkeys(pairs))
    last = [name for name, several in targets.items() if not several]
    for count, source in enumerate(last):
        name = "output" if count == 0 else f"output_{count}"
        nodes[name] = nir.Output({"output": shape_of(shapes[source])})
        edges.update(dict.fromkeys((one, name) for one in leave[source]))
    return nir.NIRGraph(nodes, list(edges), type_check=False)


def _bypass(name: str, targets: dict[str, list[str]], roots: set[str]) -> None:
    """Take a module out that gives its input on: what feeds it feeds what it feeds."""
    beyond = targets.pop(name)
    if name in roots:
        roots.remove(name)
        roots.update(beyond)
    for source, several in targets.items():
        if name in several:
            rest = [target for target in several if target != name]
            targets[source] = list(dict.fromkeys(rest + [t for t in beyond if t != source]))


def _inline(
    prefix: str, graph: Any, nodes: dict[str, Any], edges: dict[tuple[str, str], None]
) -> tuple[list[str], list[str]]:
    """Add the nodes of a graph without its ends; give where signals enter and leave it."""
    kinds = {name: type(node).__name__ for name, node in graph.nodes.items()}
    for name, node in graph.nodes.items():
        if hasattr(node, "nodes"):
            raise NirError(f"{prefix}.{name}: a graph inside a graph of model_map is not inlined")
        if kinds[name] not in ("Input", "Output"):
            nodes[f"{prefix}.{name}"] = node
    entry, leave = [], []
    for source, target in graph.edges:
        a, b = f"{prefix}.{source}", f"{prefix}.{target}"
        if kinds[source] == "Input":
            entry.append(b)
        if kinds[target] == "Output":
            leave.append(a)
        if kinds[source] != "Input" and kinds[target] != "Output":
            edges[a, b] = None
    return entry, leave
