"""Draws loss and score over epochs as an SVG picture, without a plotting library."""

from collections.abc import Sequence
from html import escape

__all__ = ["curves_svg"]

_NAMESPACE = "http://www.w3.org/2000/svg"
_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 360, 220, 52, 34, 36


def curves_svg(title: str, series: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Return one panel per series, side by side, epochs on the x axis.

    Args:
        title: Heading of the picture.
        series: Names and values, one value per epoch.

    Returns:
        The text of an SVG file.

    Example:
        >>> curves_svg("digits", [("loss", [2.3, 0.4])]).startswith("<svg")
        True
    """
    width = len(series) * (_WIDTH + _LEFT) + _GAP
    height = _HEIGHT + _TOP + 44
    parts = [
        f'<svg xmlns="{_NAMESPACE}" width="{width}" height="{height}" font-size="12">',
        "<style>text { font-family: sans-serif }</style>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{width / 2}" y="20" text-anchor="middle" font-size="14">{escape(title)}</text>',
    ]
    for index, (name, values) in enumerate(series):
        parts += _panel(_LEFT + index * (_WIDTH + _LEFT), name, [float(v) for v in values])
    return "\n".join([*parts, "</svg>\n"])


def _panel(left: float, name: str, values: list[float]) -> list[str]:
    low, high = min([0.0, *values]), max([*values, 1e-12])
    top, bottom = _TOP, _TOP + _HEIGHT
    grid = []
    for k in range(5):
        value = low + (high - low) * k / 4
        y = bottom - _HEIGHT * k / 4
        grid.append(
            f'<line x1="{left}" x2="{left + _WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>'
        )
    spacing = _WIDTH / max(len(values) - 1, 1)
    points = [
        (left + spacing * i, bottom - _HEIGHT * (value - low) / (high - low))
        for i, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="#2468a8"/>' for x, y in points]
    ticks = []
    for i in sorted({0, len(values) // 2, len(values) - 1} & set(range(len(values)))):
        x = left + spacing * i
        ticks.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{i + 1}</text>')
    middle = left + _WIDTH / 2
    return [
        *grid,
        f'<polyline points="{line}" fill="none" stroke="#2468a8" stroke-width="2"/>',
        *dots,
        *ticks,
        f'<path d="M{left} {top}v{_HEIGHT}h{_WIDTH}" fill="none" stroke="#888"/>',
        f'<text x="{middle}" y="{bottom + 34}" text-anchor="middle">{escape(name)} by epoch</text>',
    ]
