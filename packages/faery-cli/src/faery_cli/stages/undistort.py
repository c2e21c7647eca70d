"""Move each pixel to where it lies without the lens's distortion."""

from typing import TYPE_CHECKING

from faery_cli.errors import UsageError
from faery_cli.operation import PerPacket
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import NUMBER

if TYPE_CHECKING:
    import numpy as np

ROUNDS = 20  # of the fixed-point iteration; 5 suffice for common lenses
SETTLED = 1e-10  # a round that moves nothing further, in focal lengths, is the last
ROWS = 8  # iterated at once, so that they stay in the cache


def undistorted(
    size: tuple[int, int],
    camera: tuple[float, float, float, float],
    k: tuple[float, float, float],
    p: tuple[float, float],
) -> "tuple[np.ndarray, np.ndarray]":
    """Give the place of each pixel's middle without distortion.

    Radial and tangential distortion (D. C. Brown, Decentering distortion of lenses, 1966), inverted
    by fixed-point iteration.

    Args:
        size: (width, height).
        camera: fx, fy, cx, cy in pixels.
        k: radial coefficients k1, k2, k3.
        p: tangential coefficients p1, p2.

    Returns:
        x and y in pixels, float64 (height, width) each.
    """
    import numpy as np

    fx, fy, cx, cy = camera
    width, height = size
    out_x, out_y = np.empty((height, width)), np.empty((height, width))
    for top in range(0, height, ROWS):
        rows = slice(top, min(top + ROWS, height))
        y, x = np.mgrid[rows, :width].astype(np.float64)
        x, y = _straightened((x - cx) / fx, (y - cy) / fy, k, p)
        out_x[rows], out_y[rows] = x * fx + cx, y * fy + cy
    return out_x, out_y


def _straightened(
    seen_x: "np.ndarray",
    seen_y: "np.ndarray",
    k: tuple[float, float, float],
    p: tuple[float, float],
) -> "tuple[np.ndarray, np.ndarray]":
    """Invert the distortion of places in focal lengths from the optical centre."""
    import numpy as np

    x, y = seen_x, seen_y
    with np.errstate(all="ignore"):
        for _ in range(ROUNDS):
            r2 = x * x + y * y
            radial = 1 + r2 * (k[0] + r2 * (k[1] + r2 * k[2]))
            dx = 2 * p[0] * x * y + p[1] * (r2 + 2 * x * x)
            dy = p[0] * (r2 + 2 * y * y) + 2 * p[1] * x * y
            before_x, before_y = x, y
            x, y = (seen_x - dx) / radial, (seen_y - dy) / radial
            # Written so that a place that diverges to "not a number" goes on to the end.
            if (np.abs(x - before_x) < SETTLED).all() and (np.abs(y - before_y) < SETTLED).all():
                break
    return x, y


@stage(
    "undistort",
    "Take the lens's distortion out of the picture.",
    Parameter("fx", NUMBER, "focal length in pixels, to the right"),
    Parameter("fy", NUMBER, "focal length in pixels, down"),
    Parameter("cx", NUMBER, "optical centre's column"),
    Parameter("cy", NUMBER, "optical centre's row"),
    Parameter("k1", NUMBER, "radial coefficient of r^2", 0.0, named=True),
    Parameter("k2", NUMBER, "radial coefficient of r^4", 0.0, named=True),
    Parameter("k3", NUMBER, "radial coefficient of r^6", 0.0, named=True),
    Parameter("p1", NUMBER, "first tangential coefficient", 0.0, named=True),
    Parameter("p2", NUMBER, "second tangential coefficient", 0.0, named=True),
    details="The numbers are those of OpenCV's pinhole model (camera matrix; k1, k2, p1, p2, k3). "
    "Each pixel's events move to the nearest pixel; what falls outside the picture is dropped.",
    example="fae in.raw : undistort 320 320 160 120 --k1 -0.3 --k2 0.1 : out.raw",
)
def undistort(
    shape: Shape,
    *,
    fx: float,
    fy: float,
    cx: float,
    cy: float,
    k1: float,
    k2: float,
    k3: float,
    p1: float,
    p2: float,
) -> PerPacket:
    if not (fx > 0 and fy > 0):
        raise UsageError(f"undistort: expected focal lengths above zero, got {fx:g} and {fy:g}")
    import numpy as np

    from neuro_kernels import filters

    x, y = undistorted(shape.size, (fx, fy, cx, cy), (k1, k2, k3), (p1, p2))
    lost = ~(np.isfinite(x) & np.isfinite(y))
    places = [
        np.where(lost, -1, np.clip(np.floor(np.where(lost, 0, v) + 0.5), -1, 65536)) for v in (x, y)
    ]
    remap = filters.Remap(places[0].astype(np.int64), places[1].astype(np.int64), size=shape.size)
    return PerPacket(shape, remap.feed)
