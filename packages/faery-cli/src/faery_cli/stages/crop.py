"""Keep a rectangle of the picture."""

from typing import TYPE_CHECKING

from faery_cli.errors import UsageError
from faery_cli.operation import PerPacket
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import INTEGER

if TYPE_CHECKING:
    from neuro_kernels import Events


@stage(
    "crop",
    "Keep the events of a rectangle and move its corner to the origin.",
    Parameter("left", INTEGER, "first column kept (the picture's edge if empty)", None, span=True),
    Parameter("right", INTEGER, "first column no longer kept", None),
    Parameter("top", INTEGER, "first row kept", None, span=True),
    Parameter("bottom", INTEGER, "first row no longer kept", None),
    aliases=("roi",),
    example="fae in.raw : crop 80:240 60:180 : out.raw",
)
def crop(
    shape: Shape, *, left: int | None, right: int | None, top: int | None, bottom: int | None
) -> PerPacket:
    width, height = shape.size
    sides = []
    for low, high, limit, words in (
        (left, right, width, ("left", "right", "width")),
        (top, bottom, height, ("top", "bottom", "height")),
    ):
        low, high = 0 if low is None else low, limit if high is None else high
        if not 0 <= low < high <= limit:
            raise UsageError(
                f"crop: expected 0 <= {words[0]} < {words[1]} <= {limit} (the {words[2]}), "
                f"got {low}:{high}"
            )
        sides.append((low, high))
    (x0, x1), (y0, y1) = sides
    size = (x1 - x0, y1 - y0)

    def keep(events: "Events") -> "Events":
        # One comparison per axis: below the low edge the unsigned difference wraps to a large one.
        inside = (events.x - x0 if x0 else events.x) < size[0]
        inside &= (events.y - y0 if y0 else events.y) < size[1]
        kept = events[inside]
        x, y = (kept.x - x0 if x0 else None), (kept.y - y0 if y0 else None)
        return kept.replace(x=x, y=y, size=size)

    return PerPacket(shape.but(size=size), keep)
