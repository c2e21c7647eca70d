"""Words that arguments take."""

import pathlib
from typing import Any, Literal, get_args

__all__ = [
    "ColorblindnessType",
    "ColormapType",
    "Decay",
    "EventsFileCompression",
    "EventsFileType",
    "EventsFileVersion",
    "FilterOrientation",
    "GraphFileType",
    "ImageFileCompressionLevel",
    "ImageFileType",
    "ImageResizeSamplingFilter",
    "TransposeAction",
    "UdpFormat",
    "VideoFilePreset",
    "VideoFileProfile",
    "VideoFileTune",
    "VideoFileType",
    "guess",
    "validate",
]

ColorblindnessType = Literal["protanopia", "deuteranopia", "tritanopia"]
ColormapType = Literal["sequential", "diverging", "cyclic"]
Decay = Literal["exponential", "linear", "window", "cumulative"]
EventsFileCompression = Literal["lz4", "zstd"]
EventsFileType = Literal["aedat", "csv", "dat", "es", "evt"]
EventsFileVersion = Literal["dat1", "dat2", "evt2", "evt2.1", "evt3"]
FilterOrientation = Literal["row", "column"]
GraphFileType = Literal["svg", "png"]
ImageFileCompressionLevel = Literal["default", "fast", "best"]
ImageFileType = Literal["png"]
ImageResizeSamplingFilter = Literal["nearest", "triangle", "catmull_rom", "gaussian", "lanczos3"]
TransposeAction = Literal[
    "flip_left_right",
    "flip_bottom_top",
    "rotate_90_counterclockwise",
    "rotate_180",
    "rotate_270_counterclockwise",
    "flip_up_diagonal",
    "flip_down_diagonal",
]
UdpFormat = Literal["t64_x16_y16_on8", "t32_x16_y15_on1"]
VideoFilePreset = Literal[
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
    "none",
]
VideoFileProfile = Literal["baseline", "main", "high", "high10", "high422", "high444"]
VideoFileTune = Literal[
    "film",
    "animation",
    "grain",
    "stillimage",
    "psnr",
    "ssim",
    "fastdecode",
    "zerolatency",
    "none",
]
VideoFileType = Literal["gif", "mp4"]

_ENDINGS = {
    "aedat": ".aedat4 .aedat",
    "csv": ".csv",
    "dat": ".dat",
    "es": ".es",
    "evt": ".evt .raw",
    "svg": ".svg",
    "png": ".png",
    "gif": ".gif",
    "mp4": ".mp4",
}


def validate(words: Any, what: str, value: str) -> str:
    """Give a word back if it is one of an enumeration; ValueError otherwise."""
    known = get_args(words)
    if value not in known:
        listed = ", ".join(f'"{word}"' for word in known)
        raise ValueError(f'unknown {what} "{value}" (expected {listed})')
    return value


def guess(words: Any, what: str, path: pathlib.Path | str, given: str | None) -> str:
    """Give the file type: the given one, or that of the ending; ValueError if it tells none."""
    if given is not None:
        return validate(words, what, given)
    ending = pathlib.Path(path).suffix.lower()
    for word in get_args(words):
        if ending in _ENDINGS[word].split():
            return word
    listed = ", ".join(_ENDINGS[word] for word in get_args(words))
    raise ValueError(f'{path}: "{ending}" tells no {what} (expected one of {listed})')
