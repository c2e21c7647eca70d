"""Dead time of each pixel."""

from faery_cli.operation import PerPacket
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import WINDOW


@stage(
    "refractory",
    "Give each pixel a dead time after an event that is kept.",
    Parameter("period", WINDOW, "dead time", 1000),
    details="An event stays if the last one kept at its pixel is at least the period before.",
    example="fae in.raw : refractory 1ms : out.raw",
)
def refractory(shape: Shape, *, period: int) -> PerPacket:
    from neuro_kernels import filters

    return PerPacket(shape, filters.Refractory(shape.size, max(0, period)).feed)
