"""`check`: every finding about a graph at once, in linear time."""

from __future__ import annotations

from nir_core.checks._parameters import parameters
from nir_core.checks._semantics import semantics
from nir_core.checks._structure import structure
from nir_core.checks._values import values
from nir_core.errors import NirTypeError
from nir_core.findings import Finding, Report, node_path
from nir_core.graph import NIRGraph
from nir_core.shapes import ShapeMap

__all__ = ["check", "check_structure"]


def check(graph: NIRGraph) -> Report:
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


def check_structure(graph: NIRGraph) -> Report:
    """Look at structure and shapes only: what `NIRGraph(..., type_check=True)` insists on.

    Args:
        graph: any NIRGraph.

    Returns:
        The findings whose codes are below NIR040.
    """
    if not isinstance(graph, NIRGraph):
        raise NirTypeError(
            f"check needs a nir_core.NIRGraph, got {type(graph).__name__}; "
            "objects of the nir package are turned by nir_core.from_nir"
        )
    own = graph.__dict__
    if "_structure" not in own:  # graphs do not change, so one look is enough
        found: list[Finding] = []
        _collect(graph, (), graph.shapes, found)
        found += graph.shapes.problems
        own["_structure"] = Report(tuple(found))
    return own["_structure"]


def _collect(
    graph: NIRGraph, path: tuple[str, ...], shapes: ShapeMap, found: list[Finding]
) -> None:
    found += structure(graph, path)
    for name, node in graph.nodes.items():
        if isinstance(node, NIRGraph):
            _collect(node, (*path, name), shapes.nested[name], found)
        else:
            found += parameters(node, node_path(*path, name), shapes[name])
