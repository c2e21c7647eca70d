"""How often each pixel fired, and which ones fired far more than their neighbours."""

from typing import TYPE_CHECKING

from faery_cli.pictures.chart import Theme, si_text
from faery_cli.pictures.colormaps import hex_color
from faery_cli.pictures.drawing import Drawing
from faery_cli.pictures.styles import srgb_to_lab, to_bytes

if TYPE_CHECKING:
    import numpy as np

__all__ = ["draw_counts"]

HOT = ("#f0861c", "#1f9bf0", "#ff4fd8")  # the first one that differs from the colours of counts
UNLIKE = 0.12  # least distance in OKLab
FULL_QUANTILE = 0.999
DARKEST, LIGHTEST = 0.25, 0.9  # part of the colours that one event and the most events have


def _paint(counts: "np.ndarray", top: float, colors: "np.ndarray", back: str) -> "np.ndarray":
    """Colours of counts, in equal steps of their logarithms; none has the background's."""
    import numpy as np

    part = np.log1p(np.clip(counts, 0, top)) / np.log1p(top)
    place = ((DARKEST + (LIGHTEST - DARKEST) * part) * (len(colors) - 1)).astype(np.int64)
    painted = to_bytes(colors[place])
    painted[counts <= 0] = to_bytes(np.array(hex_color(back)))
    return painted


def _mark(colors: "np.ndarray") -> str:
    """Give the colour of hot pixels."""
    import numpy as np

    ramp = srgb_to_lab(colors[int(DARKEST * len(colors)) : int(LIGHTEST * len(colors)) + 1])
    far = [
        float(np.linalg.norm(ramp - srgb_to_lab(np.array(hex_color(c))), axis=1).min()) for c in HOT
    ]
    return next((c for c, d in zip(HOT, far, strict=True) if d >= UNLIKE), HOT[int(np.argmax(far))])


def draw_counts(
    counts: "np.ndarray", hot: "np.ndarray", factor: int, colors: "np.ndarray", theme: Theme
) -> "np.ndarray":
    """Draw the counts of all pixels with a bar that tells which colour stands for which count.

    Args:
        counts: int (height, width).
        hot: bool (height, width), pixels that are marked.
        factor: pixels of the picture for each pixel of the sensor, across and down.
        colors: float (n, 3) sRGB from 0 to 1; from the background's end to that of most events.
        theme: of background and text.

    Returns:
        uint8 (height * factor, width * factor + panel, 3).
    """
    import numpy as np

    mark = _mark(colors)
    top = max(1.0, float(np.quantile(counts, FULL_QUANTILE)))
    picture = _paint(counts, top, colors, theme.background)
    picture[hot] = to_bytes(np.array(hex_color(mark)))
    picture = picture.repeat(factor, 0).repeat(factor, 1)
    height, width = picture.shape[:2]
    scale = max(1, height // 360)
    bar, margin = 14 * scale, 8 * scale
    hot_text = f"{int(hot.sum())} hot"
    panel = 3 * margin + bar + (max(6, len(hot_text)) + 1) * 6 * scale
    drawing = Drawing(width + panel, height, theme.background)
    left, above, below = width + margin, 2 * margin, height - 5 * margin
    marks = [m * 10.0**k for k in range(9) for m in (1, 3) if m * 10.0**k <= top]
    for value in marks:
        y = below - (below - above) * float(np.log1p(value) / np.log1p(top))
        drawing.rectangle(left + bar, y, 3 * scale, max(1, scale), theme.text)
        drawing.text(left + bar + margin, y, si_text(value), theme.text, scale=scale)
    drawing.rectangle(left, height - 3 * margin, bar, bar, mark)
    middle = height - 3 * margin + bar / 2
    drawing.text(left + bar + margin, middle, hot_text, theme.text, scale=scale)
    out = drawing.pixels()
    out[:, :width] = picture
    if below > above:
        rows = np.expm1(np.linspace(np.log1p(top), 0, below - above + 1)[:-1])
        out[above:below, left : left + bar] = _paint(rows, top, colors, theme.background)[:, None]
    return out
