"""Write time and speed into the picture."""

from collections.abc import Iterator

from faery_cli.operation import Frame, Operation
from faery_cli.pictures.font import ROWS, draw_text, text_size
from faery_cli.pictures.timing import speed_text, time_text
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import Choice

CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")


class Timecode(Operation):
    """Draws "0.52 s  × 1/10", counted from the beginning of the first frame."""

    def __init__(self, shape: Shape, corner: str) -> None:
        super().__init__(shape)
        self._corner = corner
        self._scale = max(1, min(shape.size[1] // 200, shape.size[0] // 200))
        self._origin: float | None = None
        self._period = shape.grid.period_us if shape.grid is not None else 1e4

    def feed(self, item: Frame) -> Iterator[Frame]:
        if self._origin is None:
            self._origin = item.t_us - self._period
        text = time_text(round(item.t_us - self._origin), self._period)
        if self.shape.speed is not None:
            text += "  " + speed_text(self.shape.speed)
        index = item.index.copy()
        scale, (width, height) = self._scale, self.shape.size
        margin = 2 * ROWS * scale // 3
        x = margin if "left" in self._corner else width - margin - text_size(text, scale)[0]
        y = margin if "top" in self._corner else height - margin - ROWS * scale
        palette = self.shape.palette
        draw_text(index, text, x, y, scale=scale, color=palette.text, outline=palette.outline)
        yield Frame(item.t_us, index, item.events)


@stage(
    "timecode",
    "Write the time and the speed into the pictures.",
    Parameter("corner", Choice("corner", CORNERS), "where", "top-left"),
    takes="frames",
    gives="frames",
    aliases=("add-timecode",),
    example="fae in.raw : render --speed 0.1 : scale : timecode : out.gif",
)
def timecode(shape: Shape, *, corner: str) -> Timecode:
    return Timecode(shape, corner)
