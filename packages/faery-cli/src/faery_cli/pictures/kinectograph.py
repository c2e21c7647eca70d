"""Pictures of a whole recording: the mean time of each pixel's events, as a colour."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from neuro_kernels import Events

__all__ = ["MeanTimes", "kinectograph"]


class MeanTimes:
    """Number and sum of the times of each pixel's events.

    Args:
        size: (width, height) in pixels.

    Example:
        >>> from neuro_kernels import Events
        >>> times = MeanTimes((2, 1))
        >>> times.add(Events([0, 10, 20], [0, 0, 1], [0] * 3, [1] * 3, size=(2, 1)))
        >>> times.normalized()[0]
        array([[0.25, 1.  ]])
    """

    def __init__(self, size: tuple[int, int]) -> None:
        import numpy as np

        self.size = size
        self._counts = np.zeros(size[0] * size[1])
        self._sums = np.zeros(size[0] * size[1])
        self.first_us: int | None = None
        self.last_us = 0

    def add(self, events: "Events") -> None:
        """Count some events."""
        import numpy as np

        if not len(events):
            return
        low, high = int(events.t.min()), int(events.t.max())
        if self.first_us is None:
            self.first_us = low
        elif low < self.first_us:
            # Sums count from the first event; an earlier one moves that.
            self._sums += self._counts * (self.first_us - low)
            self.first_us = low
        self.last_us = max(self.last_us, high)
        place = events.y.astype(np.int64) * self.size[0] + events.x
        n = len(self._counts)
        self._counts += np.bincount(place, minlength=n)
        self._sums += np.bincount(place, (events.t - self.first_us).astype(float), minlength=n)

    def normalized(self, quantile: float = 0.9) -> "tuple[np.ndarray, np.ndarray]":
        """Give mean times and opacities.

        Args:
            quantile: of the lit pixels' counts; a pixel with so many events is opaque.

        Returns:
            Mean time of each pixel's events from 0 (first event) to 1 (last one), and opacity;
            float64 (height, width) each.
        """
        import numpy as np

        shape = (self.size[1], self.size[0])
        span = max(1, self.last_us - (self.first_us or 0))
        lit = self._counts > 0
        times = np.zeros_like(self._sums)
        times[lit] = self._sums[lit] / self._counts[lit] / span
        full = float(np.quantile(self._counts[lit], quantile)) if lit.any() else 1.0
        opacities = np.minimum(1.0, self._counts / max(full, 1e-9))
        return times.reshape(shape), opacities.reshape(shape)


def kinectograph(
    times: "np.ndarray",
    opacities: "np.ndarray",
    span_us: tuple[int, int],
    *,
    colors: "np.ndarray",
    background: str,
    text: str,
    legend: "np.ndarray | None" = None,
) -> "np.ndarray":
    """Draw a kinectograph with a bar that tells which colour stands for which time.

    Args:
        times: (height, width) from 0 to 1.
        opacities: (height, width) from 0 to 1.
        span_us: what 0 and 1 stand for.
        colors: float (n, 3) sRGB from 0 to 1.
        background: #rrggbb.
        text: #rrggbb of the letters.
        legend: what the bar shows from top to bottom; evenly from 0 to 1 by default.

    Returns:
        uint8 (height, width + bar, 3).
    """
    import numpy as np

    from faery_cli.pictures.chart import ticks
    from faery_cli.pictures.colormaps import hex_color
    from faery_cli.pictures.drawing import Drawing
    from faery_cli.pictures.styles import to_bytes

    height, width = times.shape
    scale = max(1, height // 240)
    bar, margin = 14 * scale, 8 * scale
    begin, end = (t / 1e6 for t in span_us)
    marks = ticks(begin, end, max(2, height // (22 * scale)))
    digits = max((len(f"{mark:g}") for mark in marks), default=1)
    panel = margin * 2 + bar + (digits + 3) * 6 * scale + 2 * margin
    drawing = Drawing(width + panel, height, background)
    top, bottom = margin * 2, height - margin * 2
    for mark in marks:
        part = (mark - begin) / (end - begin) if end > begin else 0.0
        y = top + part * (bottom - top)
        x = width + margin * 2 + bar
        drawing.rectangle(x, y, 3 * scale, max(1, scale), text)
        drawing.text(x + margin, y, f"{mark:g} s", text, scale=scale)
    picture = drawing.pixels()
    back = np.array(hex_color(background))

    def paint(where: Any) -> "np.ndarray":
        return colors[np.minimum((where * len(colors)).astype(np.int64), len(colors) - 1)]

    mixed = paint(times) * opacities[..., None] + back * (1 - opacities[..., None])
    picture[:, :width] = to_bytes(mixed)
    if bottom > top:
        rows = (np.arange(bottom - top) + 0.5) / (bottom - top)
        shown = rows if legend is None else np.interp(rows, np.linspace(0, 1, len(legend)), legend)
        column = width + margin * 2
        picture[top:bottom, column : column + bar] = to_bytes(paint(shown))[:, None]
    return picture
