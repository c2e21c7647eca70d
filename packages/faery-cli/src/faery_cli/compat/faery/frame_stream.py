"""Streams of frames: finite or not, regular or not, and what can be done with them."""

import dataclasses
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from faery_cli.compat.faery import _pixels, enums
from faery_cli.compat.faery import stream as base
from faery_cli.compat.faery._frame_outputs import FrameOutput
from faery_cli.compat.faery.color import Color
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
    "rendered",
]


@dataclasses.dataclass
class Frame:
    """A picture.

    Args:
        t: the moment it shows.
        pixels: uint8 (height, width, 4): red, green, blue, opacity.
    """

    t: Time
    pixels: np.ndarray

    def to_file(
        self,
        path: pathlib.Path | str,
        compression_level: enums.ImageFileCompressionLevel = "fast",
        file_type: enums.ImageFileType | None = None,
        use_write_suffix: bool = True,
    ) -> None:
        """Write it as a PNG, which appears when it is complete.

        Args:
            path: the file.
            compression_level: "fast", "default" or "best".
            file_type: "png"; by default it follows from the ending.
            use_write_suffix: accepted for likeness; a temporary name is always used.
        """
        enums.guess(enums.ImageFileType, "ImageFileType", path, file_type)
        enums.validate(
            enums.ImageFileCompressionLevel, "ImageFileCompressionLevel", compression_level
        )
        _pixels.write_png(path, self.pixels, compression_level)


class _Methods(FrameOutput):
    """What all streams of frames can do."""

    def _then(
        self, change: Callable[[Frame], np.ndarray], size: tuple[int, int] | None = None
    ) -> Any:
        kind = isinstance(self, base.FiniteStream), isinstance(self, base.RegularStream)
        step = _STEPS[kind]()
        step.init(parent=self)
        step.set_up(lambda: (Frame(f.t, change(f)) for f in iter(self)), size)
        return step

    def apply(self, filter_class: Any, *args: Any, **kwargs: Any) -> Any:
        """Make a stream of an own filter class, called with this stream and the arguments."""
        return filter_class(self, *args, **kwargs)

    def map(self, function: Callable[[np.ndarray], np.ndarray]) -> Any:
        """Change the pixels of each frame by a function."""
        return self._then(lambda frame: function(frame.pixels))

    def scale(
        self,
        factor_or_minimum_dimensions: float | tuple[int, int] = (960, 720),
        sampling_filter: enums.ImageResizeSamplingFilter = "nearest",
    ) -> Any:
        """Enlarge by a factor, or by the smallest whole one that reaches a size."""
        enums.validate(
            enums.ImageResizeSamplingFilter, "ImageResizeSamplingFilter", sampling_filter
        )
        size = _pixels.scaled_size(self.dimensions(), factor_or_minimum_dimensions)
        return self._then(lambda frame: _pixels.resized(frame.pixels, size, sampling_filter), size)

    def annotate(self, text: str, x: int, y: int, size: int, color: Color) -> Any:
        """Write text into each frame."""

        def change(frame: Frame) -> np.ndarray:
            pixels = frame.pixels.copy()
            _pixels.draw_text(pixels, text, x, y, size, color)
            return pixels

        return self._then(change)

    def add_timecode(
        self,
        x: int = 21,
        y: int = 15,
        size: int = 30,
        color: Color = "#FFFFFF",
        output_frame_rate: float | None = 60.0,
    ) -> Any:
        """Write the time into each frame, and the speed where the stream is regular."""
        speed = ""
        source: Any = self
        if isinstance(self, base.RegularStream) and output_frame_rate is not None:
            ratio = output_frame_rate / source.frequency_hz()
            if abs(ratio - 1) < 1e-6:
                speed = " Real-time"
            else:
                number = ratio if ratio >= 1 else 1 / ratio
                speed = f" x {number:.3g}" if ratio >= 1 else f" x 1/{number:.3g}"

        def change(frame: Frame) -> np.ndarray:
            pixels = frame.pixels.copy()
            _pixels.draw_text(pixels, frame.t.to_timecode() + speed, x, y, size, color)
            return pixels

        return self._then(change)

    def add_overlay(
        self,
        overlay: pathlib.Path | str | np.ndarray,
        x: int = 0,
        y: int = 0,
        scale_factor: float = 1.0,
        scale_filter: enums.ImageResizeSamplingFilter = "nearest",
    ) -> Any:
        """Lay a picture over each frame.

        Args:
            overlay: a PNG file, or uint8 (height, width, 3 or 4).
            x: column of its left edge.
            y: row of its upper edge.
            scale_factor: its enlargement.
            scale_filter: how it is enlarged.
        """
        if isinstance(overlay, np.ndarray):
            picture = overlay
        else:
            from faery_cli.pictures.read import read_png

            picture = read_png(overlay)
        size = _pixels.scaled_size((picture.shape[1], picture.shape[0]), float(scale_factor))
        picture = _pixels.resized(picture, size, scale_filter)

        def change(frame: Frame) -> np.ndarray:
            pixels = frame.pixels.copy()
            _pixels.blend(pixels, picture, x, y)
            return pixels

        return self._then(change)


class FrameStream(_Methods, base.Stream[Frame]):
    """Frames without end and without rhythm."""


class FiniteFrameStream(_Methods, base.FiniteStream[Frame]):
    """Frames that end."""


class RegularFrameStream(_Methods, base.RegularStream[Frame]):
    """Frames at a fixed rate without end."""


class FiniteRegularFrameStream(_Methods, base.FiniteRegularStream[Frame]):
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

    kind = isinstance(parent, base.FiniteStream), isinstance(parent, base.RegularStream)
    step = _STEPS[kind]()
    step.init(parent=parent)
    step.set_up(
        lambda: frames(parent, decay, tau, colormap, minimum_clip, maximum_clip, gamma), None
    )
    return step


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
