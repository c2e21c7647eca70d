"""Animated GIF with exactly the palette's colours."""

from typing import TYPE_CHECKING, Any, BinaryIO

from faery_cli.errors import InputError, UsageError
from faery_cli.outputs._files import into_file
from faery_cli.outputs._registry import Output, Written
from faery_cli.registry import Parameter
from faery_cli.units import COUNT

if TYPE_CHECKING:
    from faery_cli.run import Run

__all__ = ["GIF"]

FASTEST_HZ = 50.0  # browsers show a delay below 2/100 s as 10/100 s


def _write(run: "Run", file: BinaryIO, values: dict[str, Any]) -> Written:
    from neuro_kernels.render import Gif

    shape = run.shape
    assert shape.rate_hz is not None
    if shape.rate_hz > FASTEST_HZ:
        raise UsageError(
            f"a GIF is shown at up to 50 pictures per second, not {shape.rate_hz:g}; "
            "lower --fps (and --speed, to show as much of the time)"
        )
    step_cs = 100 / shape.rate_hz
    frames = events = 0
    with Gif(file, shape.size, shape.palette.colors, loops=values["loops"]) as gif:
        for frame in run:
            # Ends are rounded, not delays: the total is right to a hundredth of a second.
            begin, end = (int((frames + k) * step_cs + 0.5) for k in (0, 1))
            gif.add(frame.index, delay_cs=end - begin, picture=frame.picture)
            frames += 1
            events += frame.events
    if not frames:
        raise InputError("no events came, hence there is no picture to write")
    return Written(events, frames)


GIF = Output(
    "gif",
    "animated GIF, exact colours",
    (".gif",),
    "frames",
    into_file(_write),
    (Parameter("loops", COUNT, "how often it plays, 0 for ever", 0, named=True),),
    fps=30.0,
    reach=(640, 480),
)
