"""`draw`: a graph as a picture, without an outside program."""

from __future__ import annotations

from nir_core.drawing._svg import svg
from nir_core.errors import NirError, NirTypeError
from nir_core.graph import NIRGraph
from nir_core.semantics._record import semantics_of

__all__ = ["draw"]


def draw(graph: NIRGraph, *, unfold: int | bool = True) -> str:
    """Draw a graph: boxes in layers, shapes on the edges, closing edges of cycles dashed.

    Args:
        graph: any NIRGraph, also one with errors.
        unfold: levels of nested graphs whose content is drawn; True for all, False for none.

    Returns:
        The text of an SVG picture that needs nothing else.

    Raises:
        NirTypeError: the argument is not a NIRGraph.

    Example:
        >>> from nir_core import Scale
        >>> draw(NIRGraph.from_list(Scale([1.0, 2.0])))[:17]
        '<svg class="nir" '
    """
    if not isinstance(graph, NIRGraph):
        raise NirTypeError(f"draw needs a nir_core.NIRGraph, got {type(graph).__name__}")
    levels = (1 << 30) if unfold is True else int(unfold)
    notes = {}
    try:
        record = semantics_of(graph)
    except NirError:
        record = None
    if record is not None:
        notes = {"profile": record.profile, "dt": f"{record.dt:g} s"}
    return svg(graph, levels, notes)
