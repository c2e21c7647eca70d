"""Frames written while events are decoded, without a recording in between.

The events of a few thousand words at a time go through one memory that stays in the cache and is
used again, from the decoder straight into the frame of their window.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from aestream_io._frame_sinks import frame_sink
from neuro_kernels import codecs, represent

__all__ = ["fused_frames"]

BUFFER_EVENTS = 1 << 14  # 13 bytes each: they stay in the level-2 cache


def fused_frames(
    fill: Callable[[codecs.EventBuffer], Iterator[None]],
    size: tuple[int, int],
    *,
    convert: Callable[[np.ndarray], Any],
    representation: str,
    duration_us: int | None = None,
    count: int | None = None,
    start_us: int | None = None,
    bins: int | None = None,
    tau_us: float | None = None,
    polarity: str | None = None,
    dtype: str = "float32",
) -> Iterator[Any]:
    """Write events into frames while they are decoded, see `Source.frames`.

    Args:
        fill: decodes the next events into a buffer; each step of the iterator leaves some there.
        size: (width, height) of the sensor in pixels.
        convert: hands a fresh array over to a library, see `frames.to_backend`.
        representation: see `Source.frames`.
        duration_us: see `Source.windows`.
        count: see `Source.windows`.
        start_us: see `Source.windows`.
        bins: see `Source.frames`.
        tau_us: see `Source.frames`.
        polarity: see `Source.frames`.
        dtype: see `Source.frames`.

    Returns:
        Iterator of fresh arrays.

    Raises:
        EventError: an option that cannot be.
    """
    cutter = represent.WindowCutter(duration_us=duration_us, count=count, start_us=start_us)
    sink = frame_sink(
        representation,
        size,
        room=BUFFER_EVENTS,
        duration_us=duration_us,
        count=count,
        bins=bins,
        tau_us=tau_us,
        polarity=polarity,
        dtype=dtype,
    )

    def frames() -> Iterator[Any]:
        buffer = codecs.EventBuffer(BUFFER_EVENTS)
        for _ in fill(buffer):
            row = 0
            while row < buffer.n:
                first, row, span = cutter.cut(buffer.t, row, buffer.n)
                if row > first:
                    begin_us = cutter.begin_us if span is None else span[0]
                    sink.add(buffer, first, row, begin_us)
                if span is not None:
                    yield convert(sink.take(*span))
        span = cutter.finish()
        if span is not None:
            yield convert(sink.take(*span))

    return frames()
