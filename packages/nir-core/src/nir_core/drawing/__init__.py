"""`draw`: a graph as a picture, without an outside program."""

from __future__ import annotations

from typing import Literal, overload

from nir_core.drawing._svg import svg
from nir_core.errors import NirError, NirTypeError
from nir_core.graph import NIRGraph
from nir_core.semantics._record import semantics_of

__all__ = ["draw"]


@overload
def draw(
    graph: NIRGraph,
    *,
    unfold: int | bool = ...,
    format: Literal["svg", "html"] = ...,
    title: str = ...,
) -> str: ...


@overload
def draw(
    graph: NIRGraph, *, unfold: int | bool = ..., format: Literal["png"], title: str = ...
) -> bytes: ...


def draw(
    graph: NIRGraph,
    *,
    unfold: int | bool = True,
    format: Literal["svg", "html", "png"] = "svg",
    title: str = "NIR graph",
) -> str | bytes:
    """Draw a graph: boxes in layers, shapes on the edges, closing edges of cycles dashed.

    An edge that closes a cycle says how much later its signal arrives: the recorded dt, or a
    step.

    Args:
        graph: any NIRGraph, also one with errors.
        unfold: levels of nested graphs whose content is drawn (in HTML: open at first); True
            for all, False for none.
        format: "svg" and "html" need nothing else; in "html" nested graphs fold. "png" needs
            Pillow (`pip install nir-core[png]`).
        title: title of an HTML page.

    Returns:
        The text of an SVG picture or HTML page, or the bytes of a PNG picture.

    Raises:
        NirTypeError: the argument is not a NIRGraph.
        NirError: the format is unknown, Pillow is missing or the PNG would be too large.

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
    if format == "svg":
        return svg(graph, levels, notes)
    if format == "html":
        from nir_core.drawing._page import page

        return page(graph, levels, notes, title)
    if format == "png":
        from nir_core.drawing._png import png

        return png(graph, levels, notes)
    raise NirError(f"a drawing is 'svg', 'html' or 'png', got {format!r}")
