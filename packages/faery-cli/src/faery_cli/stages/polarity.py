"""Select by polarity."""

from faery_cli.operation import PerPacket
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import Choice


@stage(
    "polarity",
    "Keep the events of one polarity, or swap the two.",
    Parameter("which", Choice("polarity", ("on", "off", "invert")), "on, off or invert"),
    example="fae in.raw : polarity on : out.raw",
)
def polarity(shape: Shape, *, which: str) -> PerPacket:
    from neuro_kernels import Events

    def keep(events: Events) -> Events:
        if which == "invert":
            return Events(
                events.t, events.x, events.y, 1 - events.p, size=events.size, t0=events.t0
            )
        return events[events.p == (which == "on")]

    return PerPacket(shape, keep)
