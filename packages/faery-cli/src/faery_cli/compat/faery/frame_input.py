"""Where streams of frames begin that are not made of events."""

from collections.abc import Callable

import numpy as np

from faery_cli.compat.faery.frame_stream import FrameFunction, FrameList
from faery_cli.compat.faery.timestamp import Time, TimeOrTimecode, parse_time

__all__ = ["frame_stream_from_function", "frame_stream_from_list"]


def frame_stream_from_list(
    start_t: TimeOrTimecode, frequency_hz: float, frames: list[np.ndarray]
) -> FrameList:
    """Begin with pictures in memory, uint8 (height, width, 4) each."""
    return FrameList(parse_time(start_t), frequency_hz, frames)


def frame_stream_from_function(
    start_t: TimeOrTimecode,
    frequency_hz: float,
    dimensions: tuple[int, int],
    frame_count: int,
    get_frame: Callable[[Time], np.ndarray],
) -> FrameFunction:
    """Begin with a function that draws the picture of a moment."""
    return FrameFunction(parse_time(start_t), frequency_hz, dimensions, frame_count, get_frame)
