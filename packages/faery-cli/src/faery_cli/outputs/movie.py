"""MP4, WebM and WebP through PyAV (the extra `video`), or through ffmpeg if it is on PATH.

Frames are converted from palette indices to video planes directly; nothing of an encoder is part
of this package.
"""

import os
import shutil
from typing import TYPE_CHECKING, Any

from faery_cli.errors import InputError, UsageError
from faery_cli.outputs._encoders import AvEncoder, Encoder, FfmpegEncoder, How
from faery_cli.outputs._files import complete_path
from faery_cli.outputs._registry import Job, Output, Written
from faery_cli.registry import FLAG, Parameter
from faery_cli.units import INTEGER, Choice

if TYPE_CHECKING:
    import numpy as np

    from faery_cli.run import Run

__all__ = ["MP4", "WEBM", "WEBP"]

PRESETS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
)
BACKENDS = ("auto", "av", "ffmpeg")


def _choose(values: dict[str, Any]) -> type[AvEncoder] | type[FfmpegEncoder]:
    from importlib.util import find_spec

    backend = values["backend"]
    if backend == "auto":
        backend = "ffmpeg" if find_spec("av") is None and shutil.which("ffmpeg") else "av"
    return FfmpegEncoder if backend == "ffmpeg" else AvEncoder


def _padded(index: "np.ndarray", size: tuple[int, int]) -> "np.ndarray":
    """Add a row or column of background: 4:2:0 needs even sides."""
    import numpy as np

    height, width = index.shape
    if (width, height) == size:
        return index
    return np.pad(index, ((0, size[1] - height), (0, size[0] - width)))


def _writer(container: str) -> Any:
    def write(run: "Run", job: Job) -> Written:
        if job.path == "-":
            raise UsageError(f"a .{container} is completed by going back: write it to a file")
        how = How(container, job.values)
        width, height = run.shape.size
        size = (width + width % 2, height + height % 2)
        with complete_path(job.path, overwrite=job.overwrite) as part:
            encoder: Encoder | None = None
            frames = events = 0
            try:
                for frame in run:
                    if encoder is None:
                        encoder = _choose(job.values)(part, run, size, how)
                    encoder.add(_padded(frame.index, size))
                    frames += 1
                    events += frame.events
                if encoder is None:
                    raise InputError("no events came, hence there is no picture to write")
                job.check_damage(run)
                encoder.close()
            except BaseException:
                if encoder is not None:
                    encoder.abort()
                raise
            length = os.path.getsize(part)
        return Written(events, frames, length)

    return write


_PARAMETERS = (
    Parameter("crf", INTEGER, "quality, lower is better and larger (mp4 18, webm 30, webp 5)", None,
              named=True),
    Parameter("lossless", FLAG, "keep every pixel", False),
    Parameter("backend", Choice("backend", BACKENDS), "what encodes", "auto", named=True),
)  # fmt: skip
_PRESET = Parameter(
    "preset", Choice("preset", PRESETS), "effort of the encoder", "veryfast", named=True
)

MP4 = Output(
    "mp4",
    "H.264 video",
    (".mp4", ".m4v"),
    "frames",
    _writer("mp4"),
    (*_PARAMETERS, _PRESET),
    fps=60.0,
)
WEBM = Output(
    "webm",
    "VP9 video",
    (".webm",),
    "frames",
    _writer("webm"),
    (*_PARAMETERS, _PRESET),
    fps=60.0,
)
WEBP = Output(
    "webp",
    "animated WebP",
    (".webp",),
    "frames",
    _writer("webp"),
    _PARAMETERS,
    fps=30.0,
    reach=(640, 480),
)
