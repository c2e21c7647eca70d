"""Videos of pictures with any colours."""

import pathlib
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

__all__ = ["write_gif", "write_mp4"]

COLORS = 255
ALL = 1 << 24


def _packed(pixels: np.ndarray) -> np.ndarray:
    red, green, blue = (pixels[..., k].astype(np.uint32) for k in range(3))
    return red << 16 | green << 8 | blue


def _boxes(colors: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
    """Split colours into groups, the widest at its median (median cut, P. Heckbert, 1982)."""
    groups = [np.arange(len(colors))]
    while len(groups) < COLORS:
        spans = [
            float(np.ptp(colors[g], axis=0).max()) * float(weights[g].sum()) ** 0.5 if len(g) > 1
            else 0.0
            for g in groups
        ]  # fmt: skip
        widest = int(np.argmax(spans))
        if spans[widest] == 0:
            break
        group = groups.pop(widest)
        axis = int(np.argmax(np.ptp(colors[group], axis=0)))
        order = group[np.argsort(colors[group, axis], kind="stable")]
        half = np.searchsorted(np.cumsum(weights[order]), weights[order].sum() / 2)
        half = min(max(1, int(half)), len(order) - 1)
        groups += [order[:half], order[half:]]
    return groups


def _palette(used: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give a palette (n, 3) and the index of each used colour; exact where 255 colours suffice."""
    colors = np.stack([used >> 16 & 255, used >> 8 & 255, used & 255], axis=1).astype(np.float64)
    if len(used) <= COLORS:
        return colors.astype(np.uint8), np.arange(len(used))
    index = np.zeros(len(used), np.int64)
    palette = []
    for number, group in enumerate(_boxes(colors, counts)):
        index[group] = number
        palette.append(np.average(colors[group], axis=0, weights=counts[group]))
    return np.floor(np.array(palette) + 0.5).astype(np.uint8), index


def write_gif(
    path: pathlib.Path,
    frames: Iterable[np.ndarray],
    size: tuple[int, int],
    frame_rate: float,
    rewind: bool,
    skip: int,
) -> None:
    """Write an endless GIF.

    Args:
        path: the file.
        frames: uint8 (height, width, 4) each.
        size: (width, height).
        frame_rate: frames per second.
        rewind: append the frames backward, without the first and last.
        skip: number of frames left out at the beginning.
    """
    from neuro_kernels.render import Gif

    pictures = [_packed(pixels) for index, pixels in enumerate(frames) if index >= skip]
    if not pictures:
        raise ValueError(f"{path}: there is no frame to write (skip is {skip})")
    counts = np.zeros(ALL, np.int64)
    for picture in pictures:
        colors, number = np.unique(picture, return_counts=True)
        counts[colors] += number
    used = np.flatnonzero(counts)
    palette, index = _palette(used, counts[used])
    table = np.zeros(ALL, np.uint8)
    table[used] = index
    shown = [table[picture] for picture in pictures]
    order = list(range(len(shown)))
    if rewind:
        order += order[-2:0:-1]
    step = 100 / frame_rate
    with open(path, "wb") as file, Gif(file, size, palette) as gif:
        for number, picture in enumerate(order):
            # Ends are rounded, not delays: the total is right to a hundredth of a second.
            begin, end = int(number * step + 0.5), int((number + 1) * step + 0.5)
            gif.add(shown[picture], delay_cs=end - begin, picture=picture if rewind else None)


def write_mp4(
    path: pathlib.Path,
    frames: Iterable[np.ndarray],
    size: tuple[int, int],
    frame_rate: float,
    options: dict[str, str],
) -> None:
    """Write an H.264 video through PyAV.

    Args:
        path: the file.
        frames: uint8 (height, width, 4) each; an odd side is filled up with its last row or column.
        size: (width, height).
        frame_rate: frames per second.
        options: of the encoder.

    Raises:
        MissingError: PyAV is not installed.
    """
    from faery_cli.errors import MissingError

    try:
        import av
    except ImportError as error:
        raise MissingError("an mp4 file needs PyAV: pip install 'faery-cli[video]'") from error
    width, height = size
    even = width + width % 2, height + height % 2
    container: Any = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
    with container:
        rate = Fraction(frame_rate).limit_denominator(60_000)
        stream: Any = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height = even
        stream.pix_fmt = "yuv420p"
        for pixels in frames:
            rgb = np.ascontiguousarray(pixels[..., :3])
            if even != size:
                pad = ((0, even[1] - height), (0, even[0] - width), (0, 0))
                rgb = np.pad(rgb, pad, mode="edge")
            for packet in stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
