"""Events as points in space and time, seen from the side."""

from math import cos, pi, sin
from typing import TYPE_CHECKING

from faery_cli.pictures.chart import si_text
from faery_cli.pictures.styles import Palette

if TYPE_CHECKING:
    import numpy as np

    from neuro_kernels import Events

__all__ = ["Cloud"]

TILT = 0.42  # radians that the viewer stands above the sensor's middle row
DEPTH = 1.6  # length of the time axis, in widths of the sensor
FAR = 0.35  # brightness of the farthest points


class Cloud:
    """A box of points: x to the right, y down, time into the depth.

    Args:
        events: the points.
        size: (width, height) of the picture.
        palette: colours.

    Example:
        >>> from faery_cli.pictures.styles import STYLES, make_palette
        >>> from neuro_kernels import Events
        >>> events = Events([0, 10], [1, 2], [1, 2], [0, 1], size=(4, 4))
        >>> cloud = Cloud(events, (80, 60), make_palette(STYLES["night"]))
        >>> cloud.draw(0.5).shape
        (60, 80)
    """

    def __init__(self, events: "Events", size: tuple[int, int], palette: Palette) -> None:
        import numpy as np

        self._size = size
        self._palette = palette
        width, height = events.size
        span = max(1, int(events.t[-1] - events.t[0])) if len(events) else 1
        self._names = (f"x {width} px", f"y {height} px", f"t {si_text(span / 1e6, 's')}")
        t = (events.t - events.t[0]) / span if len(events) else np.zeros(0)
        # The box lies around the origin; its longest horizontal side is 1.
        self._points = np.stack(
            [
                (events.x + 0.5) / width - 0.5,
                (events.y + 0.5) / width - 0.5 * height / width,
                (t - 0.5) * DEPTH,
            ],
            axis=1,
        )
        self._on = events.p != 0
        half = np.array([0.5, 0.5 * height / width, 0.5 * DEPTH])
        self._corners = (
            np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]) * half
        )
        # From every side the box fits into the picture.
        reach = float(np.hypot(half[0], half[2]))
        tall = half[1] * cos(TILT) + reach * sin(TILT)
        self._scale = 0.94 * min(size[0] / (2 * reach), size[1] / (2 * tall))

    def _seen(self, points: "np.ndarray", angle: float) -> "np.ndarray":
        """Turn by an angle about the vertical axis; columns: x, y in pixels, depth."""
        import numpy as np

        x = points[:, 0] * cos(angle) - points[:, 2] * sin(angle)
        z = points[:, 0] * sin(angle) + points[:, 2] * cos(angle)
        y = points[:, 1] * cos(TILT) - z * sin(TILT)
        depth = points[:, 1] * sin(TILT) + z * cos(TILT)
        return np.stack(
            [x * self._scale + self._size[0] / 2, y * self._scale + self._size[1] / 2, depth],
            axis=1,
        )

    def draw(self, angle: float) -> "np.ndarray":
        """Draw from an angle in radians; 0 looks along the time axis.

        Returns:
            uint8 (height, width) palette indices; near points cover far ones and are brighter.
        """
        import numpy as np

        width, height = self._size
        picture = np.zeros((height, width), np.uint8)
        shading = self._palette.shading
        self._frame(picture, angle)
        seen = self._seen(self._points, angle)
        order = np.argsort(-seen[:, 2], kind="stable")
        seen, on = seen[order], self._on[order]
        if not len(seen):
            self._letters(picture, angle)
            return picture
        near, far = float(seen[-1, 2]), float(seen[0, 2])
        light = FAR + (1 - FAR) * (far - seen[:, 2]) / max(far - near, 1e-9)
        level = np.maximum(1, np.floor(light * shading.levels + 0.5)).astype(np.int64)
        color = (np.where(on, shading.on, shading.off) + level - 1).astype(np.uint8)
        radius = max(1, round(min(width, height) / 400))
        for dy in range(radius):
            for dx in range(radius):
                x = np.floor(seen[:, 0]).astype(np.int64) + dx
                y = np.floor(seen[:, 1]).astype(np.int64) + dy
                inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
                picture[y[inside], x[inside]] = color[inside]
        self._letters(picture, angle)
        return picture

    def _frame(self, picture: "np.ndarray", angle: float) -> None:
        """Draw the twelve edges of the box."""
        import numpy as np

        height, width = picture.shape
        ends = self._seen(self._corners, angle)
        for a in range(8):
            for b in range(a + 1, 8):
                if (a ^ b).bit_count() != 1:
                    continue
                part = np.linspace(0, 1, 2 * max(width, height))[:, None]
                line = ends[a, :2] * (1 - part) + ends[b, :2] * part
                x, y = (
                    np.clip(line[:, k].astype(int), 0, s - 1) for k, s in ((0, width), (1, height))
                )
                picture[y, x] = self._palette.shading.on + self._palette.shading.levels // 4

    def _letters(self, picture: "np.ndarray", angle: float) -> None:
        """Name three edges that meet, in front of the points, and say how long they are."""
        from faery_cli.pictures.font import draw_text

        ends = self._seen(self._corners, angle)
        scale = max(1, picture.shape[0] // 240)
        corner = ends[0, :2]
        for name, other in zip(self._names, (4, 2, 1), strict=True):
            place = corner * 0.5 + ends[other, :2] * 0.5
            right = picture.shape[1] - (6 * len(name) + 1) * scale
            draw_text(
                picture,
                name,
                max(0, min(int(place[0]) + 3 * scale, right)),
                int(place[1]) - 4 * scale,
                scale=scale,
                color=self._palette.text,
                outline=self._palette.outline,
            )


def turn(number: int, count: int) -> float:
    """Give the angle of picture `number` of `count` in one whole turn, begun from the side.

    Example:
        >>> round(turn(0, 4), 2), round(turn(2, 4), 2)
        (0.6, 3.74)
    """
    return 0.6 + 2 * pi * number / count
