"""Colours, colour maps and themes."""

import dataclasses
import pathlib
from typing import Any

import numpy as np

from faery_cli.compat.faery import enums
from faery_cli.pictures import colormaps as tables

__all__ = [
    "DARK_COLOR_THEME",
    "LIGHT_COLOR_THEME",
    "Color",
    "ColorTheme",
    "Colormap",
    "color_to_floats",
    "color_to_hex_string",
    "color_to_ints",
    "gradient",
]

Color = tuple[float, float, float] | tuple[float, float, float, float] | str

# CIE 1976 L*a*b* by way of XYZ (IEC 61966-2-1, white point D65).
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27


def color_to_floats(color: Any) -> tuple[float, float, float, float]:
    """Give red, green, blue and opacity from 0 to 1.

    Args:
        color: three or four numbers from 0 to 1, or "#RRGGBB" or "#RRGGBBAA".

    Raises:
        ValueError: something else.

    Example:
        >>> color_to_floats("#ff0000")
        (1.0, 0.0, 0.0, 1.0)
    """
    if isinstance(color, str):
        digits = color.removeprefix("#")
        try:
            if color[:1] != "#" or len(digits) not in (6, 8):
                raise ValueError
            values = [int(digits[i : i + 2], 16) / 255 for i in range(0, len(digits), 2)]
        except ValueError:
            raise ValueError(
                f'parsing the color "{color}" failed (expected "#RRGGBB" or "#RRGGBBAA" where R, '
                "G, B, and A are hexadecimal digits)"
            ) from None
    else:
        values = [float(value) for value in color]
        if len(values) not in (3, 4) or not all(0 <= value <= 1 for value in values):
            raise ValueError(f"expected 3 or 4 numbers from 0 to 1, got {color!r}")
    red, green, blue, *opacity = values
    return red, green, blue, opacity[0] if opacity else 1.0


def color_to_ints(color: Color) -> tuple[int, int, int, int]:
    """Give red, green, blue and opacity from 0 to 255."""
    red, green, blue, opacity = (int(value * 255) for value in color_to_floats(color))
    return red, green, blue, opacity


def color_to_hex_string(color: Color) -> str:
    """Give "#RRGGBBAA"."""
    return "#" + "".join(f"{value:02X}" for value in color_to_ints(color))


def _to_lab(rgb: np.ndarray) -> np.ndarray:
    from faery_cli.pictures.styles import to_linear

    xyz = to_linear(rgb) @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > _EPSILON, np.cbrt(xyz), (_KAPPA * xyz + 16) / 116)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1
    )


def _to_rgb(lab: np.ndarray) -> np.ndarray:
    from faery_cli.pictures.styles import from_linear

    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], -1)
    xyz = np.where(f**3 > _EPSILON, f**3, (116 * f - 16) / _KAPPA) * _WHITE
    return np.clip(from_linear(np.clip(xyz @ np.linalg.inv(_TO_XYZ).T, 0, 1)), 0, 1)


def gradient(
    start: tuple[float, float, float, float], end: tuple[float, float, float, float], samples: int
) -> np.ndarray:
    """Blend two colours by L*a*b*.

    Args:
        start: red, green, blue, opacity.
        end: the same.
        samples: number of colours, both ends included.

    Returns:
        float64 (samples, 4).
    """
    parts = np.linspace(0.0, 1.0, samples)[:, None]
    first, last = np.array(start), np.array(end)
    lab = _to_lab(first[:3]) * (1 - parts) + _to_lab(last[:3]) * parts
    rgba = np.concatenate([_to_rgb(lab), first[3] * (1 - parts) + last[3] * parts], axis=1)
    if samples > 0:
        rgba[0], rgba[-1] = first, last
    return rgba


@dataclasses.dataclass
class Colormap:
    """A table of colours.

    Args:
        name: what it is called.
        type: "sequential" (nothing to much), "diverging" (OFF, nothing in the middle, ON) or
            "cyclic".
        rgba: float64 (n, 4) from 0 to 1.
    """

    name: str
    type: enums.ColormapType
    rgba: np.ndarray

    @classmethod
    def from_rgb_table(cls, name: str, type: enums.ColormapType, rgb: Any) -> "Colormap":
        """Make one of (red, green, blue) rows."""
        table = np.array(rgb, np.float64)
        return cls(name, type, np.concatenate([table, np.ones((len(table), 1))], axis=1))

    @classmethod
    def from_rgba_table(cls, name: str, type: enums.ColormapType, rgba: Any) -> "Colormap":
        """Make one of (red, green, blue, opacity) rows."""
        return cls(name, type, np.array(rgba, np.float64))

    @classmethod
    def sequential_from_pair(
        cls, name: str, start: Color, end: Color, samples: int = 256
    ) -> "Colormap":
        """Blend two colours."""
        colors = gradient(color_to_floats(start), color_to_floats(end), samples)
        return cls(name, "sequential", colors)

    @classmethod
    def diverging_from_triplet(
        cls, name: str, start: Color, middle: Color, end: Color, half_samples: int = 128
    ) -> "Colormap":
        """Blend from one colour over a middle to another."""
        first, second, third = (color_to_floats(color) for color in (start, middle, end))
        halves = [gradient(first, second, half_samples), gradient(second, third, half_samples)[1:]]
        return cls(name, "diverging", np.concatenate(halves))

    def flipped(self) -> "Colormap":
        """Give it backward."""
        return Colormap(f"{self.name}_flipped", self.type, self.rgba[::-1])

    def rolled(self, shift: int) -> "Colormap":
        """Give it shifted by some rows."""
        return Colormap(self.name, self.type, np.roll(self.rgba, shift, axis=0))

    def repeated(self, count: int, flip_odd_indices: bool = False) -> "Colormap":
        """Give it several times, each second one backward if so wished."""
        parts = [self.rgba]
        for index in range(1, count):
            flipped = flip_odd_indices and index % 2 == 1
            part = self.rgba[::-1] if flipped else self.rgba
            # Where two turned copies meet they share a colour.
            parts.append(part[1:] if flip_odd_indices else part)
        return Colormap(self.name, self.type, np.concatenate(parts))

    def as_type(self, new_type: enums.ColormapType) -> "Colormap":
        """Give it with another type."""
        return Colormap(self.name, new_type, self.rgba)

    def colorblindness_simulation(self, type: enums.ColorblindnessType) -> "Colormap":
        """Give it as a colour-blind eye sees it."""
        enums.validate(enums.ColorblindnessType, "ColorblindnessType", type)
        seen = tables.simulate(self.rgba[:, :3], type)
        rgba = np.concatenate([seen, self.rgba[:, 3:]], axis=1)
        return Colormap(f"{self.name}_{type}", self.type, rgba)

    def to_file(self, path: pathlib.Path | str) -> None:
        """Write the colours as a PNG strip."""
        from faery_cli.compat.faery._pixels import to_bytes, write_png

        write_png(path, np.repeat(to_bytes(self.rgba)[None], 64, axis=0))


@dataclasses.dataclass
class ColorTheme:
    """Colours of a diagram."""

    background: Color
    labels: Color
    axes: Color
    grid: Color
    subgrid: Color
    lines: list[Color]
    colormap: Colormap

    def replace(
        self,
        background: Color | None = None,
        labels: Color | None = None,
        axes: Color | None = None,
        grid: Color | None = None,
        subgrid: Color | None = None,
        lines: list[Color] | None = None,
        colormap: Colormap | None = None,
    ) -> "ColorTheme":
        """Give it with some colours changed."""
        changes = {name: value for name, value in locals().items() if value is not None}
        changes.pop("self")
        return dataclasses.replace(self, **changes)


def load(name: str) -> Colormap:
    """Give a colour map of the tables by its name."""
    found = tables.colormap(name)
    kind: Any = found.kind
    return Colormap.from_rgb_table(name, kind, found.rgb)


LIGHT_COLOR_THEME = ColorTheme(
    background="#FFFFFFFF",
    labels="#000000FF",
    axes="#000000FF",
    grid="#000000FF",
    subgrid="#00000050",
    lines=["#C1D5F4", "#0C55CDFF"],
    colormap=load("batlow"),
)
DARK_COLOR_THEME = ColorTheme(
    background="#191919FF",
    labels="#FFFFFFFF",
    axes="#FFFFFFFF",
    grid="#FFFFFFFF",
    subgrid="#FFFFFF50",
    lines=["#142C54FF", "#4285F4FF"],
    colormap=load("batlow"),
)
