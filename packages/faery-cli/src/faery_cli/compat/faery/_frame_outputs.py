"""Where a stream of frames can go."""

import contextlib
import os
import pathlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from faery_cli.compat.faery import enums
from faery_cli.compat.faery import stream as base
from faery_cli.compat.faery._progress import watched

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

__all__ = ["FrameOutput"]

OnProgress = Callable[[Any], None] | None


@contextlib.contextmanager
def _complete(path: pathlib.Path) -> Iterator[pathlib.Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


class FrameOutput:
    """The ends of a chain of frames."""

    if TYPE_CHECKING:

        def __iter__(self) -> Any: ...

        def dimensions(self) -> tuple[int, int]: ...

    def to_file(
        self,
        path: pathlib.Path | str,
        frame_rate: float = 60.0,
        crf: float = 17.0,
        preset: enums.VideoFilePreset = "medium",
        tune: enums.VideoFileTune = "none",
        profile: enums.VideoFileProfile = "baseline",
        quality: int = 100,
        rewind: bool = False,
        skip: int = 0,
        file_type: enums.VideoFileType | None = None,
        on_progress: OnProgress = None,
    ) -> None:
        """Write a video.

        Args:
            path: an mp4 or gif file, replaced if it exists; its folder is made if need be.
            frame_rate: frames shown per second.
            crf: quality of an mp4, 0 (lossless) to 51.
            preset: effort of the mp4's encoder.
            tune: what the mp4's encoder is tuned to.
            profile: the mp4's H.264 profile.
            quality: accepted for likeness: the colours of a gif are always as good as can be.
            rewind: go back to the beginning after the end (gif).
            skip: number of frames left out at the beginning (gif).
            file_type: "gif" or "mp4"; by default it follows from the ending.
            on_progress: called with a state at the start, after each frame, and at the end.
        """
        from faery_cli.compat.faery import _movies

        kind = enums.guess(enums.VideoFileType, "VideoFileType", path, file_type)
        enums.validate(enums.VideoFilePreset, "VideoFilePreset", preset)
        enums.validate(enums.VideoFileTune, "VideoFileTune", tune)
        enums.validate(enums.VideoFileProfile, "VideoFileProfile", profile)
        if not isinstance(self, base.FiniteStream):
            raise TypeError("to_file needs a stream that ends")
        pixels: Iterable[np.ndarray] = (frame.pixels for frame in watched(self, on_progress))
        with _complete(pathlib.Path(path)) as part:
            if kind == "gif":
                _movies.write_gif(part, pixels, self.dimensions(), frame_rate, rewind, skip)
            else:
                options = {"crf": f"{crf:g}", "profile": profile}
                options |= {} if preset == "none" else {"preset": preset}
                options |= {} if tune == "none" else {"tune": tune}
                _movies.write_mp4(part, pixels, self.dimensions(), frame_rate, options)

    def to_files(
        self,
        path_pattern: pathlib.Path | str,
        compression_level: enums.ImageFileCompressionLevel = "fast",
        file_type: enums.ImageFileType | None = None,
        on_progress: OnProgress = None,
    ) -> None:
        """Write each frame to a PNG file.

        Args:
            path_pattern: its name, with {index}, {t} (a Time) or {index:04}.
            compression_level: "fast", "default" or "best".
            file_type: "png"; by default it follows from the ending.
            on_progress: called with a state at the start, after each frame, and at the end.
        """
        from faery_cli.compat.faery import _pixels

        enums.guess(enums.ImageFileType, "ImageFileType", path_pattern, file_type)
        enums.validate(
            enums.ImageFileCompressionLevel, "ImageFileCompressionLevel", compression_level
        )
        for index, frame in enumerate(watched(self, on_progress)):
            name = str(path_pattern).format(index=index, t=frame.t)
            _pixels.write_png(name, frame.pixels, compression_level)

    def view(self, frame_rate: float | None = 30.0) -> None:
        """Show the frames in the terminal, one after the other; Ctrl-C ends.

        Args:
            frame_rate: frames shown per second; None shows them as they come.
        """
        from faery_cli.pictures.terminal import show

        show((frame.pixels for frame in self), frame_rate)
