"""Burst filter: spatio-temporal contrast and trail, with the names that the camera's own has."""

from typing import Any

from faery_cli.operation import PerPacket
from faery_cli.registry import Parameter, stage
from faery_cli.shape import Shape
from faery_cli.units import WINDOW, Choice

MODES = ("trail", "stc_cut_trail", "stc_keep_trail")


@stage(
    "trail",
    "Keep one event, or the confirmed ones, of each burst of a pixel (trail and STC filter).",
    Parameter("mode", Choice("mode", MODES), "what is kept, see below", "stc_cut_trail"),
    Parameter("threshold", WINDOW, "longest time from one event of a burst to the next", 10_000),
    aliases=("stc", "bursts", "event-trail"),
    details="Events of one pixel and polarity that follow each other within the threshold form a "
    "burst. trail keeps the first event of each, stc_cut_trail the second, stc_keep_trail all but "
    "the first. Modes and threshold are those of the IMX636's own filter.",
    example="fae in.raw : trail stc_keep_trail 10ms : out.raw",
)
def trail(shape: Shape, *, mode: Any, threshold: int) -> PerPacket:
    from neuro_kernels import filters

    kernel = filters.Bursts(shape.size, mode, threshold_us=max(0, threshold))
    return PerPacket(shape, kernel.feed)
