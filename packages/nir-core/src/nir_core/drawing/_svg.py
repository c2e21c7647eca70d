"""The picture as SVG text."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from nir_core.drawing._escape import escape
from nir_core.drawing._layout import Layout, Route, arrange, corners
from nir_core.graph import NIRGraph
from nir_core.nodes import NEURONS, Conv1d, Conv2d, Input, NIRNode, Output
from nir_core.shapes import ShapeMap

__all__ = ["COLOURS", "Drawing", "detail", "kind_of", "margin", "shorten", "svg"]

_CHARACTER = 6.6  # width of a character of the 11 px monospaced font
margin = 14.0
_HEADER = 22.0

# Fill and line per kind of node: distinguishable without colour by the label as well.
COLOURS = {
    "terminal": ("#e8eaed", "#5f6368"),
    "neuron": ("#fde7d3", "#b3541e"),
    "weights": ("#dcebfb", "#1f5fa8"),
    "plain": ("#e5f2e5", "#3b7a3b"),
    "graph": ("#fafafa", "#80868b"),
}

_STYLE = (
    ".nir text{font:11px ui-monospace,Menlo,Consolas,monospace;fill:#202124}"
    ".nir .name{font-weight:bold}.nir .edge{fill:none;stroke:#5f6368;stroke-width:1.3}"
    ".nir .closing{stroke-dasharray:5 3;stroke:#b3541e}.nir .shape{font-size:10px;fill:#3c4043;"
    "paint-order:stroke;stroke:#ffffff;stroke-width:3px}"
)


def kind_of(node: NIRNode) -> str:
    if isinstance(node, NIRGraph):
        return "graph"
    if isinstance(node, (Input, Output)):
        return "terminal"
    if isinstance(node, NEURONS):
        return "neuron"
    return "weights" if "weight" in node._parameters else "plain"


def _number(value: Any) -> str:
    return f"{float(value):.4g}"


def detail(node: NIRNode) -> str:
    """The line below the name: class and what matters most."""
    kind = type(node).__name__
    if isinstance(node, NIRGraph):
        return f"NIRGraph, {len(node.nodes)} nodes"
    if isinstance(node, (Conv1d, Conv2d)):
        return f"{kind} {'x'.join(map(str, node.weight.shape[2:]))}"
    if hasattr(node, "kernel_size"):
        return f"{kind} {'x'.join(map(str, node.__dict__['kernel_size']))}"
    for name in ("tau", "tau_mem", "delay"):
        if name in node._parameters:
            return f"{kind} {name} {_span(node.__dict__[name])}"
    return kind


def _span(array: Any) -> str:
    """Seconds in milliseconds, one value or a range; large arrays are not loaded for it."""
    if array.size == 0 or array.size > 1 << 20:
        return "..."
    low, high = float(np.min(array)) * 1e3, float(np.max(array)) * 1e3
    return f"{_number(low)} ms" if low == high else f"{_number(low)}-{_number(high)} ms"


def _label(shape: tuple[int, ...] | None) -> str:
    return "?" if shape is None else "x".join(map(str, shape)) or "1"


def shorten(text: str, most: int = 28) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _path(route: Route) -> str:
    points = route.points
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    if route.closing:
        for (ax, ay), (bx, by), (cx, cy) in corners(points):
            parts.append(f"L{ax:.1f} {ay:.1f}Q{bx:.1f} {by:.1f} {cx:.1f} {cy:.1f}")
        return "".join(parts) + f"L{points[-1][0]:.1f} {points[-1][1]:.1f}"
    for (ax, ay), (bx, by) in pairwise(points):
        if ay == by:
            parts.append(f"L{bx:.1f} {by:.1f}")
        else:
            half = (bx - ax) / 2
            parts.append(f"C{ax + half:.1f} {ay:.1f} {bx - half:.1f} {by:.1f} {bx:.1f} {by:.1f}")
    return "".join(parts)


class Drawing:
    """One graph drawn at the origin, with the drawings of the graphs inside it."""

    def __init__(
        self,
        graph: NIRGraph,
        shapes: ShapeMap,
        path: tuple[str, ...],
        unfold: int,
        dt: str | None = None,
    ) -> None:
        self.graph, self.shapes, self.path, self.dt = graph, shapes, path, dt
        self.inner: dict[str, Drawing] = {}
        sizes: dict[str, tuple[float, float]] = {}
        for name, node in graph.nodes.items():
            if isinstance(node, NIRGraph) and unfold > 0:
                drawing = Drawing(node, shapes.nested[name], (*path, name), unfold - 1, dt)
                self.inner[name] = drawing
                width = max(drawing.width, len(shorten(name)) * _CHARACTER)
                sizes[name] = (
                    width + 2 * margin,
                    drawing.layout.height + _HEADER + margin,
                )
            else:
                letters = max(len(shorten(name)), len(shorten(detail(node))))
                sizes[name] = (letters * _CHARACTER + 18, 38.0)
        widths = {e: len(self.edge_label(e)) * 6.0 for e in graph.edges}
        self.layout: Layout = arrange(sizes, list(graph.edges), widths)

    @property
    def width(self) -> float:
        """Width of the whole; closing edges bulge out to the right."""
        closing = any(route.closing for route in self.layout.routes.values())
        return self.layout.width + (margin if closing else 0)

    def edge_label(self, edge: tuple[str, str]) -> str:
        if edge[0] not in self.shapes:
            return "?"
        label = _label(self.shapes[edge[0]].output)
        # `layout` is not there yet while the widths of labels are asked for.
        routes = self.layout.routes if hasattr(self, "layout") else {}
        if edge in routes and routes[edge].closing:
            return f"{label}, {self.dt or '1 step'} later"
        return label

    def elements(self, dx: float, dy: float, marker: str) -> list[str]:
        out = [f'<g transform="translate({dx:.1f} {dy:.1f})">']
        for edge, route in self.layout.routes.items():
            kind = "edge closing" if route.closing else "edge"
            out.append(f'<path class="{kind}" d="{_path(route)}" marker-end="url(#{marker})"/>')
            x, y = self.label_place(route)
            out.append(
                f'<text class="shape" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">'
                f"{escape(self.edge_label(edge))}</text>"
            )
        for name, node in self.graph.nodes.items():
            out += self.box(name, node, marker)
        out.append("</g>")
        return out

    @staticmethod
    def label_place(route: Route) -> tuple[float, float]:
        if route.closing:
            (ax, y), (bx, _) = route.points[2:4]
            return (ax + bx) / 2, y - 4
        (ax, ay), (bx, by) = route.points[0], route.points[1]
        return (ax + bx) / 2, (ay + by) / 2 - 5

    def box(self, name: str, node: NIRNode, marker: str) -> list[str]:
        box = self.layout.boxes[name]
        fill, line = COLOURS[kind_of(node)]
        radius = 16 if isinstance(node, (Input, Output)) else 5
        title = f"{'/'.join((*self.path, name))}: {node!r}"
        head = (
            f"<g><title>{escape(title)}</title>"
            f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
            f'height="{box.height:.1f}" rx="{radius}" fill="{fill}" stroke="{line}"/>'
        )
        out = [head]
        drawing = self.inner.get(name)
        if drawing is None:
            x = box.x + box.width / 2
            lines = ((name, box.y + 16, ' class="name"'), (detail(node), box.y + 30, ""))
            for text, y, style in lines:
                out.append(
                    f'<text{style} x="{x:.1f}" y="{y:.1f}" text-anchor="middle">'
                    f"{escape(shorten(text))}</text>"
                )
        else:
            out.append(
                f'<text class="name" x="{box.x + 8:.1f}" y="{box.y + 15:.1f}">'
                f"{escape(shorten(name))}</text>"
            )
            out += drawing.elements(box.x + margin, box.y + _HEADER, marker)
        out.append("</g>")
        return out


def svg(
    graph: NIRGraph,
    unfold: int,
    notes: Mapping[str, str],
    *,
    shapes: ShapeMap | None = None,
    path: tuple[str, ...] = (),
) -> str:
    """Give a graph as the text of an SVG picture with everything it needs inside."""
    known = graph.shapes if shapes is None else shapes
    drawing = Drawing(graph, known, path, unfold, notes.get("dt"))
    caption = ", ".join(f"{key} {value}" for key, value in notes.items())
    top = margin + (16 if caption else 0)
    width = max(drawing.width, len(caption) * _CHARACTER) + 2 * margin
    height = drawing.layout.height + top + margin
    marker = "nir-arrow"
    head = (
        '<svg class="nir" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        'style="max-width:100%;height:auto">'
        f"<title>NIR graph with {len(graph.nodes)} nodes</title><style>{_STYLE}</style>"
        f'<defs><marker id="{marker}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#5f6368"/></marker></defs>'
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>'
    )
    parts = [head]
    if caption:
        parts.append(f'<text x="{margin}" y="{margin + 6}">{escape(caption)}</text>')
    parts += drawing.elements(margin, top, marker)
    parts.append("</svg>")
    return "".join(parts)
