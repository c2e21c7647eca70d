"""Streams of frames: finite or not, regular or not."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from faery_cli.compat.faery import stream as base
from faery_cli.compat.faery._frame_methods import Frame, FrameMethods
from faery_cli.compat.faery.timestamp import Time

__all__ = [
    "FiniteFrameFilter",
    "FiniteFrameStream",
    "FiniteRegularFrameFilter",
    "FiniteRegularFrameStream",
    "Frame",
    "FrameFilter",
    "FrameFunction",
    "FrameList",
    "FrameStream",
    "RegularFrameFilter",
    "RegularFrameStream",
    "changed",
    "rendered",
]


class FrameStream(FrameMethods, base.Stream[Frame]):
    """Frames without end and without rhythm."""


class FiniteFrameStream(FrameMethods, base.FiniteStream[Frame]):
    """Frames that end."""


class RegularFrameStream(FrameMethods, base.RegularStream[Frame]):
    """Frames at a fixed rate without end."""


class FiniteRegularFrameStream(FrameMethods, base.FiniteRegularStream[Frame]):
    """Frames at a fixed rate that end."""


class FrameFilter(FrameStream, base.Filter[Frame]):
    """Heir of filters of endless streams."""


class FiniteFrameFilter(FiniteFrameStream, base.FiniteFilter[Frame]):
    """Heir of filters of streams that end."""


class RegularFrameFilter(RegularFrameStream, base.RegularFilter[Frame]):
    """Heir of filters of regular streams."""


class FiniteRegularFrameFilter(FiniteRegularFrameStream, base.FiniteRegularFilter[Frame]):
    """Heir of filters of regular streams that end."""


class _Step:
    """A filter whose parts are given as functions."""

    parent: Any

    def set_up(self, iterate: Callable[[], Iterator[Frame]], size: tuple[int, int] | None) -> None:
        """Say what it does."""
        self._iterate = iterate
        self._size = size

    def __iter__(self) -> Iterator[Frame]:
        return self._iterate()

    def dimensions(self) -> tuple[int, int]:
        """Give (width, height) in pixels."""
        return self.parent.dimensions() if self._size is None else self._size


class _FrameStep(_Step, FrameFilter):
    pass


class _FiniteStep(_Step, FiniteFrameFilter):
    pass


class _RegularStep(_Step, RegularFrameFilter):
    pass


class _FiniteRegularStep(_Step, FiniteRegularFrameFilter):
    pass


# By (finite, regular).
_STEPS: dict[tuple[bool, bool], Any] = {
    (False, False): _FrameStep,
    (True, False): _FiniteStep,
    (False, True): _RegularStep,
    (True, True): _FiniteRegularStep,
}


def changed(
    parent: Any, iterate: Callable[[], Iterator[Frame]], size: tuple[int, int] | None
) -> Any:
    """Make a stream of frames of the kind of another stream.

    Args:
        parent: the stream it comes from.
        iterate: gives its frames.
        size: (width, height) of them, or None for the parent's.
    """
    kind = isinstance(parent, base.FiniteStream), isinstance(parent, base.RegularStream)
    step = _STEPS[kind]()
    step.init(parent=parent)
    step.set_up(iterate, size)
    return step


def rendered(
    parent: Any,
    decay: str,
    tau: Time,
    colormap: Any,
    minimum_clip: float,
    maximum_clip: float,
    gamma: float,
) -> Any:
    """Make the stream of frames of a stream of events; see `events_stream`."""
    from faery_cli.compat.faery._render import frames

    return changed(
        parent,
        lambda: frames(parent, decay, tau, colormap, minimum_clip, maximum_clip, gamma),
        None,
    )


class FrameFunction(FiniteRegularFrameStream):
    """Frames that a function draws.

    Args:
        start_t: begin of the first frame's time.
        frequency_hz: frames per second.
        dimensions: (width, height) in pixels.
        frame_count: number of frames.
        get_frame: gives the pixels of a moment.
    """

    def __init__(
        self,
        start_t: Time,
        frequency_hz: float,
        dimensions: tuple[int, int],
        frame_count: int,
        get_frame: Callable[[Time], np.ndarray],
    ) -> None:
        self.start_t = start_t
        self.frame_count = frame_count
        self.get_frame = get_frame
        self._frequency_hz = frequency_hz
        self._dimensions = dimensions

    def _edge(self, index: int) -> Time:
        return Time(self.start_t.microseconds + round(index * 1e6 / self._frequency_hz))

    def __iter__(self) -> Iterator[Frame]:
        for index in range(1, self.frame_count + 1):
            t = self._edge(index)
            yield Frame(t, self.get_frame(t))

    def dimensions(self) -> tuple[int, int]:
        """Give (width, height) in pixels."""
        return self._dimensions

    def frequency_hz(self) -> float:
        """Give frames per second."""
        return self._frequency_hz

    def time_range(self) -> tuple[Time, Time]:
        """Give the begin of the first frame's time and the end of the last one's."""
        return self.start_t, self._edge(self.frame_count)


class FrameList(FrameFunction):
    """Frames of a list.

    Args:
        start_t: begin of the first frame's time.
        frequency_hz: frames per second.
        frames: uint8 (height, width, 4) each, all of one size, at least one.
    """

    def __init__(self, start_t: Time, frequency_hz: float, frames: list[np.ndarray]) -> None:
        if not frames:
            raise ValueError("frame_stream_from_list: expected at least one frame, got none")
        height, width = frames[0].shape[:2]
        super().__init__(start_t, frequency_hz, (width, height), len(frames), lambda t: frames[0])
        self.frames = frames

    def __iter__(self) -> Iterator[Frame]:
        for index, pixels in enumerate(self.frames):
            yield Frame(self._edge(index + 1), pixels)
