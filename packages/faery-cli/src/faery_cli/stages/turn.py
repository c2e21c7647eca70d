"""Mirror and turn the picture; names say what the screen shows (x to the right, y down)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from faery_cli.operation import PerPacket
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import Choice

if TYPE_CHECKING:
    from neuro_kernels import Events

# New (x, y) from the old ones and the last column and row; True where width and height swap.
_TURNS: dict[str, tuple[Callable[[Any, Any, int, int], tuple[Any, Any]], bool]] = {
    "left-right": (lambda x, y, right, bottom: (right - x, y), False),
    "top-bottom": (lambda x, y, right, bottom: (x, bottom - y), False),
    "main-diagonal": (lambda x, y, right, bottom: (y, x), True),
    "other-diagonal": (lambda x, y, right, bottom: (bottom - y, right - x), True),
    "clockwise": (lambda x, y, right, bottom: (bottom - y, x), True),
    "counterclockwise": (lambda x, y, right, bottom: (y, right - x), True),
    "half": (lambda x, y, right, bottom: (right - x, bottom - y), False),
}


def _turned(shape: Shape, way: str) -> PerPacket:
    move, swaps = _TURNS[way]
    right, bottom = shape.size[0] - 1, shape.size[1] - 1
    size = (shape.size[1], shape.size[0]) if swaps else shape.size

    def turn(events: "Events") -> "Events":
        x, y = move(events.x, events.y, right, bottom)
        return events.replace(x=x, y=y, size=size)

    return PerPacket(shape.but(size=size), turn)


@stage(
    "flip",
    "Mirror the picture.",
    Parameter(
        "way",
        Choice("way", ("left-right", "top-bottom", "main-diagonal", "other-diagonal")),
        "what changes place: left and right, top and bottom, or the sides of a diagonal "
        "(main: from the upper left to the lower right)",
    ),
    example="fae in.raw : flip left-right : out.raw",
)
def flip(shape: Shape, *, way: str) -> PerPacket:
    return _turned(shape, way)


@stage(
    "rotate",
    "Turn the picture by a quarter or half, in the sense seen on the screen.",
    Parameter(
        "way",
        Choice("way", ("clockwise", "counterclockwise", "half")),
        "a quarter turn clockwise or counterclockwise, or half a turn",
    ),
    example="fae in.raw : rotate clockwise : out.raw",
)
def rotate(shape: Shape, *, way: str) -> PerPacket:
    return _turned(shape, way)
