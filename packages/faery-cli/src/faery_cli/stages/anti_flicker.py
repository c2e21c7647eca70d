"""Remove pixels that blink steadily, with the names that the camera's own filter has."""

from typing import Any

from faery_cli.errors import UsageError
from faery_cli.operation import PerPacket
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import INTEGER, RATE, Choice


@stage(
    "anti-flicker",
    "Drop the events of pixels that blink steadily, as under a lamp.",
    Parameter("low_hz", RATE, "lowest frequency of the band", 50.0),
    Parameter("high_hz", RATE, "highest frequency of the band", 520.0),
    Parameter(
        "mode", Choice("mode", ("stop", "pass")), "stop drops blinking pixels, pass all others",
        "stop", named=True,
    ),
    Parameter("start_threshold", INTEGER, "steady periods at which blinking begins, 0 to 7", 6,
              named=True),
    Parameter("stop_threshold", INTEGER, "steady periods below which it ends", 4, named=True),
    aliases=("flicker", "afk"),
    details="Each ON event ends a period of its pixel; one inside the band raises the pixel's "
    "counter, another lowers it. Parameters are those of the IMX636's own filter.",
    example="fae in.raw : anti-flicker 90Hz 130Hz : out.raw",
)  # fmt: skip
def anti_flicker(
    shape: Shape,
    *,
    low_hz: float,
    high_hz: float,
    mode: Any,
    start_threshold: int,
    stop_threshold: int,
) -> PerPacket:
    from neuro_kernels import EventError, filters

    try:
        kernel = filters.Flicker(
            shape.size,
            low_hz=low_hz,
            high_hz=high_hz,
            mode=mode,
            start=start_threshold,
            stop=stop_threshold,
        )
    except EventError as error:
        raise UsageError(f"anti-flicker: {error}") from None
    return PerPacket(shape, kernel.feed)
