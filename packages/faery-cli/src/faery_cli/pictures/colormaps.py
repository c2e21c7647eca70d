"""Colour maps by name, and the expressions that change them.

The tables of `crameri.u16` are F. Crameri's Scientific Colour Maps (doi:10.5281/zenodo.1243862),
as the package cmcrameri 1.10 distributes them under the MIT licence; see NOTICE.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from faery_cli.errors import UsageError
from faery_cli.suggest import unknown

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Colormap", "colormap", "colormap_names", "gradient", "simulate"]

_CRAMERI = {
    "sequential": (
        "acton bamako batlow batlow_k batlow_w bilbao buda davos devon glasgow gray hawaii imola "
        "lajolla lapaz lipari navia nuuk oslo tokyo turku"
    ),
    "diverging": "bam berlin broc cork lisbon managua roma tofino vanimo vik",
    "cyclic": "bam_o broc_o cork_o roma_o vik_o",
}
_ROWS = tuple((name, kind) for kind, names in _CRAMERI.items() for name in names.split())
# Maps of this project, by their colours from first to last.
_OWN = {
    "navia_white": ("sequential", ("#041427", "#0f5a86", "#3e8f7d", "#8fc26a", "#ffffff")),
    "starry_night": (
        "diverging",
        ("#0082a9", "#003f96", "#1d1566", "#191919", "#6b5002", "#cda63e", "#f9ffe7"),
    ),
    "blue_orange": (
        "diverging",
        ("#bfe3ff", "#1f7fd6", "#0c2a52", "#0b0d12", "#52260a", "#f0861c", "#fff0d0"),
    ),
}
SAMPLES = 256


@dataclass(frozen=True, eq=False)
class Colormap:
    """A table of colours.

    Args:
        name: the expression that names it.
        kind: "sequential": from nothing to much; "diverging": OFF, nothing in the middle, ON;
            "cyclic": the same, and its ends meet.
        rgb: float64 (n, 3) sRGB from 0 to 1.
    """

    name: str
    kind: str
    rgb: "np.ndarray"


def colormap_names() -> tuple[str, ...]:
    """Give the names of all maps.

    Example:
        >>> "batlow" in colormap_names()
        True
    """
    return tuple(sorted([*(name for name, _ in _ROWS), *_OWN]))


@cache
def _tables() -> "np.ndarray":
    import numpy as np

    data = Path(__file__).with_name("crameri.u16").read_bytes()
    return np.frombuffer(data, "<u2").reshape(len(_ROWS), SAMPLES, 3) / 65535


def _named(name: str) -> Colormap:
    for place, (known, kind) in enumerate(_ROWS):
        if name == known:
            return Colormap(name, kind, _tables()[place])
    if name in _OWN:
        kind, colors = _OWN[name]
        return Colormap(name, kind, gradient(colors, SAMPLES))
    raise UsageError(
        unknown("colour map", name, colormap_names()) + " (fae colormaps OUT.png shows all)"
    )


def hex_color(text: str) -> tuple[float, float, float]:
    """Read #rrggbb.

    Example:
        >>> hex_color("#ff0000")
        (1.0, 0.0, 0.0)
    """
    if len(text) != 7 or text[0] != "#":
        raise UsageError(f"expected a colour such as #ff8000, got {text!r}")
    try:
        red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
    except ValueError:
        raise UsageError(f"expected a colour such as #ff8000, got {text!r}") from None
    return red, green, blue


def gradient(colors: "tuple[str, ...] | list[str]", samples: int) -> "np.ndarray":
    """Blend colours evenly, by OKLab, so that equal steps look equal.

    Args:
        colors: two or more #rrggbb.
        samples: rows of the table.

    Returns:
        float64 (samples, 3) sRGB.

    Example:
        >>> gradient(("#000000", "#ffffff"), 3)[1].round(2).tolist()
        [0.39, 0.39, 0.39]
    """
    import numpy as np

    from faery_cli.pictures.styles import lab_to_srgb, srgb_to_lab

    stops = srgb_to_lab(np.array([hex_color(color) for color in colors]))
    places, knots = np.linspace(0, 1, samples), np.linspace(0, 1, len(stops))
    lab = np.stack([np.interp(places, knots, stops[:, k]) for k in range(3)], axis=1)
    return lab_to_srgb(lab)


def colormap(text: str) -> Colormap:
    """Give a colour map by an expression.

    Args:
        text: a name (`batlow`), or colours (`#000000,#ff8000,#fffff0`); then any of `_r` (turned),
            `*N` (N times), `@X` (shifted by the part X of its length). Colours make a sequential
            map; `diverging:` or `cyclic:` before them says otherwise.

    Raises:
        UsageError: no such map.

    Example:
        >>> colormap("roma_o*2").rgb.shape, colormap("vik_r").kind
        ((512, 3), 'diverging')
    """
    import numpy as np

    base, at, shift = text.partition("@")
    base, star, times = base.partition("*")
    backward = base.endswith("_r")
    base = base.removesuffix("_r")
    kind, colon, colors = base.rpartition(":")
    if colors.startswith("#"):
        if colon and kind not in ("sequential", "diverging", "cyclic"):
            raise UsageError(f"{text}: expected sequential, diverging or cyclic before the colours")
        found = Colormap(text, kind or "sequential", gradient(colors.split(","), SAMPLES))
    else:
        found = _named(base)
    rgb = found.rgb[::-1] if backward else found.rgb
    try:
        if star:
            rgb = np.tile(rgb, (_at_least_one(times), 1))
        if at:
            rgb = np.roll(rgb, -round(float(shift) * len(rgb)), axis=0)
    except ValueError:
        raise UsageError(f"{text}: expected NAME*N or NAME@0.5") from None
    return replace(found, name=text, rgb=np.ascontiguousarray(rgb))


def _at_least_one(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 64:
        raise ValueError(text)
    return number


# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, A physiologically-based model for simulation
# of color vision deficiency, IEEE TVCG 15 (2009), table 1, severity 1.0; acts on linear RGB.
_MACHADO = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def simulate(rgb: "np.ndarray", blindness: str) -> "np.ndarray":
    """Give colours as a colour-blind eye sees them.

    Args:
        rgb: float (..., 3) sRGB from 0 to 1.
        blindness: "protanopia", "deuteranopia" or "tritanopia".

    Returns:
        float64 (..., 3) sRGB.

    Example:
        >>> import numpy as np
        >>> simulate(np.array([1.0, 1.0, 1.0]), "protanopia").round(3).tolist()
        [1.0, 1.0, 1.0]
    """
    import numpy as np

    from faery_cli.pictures.styles import from_linear, to_linear

    if blindness not in _MACHADO:
        raise UsageError(unknown("colour blindness", blindness, _MACHADO))
    return from_linear(np.clip(to_linear(rgb) @ np.array(_MACHADO[blindness]).T, 0, 1))
