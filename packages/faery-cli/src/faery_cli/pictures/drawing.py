"""Diagrams of lines, areas and text, as SVG or as pixels."""

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Drawing"]

SMOOTH = 2  # pixels are drawn so many times as fine, then averaged
FONT = "DejaVu Sans Mono, Menlo, Consolas, monospace"
ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}


@dataclass(frozen=True)
class _Rectangle:
    box: tuple[float, float, float, float]
    color: str


@dataclass(frozen=True, eq=False)
class _Line:
    points: "np.ndarray"
    color: str
    width: float


@dataclass(frozen=True)
class _Text:
    x: float
    y: float
    text: str
    color: str
    scale: int
    anchor: str
    upward: bool


@dataclass
class Drawing:
    """A list of shapes, later ones on top.

    Args:
        width: in pixels.
        height: in pixels.
        background: #rrggbb.

    Example:
        >>> drawing = Drawing(40, 20, "#ffffff")
        >>> drawing.rectangle(10, 5, 20, 10, "#ff0000")
        >>> drawing.pixels()[10, 20].tolist()
        [255, 0, 0]
        >>> "<rect" in drawing.svg()
        True
    """

    width: int
    height: int
    background: str
    _shapes: "list[_Rectangle | _Line | _Text]" = field(default_factory=list)

    def rectangle(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """Fill a rectangle."""
        self._shapes.append(_Rectangle((x, y, width, height), color))

    def line(self, points: "np.ndarray", color: str, width: float = 1.0) -> None:
        """Draw a line through points (n, 2), x to the right and y down."""
        self._shapes.append(_Line(points, color, width))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        color: str,
        *,
        scale: int = 1,
        anchor: str = "start",
        upward: bool = False,
    ) -> None:
        """Write a line of text.

        Args:
            x: where its start, middle or end lies.
            y: its vertical middle.
            text: what is written.
            color: #rrggbb.
            scale: enlargement of the font of 9 rows.
            anchor: "start", "middle" or "end".
            upward: write from bottom to top; then x is the horizontal middle, y the anchor.
        """
        self._shapes.append(_Text(x, y, text, color, scale, anchor, upward))

    def svg(self) -> str:
        """Give the drawing as SVG 1.1."""
        size = f'width="{self.width}" height="{self.height}"'
        box = f'viewBox="0 0 {self.width} {self.height}"'
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}>',
            f'<rect {size} fill="{self.background}"/>',
        ]
        for shape in self._shapes:
            if isinstance(shape, _Rectangle):
                x, y, width, height = shape.box
                lines.append(
                    f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
                    f'fill="{shape.color}"/>'
                )
            elif isinstance(shape, _Line):
                places = " ".join(f"{x:.2f},{y:.2f}" for x, y in shape.points.tolist())
                lines.append(
                    f'<polyline points="{places}" fill="none" stroke="{shape.color}" '
                    f'stroke-width="{shape.width:g}" stroke-linejoin="round"/>'
                )
            else:
                turn = f' transform="rotate(-90 {shape.x:g} {shape.y:g})"' if shape.upward else ""
                lines.append(
                    f'<text x="{shape.x:g}" y="{shape.y:g}" fill="{shape.color}" '
                    f'font-family="{FONT}" font-size="{9 * shape.scale}" '
                    f'text-anchor="{shape.anchor}" dominant-baseline="central"{turn}>'
                    f"{escape(shape.text)}</text>"
                )
        return "\n".join([*lines, "</svg>"]) + "\n"

    def pixels(self) -> "np.ndarray":
        """Give the drawing as uint8 (height, width, 3)."""
        import numpy as np

        shape = (self.height * SMOOTH, self.width * SMOOTH, 3)
        canvas = np.empty(shape, np.uint8)
        canvas[:] = _rgb(self.background)
        texts = []
        for item in self._shapes:
            if isinstance(item, _Rectangle):
                x, y, width, height = (round(value * SMOOTH) for value in item.box)
                canvas[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)] = _rgb(
                    item.color
                )
            elif isinstance(item, _Line):
                _stroke(canvas, item)
            else:
                texts.append(item)
        fine = canvas.reshape(self.height, SMOOTH, self.width, SMOOTH, 3)
        picture = (fine.mean(axis=(1, 3)) + 0.5).astype(np.uint8)
        for item in texts:  # letters are made of whole pixels
            _write(picture, item)
        return picture


def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def _stroke(canvas: "np.ndarray", line: _Line) -> None:
    import numpy as np

    points = np.asarray(line.points, np.float64) * SMOOTH
    if len(points) == 0:
        return
    if len(points) == 1:
        points = np.repeat(points, 2, axis=0)
    steps = np.diff(points, axis=0)
    counts = np.maximum(1, np.ceil(np.abs(steps).max(axis=1))).astype(np.int64)
    place = np.repeat(np.arange(len(steps)), counts)
    part = (np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[place]
    dots = np.concatenate([points[:-1][place] + steps[place] * part[:, None], points[-1:]])
    radius = max(0.5, line.width * SMOOTH / 2)
    reach = np.arange(-int(radius), int(radius) + 1)
    height, width = canvas.shape[:2]
    for dy in reach.tolist():
        for dx in reach.tolist():
            if dx * dx + dy * dy > radius * radius:
                continue
            x = np.floor(dots[:, 0] + dx).astype(np.int64)
            y = np.floor(dots[:, 1] + dy).astype(np.int64)
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            canvas[y[inside], x[inside]] = _rgb(line.color)


def _write(picture: "np.ndarray", item: _Text) -> None:
    import numpy as np

    from faery_cli.pictures.font import draw_text, text_size

    width, height = text_size(item.text, item.scale)
    if not width:
        return
    mask = np.zeros((height, width), np.uint8)
    draw_text(mask, item.text, 0, 0, scale=item.scale, color=1)
    shift = ANCHORS[item.anchor] * width
    if item.upward:
        mask = np.rot90(mask)
        x, y = round(item.x - height / 2), round(item.y - width + shift)
    else:
        x, y = round(item.x - shift), round(item.y - height / 2)
    top, left = max(0, -y), max(0, -x)
    target = picture[max(0, y) : max(0, y + mask.shape[0]), max(0, x) : max(0, x + mask.shape[1])]
    part = mask[top : top + target.shape[0], left : left + target.shape[1]]
    target[part == 1] = _rgb(item.color)
