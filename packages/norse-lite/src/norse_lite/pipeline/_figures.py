"""Small pictures for the report as SVG and PNG; no plotting library is needed."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from html import escape

import numpy as np

__all__ = ["confusion_table", "event_picture", "line_chart", "png", "raster", "share_bar"]

# Okabe and Ito's colours, told apart by readers with any colour vision.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_WIDTH, _HEIGHT = 430, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 16, 24, 42


def line_chart(
    series: dict[str, Sequence[float]],
    *,
    x: Sequence[float],
    x_label: str,
    y_label: str,
    y_range: tuple[float, float] | None = None,
    dots: bool = False,
) -> str:
    """Draw one line for each series.

    Args:
        series: legend text -> one value for each `x`.
        x: positions on the horizontal axis.
        x_label: text below the axis, with the unit.
        y_label: text beside the axis, with the unit.
        y_range: lowest and highest value; by default 0 and a round number above the highest.
        dots: whether to mark each value.

    Returns:
        An `<svg>` element.
    """
    values = np.concatenate([np.asarray(v, float) for v in series.values()])
    low, high = y_range or (0.0, _round_up(float(values.max(initial=0))))
    x_low, x_high = float(min(x)), float(max(x))
    to_x, to_y = _scale(x_low, x_high, low, high)
    x_ticks = _ticks(x_low, x_high)
    if all(float(value).is_integer() for value in x):
        x_ticks = [tick for tick in x_ticks if tick.is_integer()]
    marks = _axes(x_ticks, _ticks(low, high), to_x, to_y, x_label, y_label)
    for k, (name, y) in enumerate(series.items()):
        color = COLORS[k % len(COLORS)]
        points = [(to_x(a), to_y(b)) for a, b in zip(x, y, strict=True)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        marks.append(
            f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.8"'
            ' stroke-linejoin="round"/>'
        )
        if dots:
            marks += [
                f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{color}"/>' for a, b in points
            ]
        marks.append(
            f'<text x="{_LEFT + 130 * k}" y="{_TOP - 10}" fill="{color}">{escape(name)}</text>'
        )
    return _svg(marks, _HEIGHT, f"{y_label} over {x_label}")


def raster(layers: dict[str, np.ndarray], *, step_ms: float, neurons: int = 60) -> str:
    """Draw the spikes of some neurons of each layer over time.

    Args:
        layers: name -> (T, n) spikes, 0 or 1. The `neurons` most active ones are shown.
        step_ms: length of a time step in milliseconds.
        neurons: at most so many rows for each layer.

    Returns:
        An `<svg>` element.
    """
    shown = {
        name: spikes[:, np.sort(np.argsort(-spikes.sum(0), kind="stable")[:neurons])]
        for name, spikes in layers.items()
    }
    steps = next(iter(shown.values())).shape[0]
    row, gap = 2.8, 14
    height = _TOP + _BOTTOM + sum(s.shape[1] * row + gap for s in shown.values())
    to_x, _ = _scale(0, steps * step_ms, 0, 1)
    marks, top = [], float(_TOP)
    tick_width = max((to_x(step_ms) - to_x(0)) * 0.7, 1.2)
    for k, (name, spikes) in enumerate(shown.items()):
        rows = spikes.shape[1] * row
        marks.append(
            f'<rect x="{_LEFT}" y="{top:.1f}" width="{_WIDTH - _LEFT - _RIGHT}"'
            f' height="{rows:.1f}" class="panel"/>'
        )
        for t, n in zip(*np.nonzero(spikes), strict=True):
            marks.append(
                f'<rect x="{to_x(float(t) * step_ms):.1f}" y="{top + n * row:.1f}"'
                f' width="{tick_width:.1f}" height="2.2" fill="{COLORS[k % len(COLORS)]}"/>'
            )
        marks.append(
            f'<text x="{_LEFT - 8}" y="{top + rows / 2:.1f}" text-anchor="end">'
            f"{escape(name)}</text>"
        )
        top += rows + gap
    base = height - _BOTTOM
    for tick in _ticks(0, steps * step_ms):
        marks.append(
            f'<text x="{to_x(tick):.1f}" y="{base + 14:.1f}" text-anchor="middle">{tick:g}</text>'
        )
    marks.append(
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{base + 32:.1f}"'
        ' text-anchor="middle">time (ms)</text>'
    )
    return _svg(marks, height, "spikes of each layer over time")


def _scale(x_low: float, x_high: float, y_low: float, y_high: float):
    wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    return (
        lambda v: _LEFT + wide * (v - x_low) / ((x_high - x_low) or 1),
        lambda v: _TOP + high * (1 - (v - y_low) / ((y_high - y_low) or 1)),
    )


def _axes(x_ticks, y_ticks, to_x, to_y, x_label: str, y_label: str) -> list[str]:
    base, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    marks = []
    for tick in y_ticks:
        y = to_y(tick)
        marks.append(f'<line x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        marks.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in x_ticks:
        marks.append(
            f'<text x="{to_x(tick):.1f}" y="{base + 16}" text-anchor="middle">{tick:g}</text>'
        )
    marks.append(
        f'<text x="{(_LEFT + right) / 2}" y="{base + 34}" text-anchor="middle">'
        f"{escape(x_label)}</text>"
    )
    middle = (_TOP + base) / 2
    marks.append(
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">'
        f"{escape(y_label)}</text>"
    )
    return marks


def _ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round positions between two numbers, at most `most` and one more."""
    span = high - low
    if span <= 0:
        return [low]
    step = 10.0 ** np.floor(np.log10(span / most))
    step *= next(m for m in (1, 2, 5, 10) if span / (step * m) <= most)
    first = np.ceil(low / step - 1e-9)
    count = int(np.floor(high / step + 1e-9) - first) + 1
    return [float(round((first + k) * step, 10)) for k in range(count)]


def _round_up(value: float) -> float:
    if value <= 0:
        return 1.0
    unit = 10.0 ** np.floor(np.log10(value))
    return float(unit * next(m for m in (1, 1.5, 2, 3, 5, 7.5, 10) if value <= m * unit * 1.0001))


def _svg(marks: list[str], height: float, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}"'
        ' xmlns="http://www.w3.org/2000/svg">' + "".join(marks) + "</svg>"
    )


def png(pixels: np.ndarray) -> bytes:
    """Encode a picture, (height, width, 4) uint8 red, green, blue and opacity, as PNG."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(pixels))
    header = struct.pack(">2I5B", width, height, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


def event_picture(off: np.ndarray, on: np.ndarray, *, alt: str) -> str:
    """Draw the events of a sample: ON blue, OFF orange, the more the stronger.

    Args:
        off: (height, width) counts of OFF events.
        on: The same of ON events.
        alt: What the picture shows, in words.

    Returns:
        An `<img>` element whose background is that of the page.
    """
    colors = np.array([[213, 94, 0], [0, 114, 178]], float)
    counts = np.stack([off, on]).astype(float)
    total = counts.sum(0)
    high = max(float(np.quantile(total[total > 0], 0.95)) if (total > 0).any() else 1.0, 1.0)
    share = counts / np.maximum(total, 1)
    pixels = np.zeros((*total.shape, 4), np.uint8)
    pixels[..., :3] = np.einsum("phw,pc->hwc", share, colors).round()
    pixels[..., 3] = (255 * np.minimum(total / high, 1.0) ** 0.6).round()
    data = base64.b64encode(png(pixels)).decode()
    return f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}">'


def confusion_table(confusion: Sequence[Sequence[int]], names: Sequence[str]) -> str:
    """Draw a confusion matrix as a table: a row for each true class, shaded by its share."""
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = []
    for k, row in enumerate(confusion):
        total = max(sum(row), 1)
        cells = "".join(
            f'<td class="{"hit" if j == k else "miss"}" style="--share:{n / total:.3f}">'
            f"{n or ''}</td>"
            for j, n in enumerate(row)
        )
        rows.append(f"<tr><th>{escape(names[k])}</th>{cells}</tr>")
    return (
        '<table class="confusion"><caption>rows: shown, columns: answered</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def share_bar(share: float) -> str:
    """Draw a share from 0 to 1 as a bar with its number."""
    return (
        f'<span class="bar"><i style="width:{100 * min(max(share, 0.0), 1.0):.1f}%"></i></span>'
        f" {share:.1%}"
    )
