"""Layered layout: boxes in columns from left to right, few crossings, no outside program.

Edges that close a cycle are set aside; the longest path from a start gives each box its
column; edges over several columns get a way point in each; rows are ordered by the mean
position of the neighbours, swept forth and back, and then pulled towards them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from nir_core.topology import adjacency, cut_cycles

__all__ = ["Box", "Layout", "Route", "arrange", "corners"]

_SWEEPS = 4
_ROW_GAP = 26.0
_WAY_HEIGHT = 8.0


@dataclass(frozen=True)
class Box:
    """A placed rectangle: left upper corner and size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Vertical middle."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Route:
    """Points along an edge, and whether it closes a cycle."""

    points: tuple[tuple[float, float], ...]
    closing: bool


def corners(
    points: Sequence[tuple[float, float]],
) -> list[tuple[tuple[float, float], tuple[float, float], tuple[float, float]]]:
    """Give for each turn of a line where its rounding begins, the corner, and where it ends.

    Example:
        >>> corners([(0, 0), (10, 0), (10, 30)])
        [((5.0, 0.0), (10, 0), (10.0, 8.0))]
    """
    found = []
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        ends = []
        for other in (before, after):
            dx, dy = other[0] - at[0], other[1] - at[1]
            length = (dx * dx + dy * dy) ** 0.5
            share = min(8.0, length / 2) / length if length else 0.0
            ends.append((at[0] + dx * share, at[1] + dy * share))
        found.append((ends[0], at, ends[1]))
    return found


@dataclass(frozen=True)
class Layout:
    """Boxes by name, routes by edge, and the size of the whole."""

    boxes: dict[str, Box]
    routes: dict[tuple[str, str], Route]
    width: float
    height: float


def _columns(
    names: Sequence[str], after: Mapping[str, list[str]], cuts: set[tuple[str, str]]
) -> dict[str, int]:
    order, _ = cut_cycles(names, {n: [m for m in after[n] if (n, m) not in cuts] for n in names})
    column = dict.fromkeys(names, 0)
    for name in order:
        for target in after[name]:
            if (name, target) not in cuts:
                column[target] = max(column[target], column[name] + 1)
    return column


Key = Hashable


def _order_rows(columns: list[list[Key]], left: dict[Key, list[Key]]) -> None:
    """Sort each column by the mean row of the neighbours, forth and back."""
    right: dict[Key, list[Key]] = {}
    for key, sources in left.items():
        for source in sources:
            right.setdefault(source, []).append(key)
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        neighbours = left if forth else right
        row = {key: i for column in columns for i, key in enumerate(column)}
        for column in columns if forth else reversed(columns):

            def mean(
                key: Key,
                row: dict[Key, int] = row,
                neighbours: dict[Key, list[Key]] = neighbours,
            ) -> float:
                found = neighbours.get(key)
                return sum(row[n] for n in found) / len(found) if found else row[key]

            column.sort(key=mean)
            row.update({key: i for i, key in enumerate(column)})


def _rows(
    columns: list[list[Key]], left: dict[Key, list[Key]], height: dict[Key, float]
) -> dict[Key, float]:
    """Give the vertical middle of each key: stacked, then pulled towards the neighbours."""
    middle: dict[Key, float] = {}
    for column in columns:
        total = sum(height[k] for k in column) + _ROW_GAP * (len(column) - 1)
        at = -total / 2
        for key in column:
            middle[key] = at + height[key] / 2
            at += height[key] + _ROW_GAP
    both: dict[Key, list[Key]] = {k: list(v) for k, v in left.items()}
    for key, sources in left.items():
        for source in sources:
            both.setdefault(source, []).append(key)
    for _ in range(_SWEEPS):
        for column in columns:
            wish = [
                sum(middle[n] for n in both[k]) / len(both[k]) if both.get(k) else middle[k]
                for k in column
            ]
            _spread(column, wish, middle, height)
    return middle


def _spread(
    column: list[Key], wish: list[float], middle: dict[Key, float], height: dict[Key, float]
) -> None:
    """Place a column near its wishes without overlap, keeping the order."""
    down: list[float] = []
    for key, at in zip(column, wish, strict=True):
        if down:
            before = column[len(down) - 1]
            at = max(at, down[-1] + (height[before] + height[key]) / 2 + _ROW_GAP)
        down.append(at)
    # Pushing down alone would drift; move the column back by its mean push.
    push = sum(d - w for d, w in zip(down, wish, strict=True)) / max(1, len(wish))
    for key, at in zip(column, down, strict=True):
        middle[key] = at - push


def arrange(
    sizes: Mapping[str, tuple[float, float]],
    edges: Sequence[tuple[str, str]],
    label_widths: Mapping[tuple[str, str], float],
) -> Layout:
    """Place boxes and route edges.

    Args:
        sizes: width and height of each box by name.
        edges: pairs of names.
        label_widths: room that the label of an edge needs.

    Returns:
        The layout, with its left upper corner at the origin.

    Example:
        >>> layout = arrange({"a": (50, 20), "b": (50, 20)}, [("a", "b")], {})
        >>> layout.boxes["b"].x > layout.boxes["a"].x + 50
        True
    """
    names = list(sizes)
    after, _ = adjacency(names, edges)
    _, cuts = cut_cycles(names, after)
    column = _columns(names, after, cuts)
    columns: list[list[Key]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    height: dict[Key, float] = {}
    for name in names:
        columns[column[name]].append(name)
        height[name] = sizes[name][1]
    left: dict[Key, list[Key]] = {}
    ways: dict[tuple[str, str], list[Key]] = {}
    for edge in edges:
        source, target = edge
        if edge in cuts or source not in sizes or target not in sizes:
            continue
        previous: Key = source
        ways[edge] = []
        for at in range(column[source] + 1, column[target]):
            way = (source, target, at)
            columns[at].append(way)
            height[way] = _WAY_HEIGHT
            left.setdefault(way, []).append(previous)
            ways[edge].append(way)
            previous = way
        left.setdefault(target, []).append(previous)
    _order_rows(columns, left)
    middle = _rows(columns, left, height)
    starts, widths = _horizontal(columns, sizes, edges, column, label_widths)
    top = min((middle[k] - height[k] / 2 for k in middle), default=0.0)
    boxes = {
        name: Box(
            starts[column[name]] + (widths[column[name]] - sizes[name][0]) / 2,
            middle[name] - height[name] / 2 - top,
            *sizes[name],
        )
        for name in names
    }
    bottom = max((box.y + box.height for box in boxes.values()), default=0.0)
    routes: dict[tuple[str, str], Route] = {}
    lane = bottom
    for edge in edges:
        if edge[0] not in boxes or edge[1] not in boxes:
            continue
        a, b = boxes[edge[0]], boxes[edge[1]]
        if edge in cuts:
            lane += 18
            # Down beside the column, back below all boxes, up beside the other column.
            shift = 4 * (round((lane - bottom) / 18) % 3)
            out = starts[column[edge[0]]] + widths[column[edge[0]]] + 9 + shift / 2
            back = starts[column[edge[1]]] - 12 + shift / 2
            turns = ((out, a.middle), (out, lane), (back, lane), (back, b.middle))
            ends = ((a.x + a.width, a.middle), (b.x, b.middle))
            routes[edge] = Route((ends[0], *turns, ends[1]), True)
            continue
        points = [(a.x + a.width, a.middle)]
        for way in ways[edge]:
            at = way[2]  # type: ignore[index]
            y = middle[way] - top
            points += [(starts[at], y), (starts[at] + widths[at], y)]
        points.append((b.x, b.middle))
        routes[edge] = Route(tuple(points), False)
    width = starts[-1] + widths[-1] if columns else 0.0
    return Layout(boxes, routes, width, lane + (10 if lane > bottom else 0))


def _horizontal(
    columns: list[list[Key]],
    sizes: Mapping[str, tuple[float, float]],
    edges: Sequence[tuple[str, str]],
    column: Mapping[str, int],
    label_widths: Mapping[tuple[str, str], float],
) -> tuple[list[float], list[float]]:
    """Give where each column starts and how wide it is."""
    widths = [max((sizes[k][0] for k in c if isinstance(k, str)), default=0.0) for c in columns]
    gaps = [44.0] * len(columns)
    for edge in edges:
        if edge[0] in column:
            at = column[edge[0]]
            gaps[at] = max(gaps[at], label_widths.get(edge, 0.0) + 24)
    starts, at = [], 0.0
    for width, gap in zip(widths, gaps, strict=True):
        starts.append(at)
        at += width + gap
    return starts, widths
