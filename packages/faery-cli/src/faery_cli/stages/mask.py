"""Keep the events of some pixels: a mask, a polygon."""

import re
from typing import TYPE_CHECKING, Any

from faery_cli.errors import InputError, UsageError
from faery_cli.operation import PerPacket
from faery_cli.registry import FLAG, Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import Kind

if TYPE_CHECKING:
    import numpy as np

LIGHT = 128  # of a picture's 256 levels; a pixel as light is kept


def _read_mask(path: Any) -> "np.ndarray":
    import numpy as np

    if not isinstance(path, str):
        return np.asarray(path).astype(bool)
    if path.lower().endswith(".npy"):
        try:
            return np.load(path, allow_pickle=False).astype(bool)
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: is no array that can be read ({error})") from error
    from faery_cli.pictures.read import read_png

    picture = read_png(path)
    return (picture[..., :3].max(axis=2) >= LIGHT) & (picture[..., 3] > 0)


def _kept(shape: Shape, flags: "np.ndarray") -> PerPacket:
    from neuro_kernels import filters

    return PerPacket(shape, filters.PixelMask(flags).feed)


MASK = Kind("mask", "FILE", lambda value: value, lambda value: str(value), hint="object")


@stage(
    "mask",
    "Keep the events of the pixels that are light in a picture.",
    Parameter("mask", MASK, "a PNG or NPY file of the sensor's size (in Python also an array)"),
    Parameter("invert", FLAG, "keep the dark ones instead", False),
    example="fae in.raw : mask roi.png : out.raw",
)
def mask(shape: Shape, *, mask: Any, invert: bool) -> PerPacket:
    flags = _read_mask(mask)
    width, height = shape.size
    if flags.shape != (height, width):
        found = "x".join(str(side) for side in reversed(flags.shape))
        raise UsageError(f"mask: expected a picture of {width}x{height}, got {found}")
    return _kept(shape, ~flags if invert else flags)


def _read_point(value: Any) -> tuple[float, float]:
    numbers = re.fullmatch(r"(-?[\d.]+),(-?[\d.]+)", value) if isinstance(value, str) else None
    try:
        x, y = (float(numbers[1]), float(numbers[2])) if numbers else value
        return float(x), float(y)
    except (TypeError, ValueError):
        raise ValueError(f"expected a corner such as 10,20, got {value!r}") from None


def _show_points(points: Any) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _read_points(value: Any) -> tuple[tuple[float, float], ...]:
    if isinstance(value, str):
        return tuple(_read_point(part) for part in value.split())
    return tuple(_read_point(part) for part in value)


POINTS = Kind("corners", "X,Y…", _read_points, _show_points, hint="str | list[tuple[float, float]]")


def inside_polygon(points: tuple[tuple[float, float], ...], size: tuple[int, int]) -> "np.ndarray":
    """Tell which pixels' middles lie inside a polygon (even-odd rule).

    Args:
        points: (x, y) of the corners, in pixels; pixel (0, 0) reaches from (0, 0) to (1, 1).
        size: (width, height).

    Returns:
        bool (height, width).

    Example:
        >>> inside_polygon(((0, 0), (2, 0), (0, 2)), (2, 2)).tolist()
        [[True, False], [False, False]]
    """
    import numpy as np

    x = (np.arange(size[0]) + 0.5)[None, :]
    y = (np.arange(size[1]) + 0.5)[:, None]
    inside = np.zeros((size[1], size[0]), bool)
    for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True):
        if y0 == y1:
            continue
        crosses = (y0 <= y) != (y1 <= y)
        inside ^= crosses & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside


@stage(
    "polygon",
    "Keep the events inside a polygon.",
    Parameter("corners", POINTS, "three or more corners X,Y in one word: '10,10 90,20 50,80'"),
    Parameter("invert", FLAG, "keep what is outside instead", False),
    aliases=("roi-polygon",),
    example="fae in.raw : polygon '10,10 300,20 150,220' : out.raw",
)
def polygon(shape: Shape, *, corners: tuple[tuple[float, float], ...], invert: bool) -> PerPacket:
    if len(corners) < 3:
        raise UsageError(f"polygon: expected three corners or more, got {len(corners)}")
    inside = inside_polygon(corners, shape.size)
    return _kept(shape, ~inside if invert else inside)
