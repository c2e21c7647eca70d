"""Write time and speed into the picture."""

from collections.abc import Iterator
from fractions import Fraction

from faery_cli.operation import Frame, Operation
from faery_cli.pictures.font import ROWS, draw_text, text_size
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import Choice

CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")


def speed_text(speed: float) -> str:
    """Write a speed as people say it.

    Example:
        >>> [speed_text(s) for s in (1, 0.1, 2, 0.02, 0.35)]
        ['real time', '× 1/10', '× 2', '× 1/50', '× 0.35']
    """
    if abs(speed - 1) < 1e-9:
        return "real time"
    for number, text in ((speed, "× {}"), (1 / speed, "× 1/{}")):
        if number >= 1 and abs(number - round(number)) < 1e-6 * number:
            return text.format(round(number))
    return f"× {Fraction(speed).limit_denominator(100)}" if speed < 0.01 else f"× {speed:.3g}"


def time_text(t_us: int, step_us: float) -> str:
    """Write a moment in seconds, with as many digits as one step from frame to frame needs.

    Example:
        >>> time_text(516_667, 33_333.3), time_text(1_250, 20.0), time_text(75_000_000, 1e6)
        ('0.52 s', '0.00125 s', '1:15 min')
    """
    digits = next((d for d in range(7) if step_us * 1.0001 >= 10 ** (6 - d)), 6)
    seconds = t_us / 1e6
    if abs(seconds) < 60:
        return f"{seconds:.{digits}f} s"
    minutes, rest = divmod(seconds, 60)
    width = 2 if digits == 0 else 3 + digits
    return f"{int(minutes)}:{rest:0{width}.{digits}f} min"


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
