"""`check`: every finding about a graph at once, in linear time."""

from __future__ import annotations

from nir_core.checks._parameters import parameters
from nir_core.checks._semantics import semantics
from nir_core.checks._structure import structure
from nir_core.checks._values import values
from nir_core.errors import NirTypeError
from nir_core.findings import Finding, Report, node_path
from nir_core.nodes._network import Network
from nir_core.shapes import ShapeMap, infer_shapes

__all__ = ["check", "check_structure"]


def check(graph: Network) -> Report:
    """Look at structure, shapes, values and recorded semantics of a graph.

    Args:
        graph: any NIRGraph, also one built with `type_check=False`.

    Returns:
        A report with every finding; it is true when no error is among them.

    Raises:
        NirTypeError: the argument is not a nir_core graph.

    Example:
        >>> from nir_core import LIF, NIRGraph
        >>> graph = NIRGraph.from_list(LIF(tau=[20.0], r=[1.0], v_leak=[0.0], v_threshold=[1.0]))
        >>> [finding.code for finding in check(graph)]
        ['NIR044']
    """
    found = list(check_structure(graph))
    found += values(graph)
    found += semantics(graph)
    return Report(tuple(found))


def check_structure(graph: Network) -> Report:
    """Look at structure and shapes only: what `NIRGraph(..., type_check=True)` insists on.

    Args:
        graph: any NIRGraph.

    Returns:
        The findings whose codes are below NIR040.
    """
    if not isinstance(graph, Network):
        raise NirTypeError(
            f"check needs a nir_core.NIRGraph, got {type(graph).__name__}; "
            "objects of the nir package are turned by nir_core.from_nir"
        )
    own = graph.__dict__
    if "_structure" not in own:  # graphs do not change, so one look is enough
        found: list[Finding] = []
        if "_shapes" not in own:
            own["_shapes"] = infer_shapes(graph)
        shapes: ShapeMap = own["_shapes"]
        _collect(graph, (), shapes, found)
        found += shapes.problems
        own["_structure"] = Report(tuple(found))
    return own["_structure"]


def _collect(graph: Network, path: tuple[str, ...], shapes: ShapeMap, found: list[Finding]) -> None:
    found += structure(graph, path)
    for (name, node), regular in zip(graph.nodes.items(), shapes.regular, strict=True):
        if regular:
            continue
        if isinstance(node, Network):
            _collect(node, (*path, name), shapes.nested[name], found)
        else:
            found += parameters(node, node_path(*path, name), shapes[name])
