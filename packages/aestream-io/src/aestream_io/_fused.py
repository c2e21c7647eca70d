"""Frames written while events are decoded, without a recording in between.

The events of a few thousand words at a time go through one memory that stays in the cache and is
used again, from the decoder straight into the frame of their window.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from aestream_io.frames import not_before
from neuro_kernels import EventError, Events, codecs, represent

__all__ = ["can_fuse", "fused_frames"]

BUFFER_EVENTS = 1 << 14  # 13 bytes each: they stay in the level-2 cache


class _Sink(Protocol):
    """Takes the events of one window after the other."""

    def add(self, buffer: codecs.EventBuffer, first: int, last: int, begin_us: int) -> None:
        """Take the rows [first, last), of the window that began at `begin_us`."""
        ...

    def take(self, begin_us: int, end_us: int) -> np.ndarray:
        """Return the frame of the window that has ended, and begin with the next one."""
        ...


class _Counter:
    """Histograms and marks."""

    def __init__(self, size: tuple[int, int], polarity: str, mark: bool, dtype: str) -> None:
        self._counter = represent.FrameCounter(size, polarity=polarity, mark=mark, dtype=dtype)

    def add(self, buffer: codecs.EventBuffer, first: int, last: int, begin_us: int) -> None:
        self._counter.add(buffer, first, last)

    def take(self, begin_us: int, end_us: int) -> np.ndarray:
        return self._counter.take()


class _Voxels:
    """Voxel grids of windows whose length is known beforehand."""

    def __init__(self, size: tuple[int, int], bins: int, polarity: str, duration_us: int) -> None:
        self._bins, self._polarity, self._duration_us = bins, polarity, duration_us
        self._empty = Events.empty(size)
        self._grid: np.ndarray | None = None

    def add(self, buffer: codecs.EventBuffer, first: int, last: int, begin_us: int) -> None:
        events = buffer.events(self._empty.size)[first:last]
        self._grid = represent.voxel_grid(
            not_before(events, begin_us),
            self._bins,
            span_us=(begin_us, begin_us + self._duration_us - 1),
            polarity=self._polarity,
            out=self._grid,
            accumulate=self._grid is not None,
        )

    def take(self, begin_us: int, end_us: int) -> np.ndarray:
        grid, self._grid = self._grid, None
        if grid is not None:
            return grid
        span = (begin_us, end_us - 1)
        return represent.voxel_grid(self._empty, self._bins, span_us=span, polarity=self._polarity)


class _Surface:
    """Time surfaces, which go on from window to window."""

    def __init__(self, size: tuple[int, int], tau_us: float) -> None:
        self._surface = represent.DecaySurface(size, tau_us)

    def add(self, buffer: codecs.EventBuffer, first: int, last: int, begin_us: int) -> None:
        self._surface.feed(buffer.events(self._surface.size)[first:last])

    def take(self, begin_us: int, end_us: int) -> np.ndarray:
        return self._surface.frame(end_us - 1)


def can_fuse(representation: str, *, duration_us: int | None, count: int | None) -> bool:
    """Whether frames of this kind can be written before the end of their window is known.

    Example:
        >>> can_fuse("voxel_grid", duration_us=None, count=10)
        False
    """
    if representation == "voxel_grid":
        return duration_us is not None and count is None
    return representation in ("histogram", "binary", "time_surface")


def _sink(
    representation: str,
    size: tuple[int, int],
    *,
    duration_us: int | None,
    bins: int | None,
    tau_us: float | None,
    polarity: str | None,
    dtype: str,
) -> _Sink:
    if representation == "voxel_grid":
        if duration_us is None:
            raise EventError("voxel_grid: is written while decoding only for windows by time")
        n = 5 if bins is None else bins
        return _Voxels(size, n, polarity or "signed", duration_us)
    if representation == "time_surface":
        return _Surface(size, 50_000.0 if tau_us is None else tau_us)
    return _Counter(size, polarity or "split", representation == "binary", dtype)


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
        representation: one for which `can_fuse` says yes.
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
    sink = _sink(
        representation,
        size,
        duration_us=duration_us,
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
