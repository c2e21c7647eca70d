"""Write text and lay pictures over the pictures of events."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from faery_cli.errors import UsageError
from faery_cli.operation import Frame, Operation
from faery_cli.pictures.font import ROWS, draw_text
from faery_cli.pictures.timing import speed_text
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import INTEGER, TEXT, Kind

if TYPE_CHECKING:
    import numpy as np

FIELDS = ("time", "speed", "rate", "events", "frame")
LARGEST_PALETTE = 255  # index images with more colours do not fit a GIF


class Annotate(Operation):
    """Writes text whose fields are filled for each frame."""

    def __init__(self, shape: Shape, text: str, x: int, y: int, size: int | None) -> None:
        super().__init__(shape)
        for field in re.findall(r"{(.*?)}", text):
            if field not in FIELDS:
                listed = ", ".join("{" + name + "}" for name in FIELDS)
                raise UsageError(f"annotate: unknown field {{{field}}}: expected {listed}")
        self._text, self._x, self._y = text, x, y
        height = shape.size[1] // 200 * ROWS if size is None else size
        self._scale = max(1, round(height / ROWS))
        self._number = 0
        self._begin: int | None = None

    def feed(self, item: Frame) -> Iterator[Frame]:
        period = self.shape.grid.period_us if self.shape.grid is not None else 0.0
        if self._begin is None:
            self._begin = item.t_us - round(period)
        rate = item.events * 1e6 / period if period else 0.0
        speed = self.shape.speed
        values = {
            "time": f"{(item.t_us - self._begin) / 1e6:.3f} s",
            "speed": speed_text(speed) if speed is not None else "",
            "rate": f"{rate / 1e6:.2f} Mev/s",
            "events": str(item.events),
            "frame": str(self._number),
        }
        text = re.sub(r"{(.*?)}", lambda match: values[match[1]], self._text)
        self._number += 1
        index = item.index.copy()
        palette = self.shape.palette
        draw_text(
            index,
            text,
            self._x,
            self._y,
            scale=self._scale,
            color=palette.text,
            outline=palette.outline,
        )
        yield Frame(item.t_us, index, item.events)


@stage(
    "annotate",
    "Write text into the pictures.",
    Parameter("text", TEXT, "the text; {time} {speed} {rate} {events} {frame} are filled in"),
    Parameter("x", INTEGER, "column of its left edge", 10),
    Parameter("y", INTEGER, "row of its upper edge", 10),
    Parameter("size", INTEGER, "height of the letters in pixels", None, named=True),
    takes="frames",
    gives="frames",
    example="fae in.raw : render : scale : annotate 'run 7, {rate}' 10 40 : out.gif",
)
def annotate(shape: Shape, *, text: str, x: int, y: int, size: int | None) -> Annotate:
    return Annotate(shape, text, x, y, size)


class Overlay(Operation):
    """Lays a picture with as many own colours as fit over each frame."""

    def __init__(self, shape: Shape, picture: "np.ndarray", x: int, y: int) -> None:
        import numpy as np

        palette = shape.palette
        free = LARGEST_PALETTE - len(palette.colors)
        opaque = picture[..., 3] >= 128
        table, index = _few_colors(picture[..., :3], opaque, free)
        index = (index + len(palette.colors)).astype(np.uint8)
        colors = np.concatenate([palette.colors, table]).astype(np.uint8)
        super().__init__(shape.but(palette=replace(palette, colors=colors)))
        self._index, self._opaque = index, opaque
        self._x, self._y = x, y

    def feed(self, item: Frame) -> Iterator[Frame]:
        out = item.index.copy()
        rows, columns = self._index.shape
        top, left = max(0, -self._y), max(0, -self._x)
        target = out[
            self._y + top : max(0, self._y + rows), self._x + left : max(0, self._x + columns)
        ]
        window = (slice(top, top + target.shape[0]), slice(left, left + target.shape[1]))
        target[self._opaque[window]] = self._index[window][self._opaque[window]]
        yield Frame(item.t_us, out, item.events)


def _few_colors(
    rgb: "np.ndarray", used: "np.ndarray", most: int
) -> "tuple[np.ndarray, np.ndarray]":
    """Give at most `most` colours (n, 3) and the index of each pixel's: coarser until they fit."""
    import numpy as np

    if most < 2:
        raise UsageError("overlay: the style leaves no colours free; lower render --levels")
    packed = colors = np.zeros(0, np.uint32)
    for bits in range(8, 0, -1):
        shift = 8 - bits
        coarse = (rgb >> shift << shift) + ((1 << shift) >> 1)
        packed = coarse.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
        colors = np.unique(packed[used])
        if len(colors) <= most:
            break
    else:
        colors = colors[:: -(-len(colors) // most)]
    table = np.stack([colors >> 16 & 255, colors >> 8 & 255, colors & 255], axis=1)
    if not len(table):
        return table.astype(np.uint8), np.zeros(rgb.shape[:2], np.int64)
    place = np.minimum(np.searchsorted(colors, packed), len(colors) - 1)
    return table.astype(np.uint8), place


PICTURE = Kind("picture", "FILE", lambda value: value, str, hint="object")


@stage(
    "overlay",
    "Lay a picture over the pictures of events.",
    Parameter("picture", PICTURE, "a PNG file (in Python also an array)"),
    Parameter("x", INTEGER, "column of its left edge", 0),
    Parameter("y", INTEGER, "row of its upper edge", 0),
    takes="frames",
    gives="frames",
    aliases=("add-overlay",),
    details="Its pixels are opaque or left out. Pictures have at most 255 colours; where the "
    "overlay has too many, similar ones become one.",
    example="fae in.raw : render : scale : overlay logo.png 10 10 : out.gif",
)
def overlay(shape: Shape, *, picture: Any, x: int, y: int) -> Overlay:
    import numpy as np

    if isinstance(picture, str):
        from faery_cli.pictures.read import read_png

        picture = read_png(picture)
    picture = np.asarray(picture, np.uint8)
    if picture.ndim != 3 or picture.shape[2] not in (3, 4):
        raise UsageError(f"overlay: expected (height, width, 3 or 4), got {picture.shape}")
    if picture.shape[2] == 3:
        picture = np.concatenate([picture, np.full((*picture.shape[:2], 1), 255, np.uint8)], axis=2)
    return Overlay(shape, picture, x, y)
