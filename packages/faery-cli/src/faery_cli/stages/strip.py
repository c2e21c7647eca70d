"""A strip with the event rate, and a legend of the colours, beside the pictures."""

from collections import deque
from collections.abc import Iterator

from faery_cli.operation import Frame, Operation
from faery_cli.pictures.chart import si_text
from faery_cli.pictures.font import ROWS, draw_text, text_size
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import Choice

CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")


class Strip(Operation):
    """Adds rows under each picture, in which the rate of the last pictures runs to the left."""

    def __init__(self, shape: Shape) -> None:
        width, height = shape.size
        self._scale = max(1, min(height // 240, width // 240))
        self._rows = max(16, height // 10) + height % 2
        super().__init__(shape.but(size=(width, height + self._rows)))
        self._step = max(1, width // 160)
        self._counts: deque[int] = deque(maxlen=width // self._step)
        self._period = shape.grid.period_us if shape.grid is not None else 0.0

    def feed(self, item: Frame) -> Iterator[Frame]:
        import numpy as np

        self._counts.append(item.events)
        palette, shade = self.shape.palette, self.shape.palette.shading
        width, height = self.shape.size
        index = np.zeros((height, width), np.uint8)
        index[: height - self._rows] = item.index
        strip = index[height - self._rows :]
        strip[0] = palette.text
        # One very full picture must not flatten the others: the scale is the second largest.
        ordered = sorted(self._counts)
        top = max(1, ordered[-2] if len(ordered) > 1 else ordered[-1])
        room = self._rows - 2
        for place, count in enumerate(reversed(self._counts)):
            tall = min(room, max(int(count > 0), round(room * count / top)))
            right = width - place * self._step
            strip[self._rows - tall :, max(0, right - self._step) : right] = (
                shade.on + shade.levels * 2 // 3 - 1
            )
        if self._period:
            text = si_text(item.events * 1e6 / self._period, "ev/s")
            draw_text(
                strip, text, 4 * self._scale, 3 * self._scale, scale=self._scale,
                color=palette.text, outline=palette.outline,
            )  # fmt: skip
        yield Frame(item.t_us, index, item.events)


@stage(
    "strip",
    "Add a strip under the pictures in which the event rate runs along.",
    takes="frames",
    gives="frames",
    aliases=("rate-strip",),
    example="fae in.raw : render : scale : strip : out.gif",
)
def strip(shape: Shape) -> Strip:
    return Strip(shape)


class Legend(Operation):
    """Draws both ramps from old to new."""

    def __init__(self, shape: Shape, corner: str) -> None:
        super().__init__(shape)
        self._corner = corner
        self._scale = max(1, min(shape.size[1] // 240, shape.size[0] // 240))

    def feed(self, item: Frame) -> Iterator[Frame]:
        index = item.index.copy()
        palette, shade = self.shape.palette, self.shape.palette.shading
        scale, (width, height) = self._scale, self.shape.size
        ramps = [("ON", shade.on)] if shade.on == shade.off else [
            ("ON", shade.on), ("OFF", shade.off)
        ]  # fmt: skip
        bar = shade.levels * scale
        label = text_size("OFF", scale)[0]
        box = (bar + label + 4 * scale, len(ramps) * (ROWS + 3) * scale)
        margin = 6 * scale
        x = margin if "left" in self._corner else width - margin - box[0]
        y = margin if "top" in self._corner else height - margin - box[1]
        for name, first in ramps:
            for level in range(shade.levels):
                left = x + level * scale
                index[max(0, y + scale) : max(0, y + ROWS * scale),
                      max(0, left) : max(0, left + scale)] = first + level  # fmt: skip
            draw_text(
                index, name, x + bar + 4 * scale, y, scale=scale, color=palette.text,
                outline=palette.outline,
            )  # fmt: skip
            y += (ROWS + 3) * scale
        yield Frame(item.t_us, index, item.events)


@stage(
    "legend",
    "Draw what the colours mean: from weak (old) to strong (new), ON and OFF.",
    Parameter("corner", Choice("corner", CORNERS), "where", "bottom-right"),
    takes="frames",
    gives="frames",
    example="fae in.raw : render : scale : legend : out.gif",
)
def legend(shape: Shape, *, corner: str) -> Legend:
    return Legend(shape, corner)
