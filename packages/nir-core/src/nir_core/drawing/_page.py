"""The picture as a page: one drawing per graph, those of nested graphs folded below it."""

from __future__ import annotations

from collections.abc import Mapping

from nir_core.drawing._escape import escape
from nir_core.drawing._svg import svg
from nir_core.graph import NIRGraph
from nir_core.shapes import ShapeMap

__all__ = ["page"]

_STYLE = (
    "body{font:14px system-ui,sans-serif;margin:1.5em;color:#202124}"
    "details{margin:.6em 0 .6em 1.2em;border-left:3px solid #dadce0;padding-left:.8em}"
    "summary{cursor:pointer;font-weight:bold}summary span{font-weight:normal;color:#5f6368}"
    ".picture{overflow-x:auto}.picture svg{max-width:none!important}"
)


def _level(
    graph: NIRGraph, shapes: ShapeMap, path: tuple[str, ...], unfold: int, notes: Mapping[str, str]
) -> list[str]:
    parts = [f'<div class="picture">{svg(graph, 0, notes, shapes=shapes, path=path)}</div>']
    for name, node in graph.nodes.items():
        if not isinstance(node, NIRGraph):
            continue
        opened = " open" if unfold > 0 else ""
        count = f"{len(node.nodes)} nodes, {len(node.edges)} edges"
        parts.append(
            f"<details{opened}><summary>{escape('/'.join((*path, name)))} "
            f"<span>{count}</span></summary>"
        )
        inner = {"dt": notes["dt"]} if "dt" in notes else {}
        parts += _level(node, shapes.nested[name], (*path, name), unfold - 1, inner)
        parts.append("</details>")
    return parts


def page(graph: NIRGraph, unfold: int, notes: Mapping[str, str], title: str) -> str:
    """Give a graph as the text of an HTML page that needs nothing else.

    Args:
        graph: the graph.
        unfold: levels of nested graphs that are open at first.
        notes: what stands above the picture.
        title: title of the page.
    """
    body = "".join(_level(graph, graph.shapes, (), unfold, notes))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )
