"""Curves over an axis: event rate over time, histograms of intervals."""

from dataclasses import dataclass, field
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

from faery_cli.pictures.drawing import Drawing

if TYPE_CHECKING:
    import numpy as np

__all__ = ["LIGHT", "NIGHT", "Chart", "Series", "Theme", "si_text", "ticks"]

_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"))


@dataclass(frozen=True)
class Theme:
    """Colours of a diagram, #rrggbb each."""

    background: str
    text: str
    axis: str
    grid: str
    curves: tuple[str, ...]


LIGHT = Theme("#ffffff", "#1a1a1a", "#1a1a1a", "#dddddd", ("#5f93d8", "#0a3d7a", "#b84a10"))
NIGHT = Theme("#0b0d12", "#ffffff", "#c8ccd4", "#262b36", ("#4a80c4", "#7cc7ff", "#f0861c"))


@dataclass(frozen=True, eq=False)
class Series:
    """One curve.

    Args:
        label: its name in the legend.
        x: float (n,).
        y: float (n,), NaN where there is nothing.
        width: of the line, in pixels.
        color: #rrggbb, or None for the theme's next.
    """

    label: str
    x: "np.ndarray"
    y: "np.ndarray"
    width: float = 1.5
    color: str | None = None


def si_text(value: float, unit: str = "") -> str:
    """Write a number with a unit prefix.

    Example:
        >>> si_text(473_000, "ev/s"), si_text(0.02, "s"), si_text(0, "s")
        ('473 kev/s', '20 ms', '0 s')
    """
    size, prefix = 1.0, ""
    for limit, name in _PREFIXES:
        if abs(value) >= limit * 0.99999:
            size, prefix = limit, name
            break
    return f"{value / size:.4g} {prefix}{unit}".rstrip()


def ticks(low: float, high: float, most: int = 8) -> list[float]:
    """Give round numbers from low to high, at most `most`.

    Example:
        >>> ticks(0, 1)
        [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    span = high - low
    if not span > 0:
        return [low]
    step = 10 ** floor(log10(span / most))
    for factor in (1, 2, 5, 10, 20, 50):
        if span / (step * factor) <= most - 1:
            step *= factor
            break
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [round(k * step, 12) + 0.0 for k in range(first, last + 1)]


def _decades(low: float, high: float) -> list[float]:
    return [10.0**k for k in range(floor(log10(low)), ceil(log10(high)) + 1)]


@dataclass
class Chart:
    """A diagram.

    Args:
        title: above it.
        x_label: of the axis to the right.
        y_label: of the axis upward.
        x_unit: of its numbers, or "" for plain ones.
        y_unit: of its numbers.
        series: the curves.
        log_x: logarithmic axis to the right.
        log_y: logarithmic axis upward.
        theme: colours.
        size: (width, height) in pixels.
        top: upper end of the axis upward, where curves are cut off; None to show all.
    """

    title: str
    x_label: str
    y_label: str
    x_unit: str = ""
    y_unit: str = ""
    series: list[Series] = field(default_factory=list)
    log_x: bool = False
    log_y: bool = False
    theme: Theme = LIGHT
    size: tuple[int, int] = (1280, 640)
    top: float | None = None

    def draw(self) -> Drawing:
        """Give the drawing, which becomes SVG or pixels."""
        import numpy as np

        width, height = self.size
        scale = max(1, height // 320)
        left, right = 14 * 6 * scale, width - 5 * 6 * scale
        top, bottom = 30 * scale, height - 34 * scale
        drawing = Drawing(width, height, self.theme.background)
        x_ticks, to_x = self._axis([s.x for s in self.series], self.log_x, left, right, False)
        y_ticks, to_y = self._axis(
            [self._cut(s.y) for s in self.series], self.log_y, bottom, top, True
        )
        color = self.theme.text
        for value in x_ticks:
            x = float(to_x(value))
            drawing.line(np.array([[x, top], [x, bottom]]), self.theme.grid)
            text = si_text(value, self.x_unit)
            drawing.text(x, bottom + 10 * scale, text, color, scale=scale, anchor="middle")
        for value in y_ticks:
            y = float(to_y(value))
            drawing.line(np.array([[left, y], [right, y]]), self.theme.grid)
            text = si_text(value, self.y_unit)
            drawing.text(left - 4 * scale, y, text, color, scale=scale, anchor="end")
        for number, series in enumerate(self.series):
            stroke = series.color or self.theme.curves[number % len(self.theme.curves)]
            lit = np.isfinite(series.y) & np.isfinite(series.x)
            lit &= (series.y > 0) if self.log_y else True
            lit &= (series.x > 0) if self.log_x else True
            edges = np.flatnonzero(np.diff(np.r_[0, lit.astype(np.int8), 0]))
            for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
                points = np.stack([to_x(series.x[a:b]), to_y(self._cut(series.y)[a:b])], axis=1)
                drawing.line(points, stroke, series.width)
        corners = np.array([[left, top], [left, bottom], [right, bottom]])
        drawing.line(corners, self.theme.axis, 1.5)
        middle = (left + right) / 2
        drawing.text(middle, 12 * scale, self.title, color, scale=scale, anchor="middle")
        drawing.text(middle, height - 10 * scale, self.x_label, color, scale=scale, anchor="middle")
        drawing.text(
            8 * scale,
            (top + bottom) / 2,
            self.y_label,
            color,
            scale=scale,
            anchor="middle",
            upward=True,
        )
        self._legend(drawing, right, top, scale)
        return drawing

    def _cut(self, y: "np.ndarray") -> "np.ndarray":
        import numpy as np

        return y if self.top is None else np.minimum(y, self.top)

    def _axis(self, values: Any, log: bool, begin: float, end: float, from_zero: bool) -> Any:
        import numpy as np

        every = np.concatenate([np.asarray(v, np.float64).ravel() for v in values] or [[]])
        every = every[np.isfinite(every) & ((every > 0) if log else True)]
        low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
        if log:
            marks = _decades(low if len(every) else 1.0, max(high, low * 10) if low else 10.0)
            low, high = np.log10(marks[0]), np.log10(marks[-1])
            return marks, lambda v: begin + (np.log10(v) - low) / (high - low) * (end - begin)
        low = min(low, 0.0) if from_zero else low
        high = high if high > low else low + 1.0
        high = high * 1.05 if from_zero else high
        return ticks(low, high), lambda v: begin + (v - low) / (high - low) * (end - begin)

    def _legend(self, drawing: Drawing, right: float, top: float, scale: int) -> None:
        import numpy as np

        named = [(n, s) for n, s in enumerate(self.series) if s.label]
        if len(named) < 2:
            return
        x, y = right, top - 8 * scale  # between title and curves, where it hides nothing
        for number, series in reversed(named):
            stroke = series.color or self.theme.curves[number % len(self.theme.curves)]
            drawing.text(x, y, series.label, self.theme.text, scale=scale, anchor="end")
            x -= (6 * len(series.label) + 6) * scale
            drawing.line(np.array([[x - 14 * scale, y], [x, y]]), stroke, max(2.0, series.width))
            x -= 26 * scale
