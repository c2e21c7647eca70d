"""Named looks: background, the colours of both polarities, text; and how they become a palette."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from neuro_kernels.render import Shading

__all__ = ["STYLES", "Palette", "Style", "make_palette", "style_names"]


@dataclass(frozen=True)
class Style:
    """A look.

    Args:
        name: the word for it.
        summary: one clause for help.
        background: sRGB as #rrggbb; what pixels without light have, exactly.
        off: colours of OFF events from weak to strong; the ramp begins at the background.
        on: the same for ON events.
        text: colour of letters.
        outline: colour of the rim around letters.
        lift: where the weakest level begins on the ramp, 0 to 1: it must differ from nothing.
    """

    name: str
    summary: str
    background: str
    off: tuple[str, ...]
    on: tuple[str, ...]
    text: str
    outline: str
    lift: float = 0.12

    @property
    def shows_polarity(self) -> bool:
        """False where ON and OFF look the same."""
        return self.off != self.on

    @property
    def is_light(self) -> bool:
        """Whether the background is nearer to white than to black."""
        return int(self.background[3:5], 16) >= 128


# Blue against orange keeps apart for all common kinds of colour blindness (B. Wong, Points of view:
# color blindness, Nature Methods 2011).
STYLES = {
    style.name: style
    for style in (
        Style(
            "night",
            "dark, ON orange, OFF blue",
            "#0b0d12",
            ("#123a6b", "#1f7fd6", "#7cc7ff"),
            ("#6b3410", "#f0861c", "#ffe2ae"),
            "#ffffff",
            "#0b0d12",
        ),
        Style(
            "paper",
            "light, ON vermilion, OFF blue",
            "#ffffff",
            ("#cfe0f2", "#4f93d2", "#0a3d7a"),
            ("#f9dcc8", "#e8823a", "#8a2b06"),
            "#1a1a1a",
            "#ffffff",
        ),
        Style(
            "ink",
            "light, black whatever the polarity",
            "#ffffff",
            ("#d9d9d9", "#7f7f7f", "#000000"),
            ("#d9d9d9", "#7f7f7f", "#000000"),
            "#000000",
            "#ffffff",
        ),
        Style(
            "edge",
            "black, hard contrast: ON yellow, OFF cyan, little fading",
            "#000000",
            ("#0f5c6b", "#22c3dc", "#8ff2ff"),
            ("#6b5a0f", "#e6c229", "#fff3b0"),
            "#ffffff",
            "#000000",
            lift=0.55,
        ),
        Style(
            "heat",
            "dark, black through red to white whatever the polarity",
            "#000000",
            ("#5a0a12", "#d9381e", "#ffb63d", "#fffbe6"),
            ("#5a0a12", "#d9381e", "#ffb63d", "#fffbe6"),
            "#ffffff",
            "#000000",
        ),
    )
}


def style_names() -> tuple[str, ...]:
    """Give the names of all styles."""
    return tuple(STYLES)


@dataclass(frozen=True, eq=False)
class Palette:
    """Colours of an index image and what they stand for.

    Args:
        colors: uint8 (n, 3) sRGB; index 0 is the background.
        shading: where the levels of each polarity lie.
        text: index of letters.
        outline: index of their rim.
    """

    colors: "np.ndarray"
    shading: "Shading"
    text: int
    outline: int


def _rgb(color: str) -> "np.ndarray":
    import numpy as np

    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.float64) / 255


# OKLab (B. Ottosson, 2020): equal steps look equal, so that a ramp shows decay evenly.
_TO_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def to_linear(rgb: "np.ndarray") -> "np.ndarray":
    """Turn sRGB from 0 to 1 into linear light (IEC 61966-2-1)."""
    import numpy as np

    rgb = np.asarray(rgb, np.float64)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def from_linear(linear: "np.ndarray") -> "np.ndarray":
    """Turn linear light from 0 to 1 into sRGB."""
    import numpy as np

    return np.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055
    )


def srgb_to_lab(rgb: "np.ndarray") -> "np.ndarray":
    """Turn sRGB (..., 3) into OKLab."""
    import numpy as np

    return np.cbrt(to_linear(rgb) @ np.array(_TO_LMS).T) @ np.array(_TO_LAB).T


def lab_to_srgb(lab: "np.ndarray") -> "np.ndarray":
    """Turn OKLab (..., 3) into sRGB, clipped to what a screen shows."""
    import numpy as np

    linear = (lab @ np.linalg.inv(np.array(_TO_LAB).T)) ** 3 @ np.linalg.inv(np.array(_TO_LMS).T)
    return np.clip(from_linear(np.clip(linear, 0, 1)), 0, 1)


def to_bytes(rgb: "np.ndarray") -> "np.ndarray":
    """Round sRGB from 0 to 1 to uint8."""
    import numpy as np

    return np.floor(np.clip(rgb, 0, 1) * 255 + 0.5).astype(np.uint8)


def _ramp(style: Style, colors: tuple[str, ...], levels: int) -> "np.ndarray":
    import numpy as np

    stops = np.stack([srgb_to_lab(_rgb(c)) for c in (style.background, *colors)])
    places = np.linspace(style.lift, 1, levels) if levels > 1 else np.ones(1)
    knots = np.linspace(0, 1, len(stops))
    lab = np.stack([np.interp(places, knots, stops[:, k]) for k in range(3)], axis=1)
    return to_bytes(lab_to_srgb(lab))


def make_palette(style: Style, levels: int = 30) -> Palette:
    """Tabulate a style's colours.

    Args:
        style: the look.
        levels: steps of brightness per polarity, 1 to 125.

    Returns:
        Palette of 1 + 2 levels + 2 colours (1 + levels + 2 where polarity is not shown), in this
        order: background, OFF from weak to strong, ON, text, outline.

    Example:
        >>> palette = make_palette(STYLES["night"], levels=30)
        >>> palette.colors.shape, palette.colors[0].tolist(), palette.text
        ((63, 3), [11, 13, 18], 61)
    """
    import numpy as np

    from neuro_kernels.render import Shading

    off, on = _ramp(style, style.off, levels), _ramp(style, style.on, levels)
    ramps = [off, on] if style.shows_polarity else [on]
    single = [to_bytes(_rgb(c))[None] for c in (style.background, style.text, style.outline)]
    colors = np.concatenate([single[0], *ramps, *single[1:]])
    shading = Shading(levels=levels, off=1, on=1 + levels * style.shows_polarity)
    return Palette(colors, shading, len(colors) - 2, len(colors) - 1)
