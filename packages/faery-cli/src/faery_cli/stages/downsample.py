"""Make the picture smaller."""

from typing import TYPE_CHECKING

from faery_cli.errors import UsageError
from faery_cli.operation import PerPacket
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import INTEGER

if TYPE_CHECKING:
    from neuro_kernels import Events


@stage(
    "downsample",
    "Make the picture smaller: each block of pixels becomes one.",
    Parameter("factor", INTEGER, "side of the blocks", 2),
    details="All events are kept; put refractory or rate-limit after it to thin them out. Blocks "
    "at the right and lower edge may be cut.",
    example="fae in.raw : downsample 2 : out.raw",
)
def downsample(shape: Shape, *, factor: int) -> PerPacket:
    if not 1 <= factor <= max(shape.size):
        raise UsageError(f"downsample: expected a factor from 1 to {max(shape.size)}, got {factor}")
    size = (-(-shape.size[0] // factor), -(-shape.size[1] // factor))

    def smaller(events: "Events") -> "Events":
        return events.replace(x=events.x // factor, y=events.y // factor, size=size)

    return PerPacket(shape.but(size=size), smaller)
