"""Animated PNG: every frame bit by bit as it was drawn, at any rate."""

from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO

from faery_cli.errors import InputError, UsageError
from faery_cli.outputs._files import into_file
from faery_cli.outputs._registry import Output, Written
from faery_cli.registry import FLAG, Parameter
from faery_cli.units import COUNT

if TYPE_CHECKING:
    from faery_cli.run import Run

__all__ = ["APNG"]


def _delay(rate_hz: float) -> tuple[int, int]:
    """Give 1/rate as a fraction of two 16-bit numbers."""
    limit = 65535
    delay = Fraction(1 / rate_hz).limit_denominator(limit)
    if delay.numerator > limit:
        delay = Fraction(min(limit, round(delay)), 1)
    return max(1, delay.numerator), delay.denominator


def _write(run: "Run", file: BinaryIO, values: dict[str, Any]) -> Written:
    from neuro_kernels.render import Apng

    shape = run.shape
    if not file.seekable():
        raise UsageError("an APNG says in its head how many pictures follow: write it to a file")
    assert shape.rate_hz is not None
    delay = _delay(shape.rate_hz)
    frames = events = 0
    apng = Apng(file, shape.size, shape.palette.colors, loops=values["loops"])
    for frame in run:
        apng.add(frame.index, delay=delay)
        frames += 1
        events += frame.events
    if not frames:
        raise InputError("no events came, hence there is no picture to write")
    apng.close()
    return Written(events, frames)


APNG = Output(
    "apng",
    "animated PNG, lossless at any rate",
    (".apng",),
    "frames",
    into_file(_write),
    (
        Parameter("loops", COUNT, "how often it plays, 0 for ever", 0, named=True),
        Parameter("lossless", FLAG, "is always so; accepted for likeness with other videos", False),
    ),
    fps=60.0,
)
