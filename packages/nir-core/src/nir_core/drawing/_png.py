"""The picture as PNG bytes, drawn by Pillow from the same layout as the SVG."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from nir_core.drawing._layout import Route, corners
from nir_core.drawing._svg import COLOURS, Drawing, detail, kind_of, margin, shorten
from nir_core.errors import NirError
from nir_core.graph import NIRGraph
from nir_core.nodes import Input, Output

__all__ = ["png"]

Point = tuple[float, float]
_EDGE, _CLOSING, _TEXT = "#5f6368", "#b3541e", "#202124"
_CURVE = 24  # straight pieces of a curve
_DASH, _GAP = 5.0, 3.0
_MOST_PIXELS = 1 << 27


def _cubic(a: Point, b: Point, c: Point, d: Point) -> list[Point]:
    points = []
    for n in range(_CURVE + 1):
        t = n / _CURVE
        w = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        points.append(
            tuple(sum(k * p[i] for k, p in zip(w, (a, b, c, d), strict=True)) for i in (0, 1))
        )
    return points  # type: ignore[return-value]


def _points(route: Route) -> list[Point]:
    """Give the line of an edge: the same curves as in the SVG, in straight pieces."""
    if route.closing:
        line: list[Point] = [route.points[0]]
        for before, at, behind in corners(route.points):
            # A quadratic curve as a cubic one.
            first, second = (
                (e[0] + (at[0] - e[0]) * 2 / 3, e[1] + (at[1] - e[1]) * 2 / 3)
                for e in (before, behind)
            )
            line += _cubic(before, first, second, behind)
        return [*line, route.points[-1]]
    found: list[Point] = [route.points[0]]
    for (ax, ay), (bx, by) in pairwise(route.points):
        half = (bx - ax) / 2
        found += _cubic((ax, ay), (ax + half, ay), (bx - half, by), (bx, by))
    return found


def _fine(points: list[Point]) -> list[Point]:
    """Cut a line into pieces of about one unit."""
    found = [points[0]]
    for (ax, ay), (bx, by) in pairwise(points):
        count = max(1, round(((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5))
        for n in range(1, count + 1):
            t = n / count
            found.append((ax + (bx - ax) * t, ay + (by - ay) * t))
    return found


class _Canvas:
    """A Pillow image whose coordinates are those of the layout."""

    def __init__(self, width: float, height: float, scale: float) -> None:
        try:
            from PIL import Image, ImageDraw, ImageFont
        except ImportError as error:
            raise NirError(
                "a PNG needs Pillow: pip install nir-core[png]; SVG and HTML need nothing"
            ) from error
        if width * height * scale**2 > _MOST_PIXELS:
            raise NirError(
                f"a picture of {width * scale:.0f}x{height * scale:.0f} pixels is too large for a "
                "PNG; draw an SVG, a smaller scale, or fewer levels with unfold"
            )
        self.scale = scale
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        self.image = Image.new("RGB", size, "#ffffff")
        self.draw = ImageDraw.Draw(self.image)
        self.fonts: dict[float, Any] = {
            size: ImageFont.load_default(size * scale) for size in (10.0, 11.0)
        }

    def _at(self, points: Iterable[Point]) -> list[Point]:
        return [(x * self.scale, y * self.scale) for x, y in points]

    def line(self, points: list[Point], colour: str, *, dashed: bool = False) -> None:
        width = max(1, round(1.3 * self.scale))
        if not dashed:
            self.draw.line(self._at(points), fill=colour, width=width, joint="curve")
            return
        gone = 0.0
        for a, b in pairwise(_fine(points)):
            gone += ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5
            if gone % (_DASH + _GAP) < _DASH:
                self.draw.line(self._at([a, b]), fill=colour, width=width)

    def arrow(self, tip: Point, colour: str) -> None:
        """An arrowhead to the right: edges enter their boxes from the left."""
        x, y = tip
        self.draw.polygon(self._at([(x, y), (x - 7, y - 3.5), (x - 7, y + 3.5)]), fill=colour)

    def box(self, at: Any, radius: float, fill: str, line: str) -> None:
        corners = self._at([(at.x, at.y), (at.x + at.width, at.y + at.height)])
        self.draw.rounded_rectangle(
            corners, radius * self.scale, fill=fill, outline=line, width=max(1, round(self.scale))
        )

    def text(self, x: float, y: float, text: str, *, size: float, anchor: str, bold: bool) -> None:
        self.draw.text(
            (x * self.scale, y * self.scale),
            text,
            fill=_TEXT,
            font=self.fonts[size],
            anchor=anchor,
            stroke_width=0.25 * self.scale if bold else 0,
            stroke_fill=_TEXT,
        )


def _moved(points: Iterable[Point], dx: float, dy: float) -> list[Point]:
    return [(x + dx, y + dy) for x, y in points]


def _paint(canvas: _Canvas, drawing: Drawing, dx: float, dy: float) -> None:
    from dataclasses import replace

    for edge, route in drawing.layout.routes.items():
        points = _moved(_points(route), dx, dy)
        colour = _CLOSING if route.closing else _EDGE
        canvas.line(points, colour, dashed=route.closing)
        canvas.arrow(points[-1], _EDGE)
        x, y = drawing.label_place(route)
        label = drawing.edge_label(edge)
        canvas.text(x + dx, y + dy, label, size=10.0, anchor="ms", bold=False)
    for name, node in drawing.graph.nodes.items():
        box = drawing.layout.boxes[name]
        box = replace(box, x=box.x + dx, y=box.y + dy)
        fill, line = COLOURS[kind_of(node)]
        canvas.box(box, 16 if isinstance(node, (Input, Output)) else 5, fill, line)
        inner = drawing.inner.get(name)
        if inner is not None:
            canvas.text(box.x + 8, box.y + 15, shorten(name), size=11.0, anchor="ls", bold=True)
            _paint(canvas, inner, box.x + margin, box.y + 22)
            continue
        middle = box.x + box.width / 2
        canvas.text(middle, box.y + 16, shorten(name), size=11.0, anchor="ms", bold=True)
        canvas.text(middle, box.y + 30, shorten(detail(node)), size=11.0, anchor="ms", bold=False)


def png(graph: NIRGraph, unfold: int, notes: Mapping[str, str], scale: float = 2.0) -> bytes:
    """Give a graph as the bytes of a PNG picture."""
    drawing = Drawing(graph, graph.shapes, (), unfold, notes.get("dt"))
    caption = ", ".join(f"{key} {value}" for key, value in notes.items())
    top = margin + (16 if caption else 0)
    width = max(drawing.width, len(caption) * 6.6) + 2 * margin
    canvas = _Canvas(width, drawing.layout.height + top + margin, scale)
    if caption:
        canvas.text(margin, margin + 6, caption, size=11.0, anchor="ls", bold=False)
    _paint(canvas, drawing, margin, top)
    out = io.BytesIO()
    canvas.image.save(out, "PNG", optimize=True)
    return out.getvalue()
