"""A frame, and what can be done with a stream of them."""

import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np

from faery_cli.compat.faery import _pixels, enums
from faery_cli.compat.faery import stream as base
from faery_cli.compat.faery._frame_outputs import FrameOutput
from faery_cli.compat.faery.color import Color
from faery_cli.compat.faery.timestamp import Time

__all__ = ["Frame", "FrameMethods"]


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


class FrameMethods(FrameOutput):
    """What all streams of frames can do."""

    def _then(
        self, change: Callable[[Frame], np.ndarray], size: tuple[int, int] | None = None
    ) -> Any:
        from faery_cli.compat.faery.frame_stream import changed

        frames: Any = self
        return changed(self, lambda: (Frame(f.t, change(f)) for f in iter(frames)), size)

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
