"""Select by polarity."""

from typing import TYPE_CHECKING

from faery_cli.operation import PerPacket
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import Choice

if TYPE_CHECKING:
    from neuro_kernels import Events


@stage(
    "polarity",
    "Keep the events of one polarity, or swap the two.",
    Parameter("which", Choice("polarity", ("on", "off", "invert")), "on, off or invert"),
    example="fae in.raw : polarity on : out.raw",
)
def polarity(shape: Shape, *, which: str) -> PerPacket:
    def keep(events: "Events") -> "Events":
        if which == "invert":
            return events.replace(p=events.p ^ 1)
        # Polarities are 0 and 1: for "on" they are the mask.
        return events[events.p.view(bool) if which == "on" else events.p == 0]

    return PerPacket(shape, keep)
