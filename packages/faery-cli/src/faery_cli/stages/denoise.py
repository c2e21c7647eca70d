"""Background-activity filter."""

from faery_cli.errors import UsageError
from faery_cli.operation import PerPacket
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import WINDOW


@stage(
    "denoise",
    "Keep the events that have a recent neighbour (background-activity filter).",
    Parameter("window", WINDOW, "how old the neighbour's event may be", 2000),
    aliases=("background-activity", "baf"),
    details="An event stays if one of the eight pixels around it fired within the window before "
    "it (T. Delbruck, Frame-free dynamic digital vision, 2008).",
    example="fae in.raw : denoise 2ms : out.raw",
)
def denoise(shape: Shape, *, window: int) -> PerPacket:
    if window < 1:
        raise UsageError(f"denoise: expected a window of at least 1us, got {window}us")
    from neuro_kernels import filters

    return PerPacket(shape, filters.BackgroundActivity(shape.size, window_us=window).feed)
