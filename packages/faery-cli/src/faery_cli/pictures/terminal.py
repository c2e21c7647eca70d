"""Pictures in a terminal: two pixels in each character cell, in true colour."""

import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import numpy as np

__all__ = ["HalfBlocks", "cells", "show"]

CSI = "\x1b["
UPPER_HALF = "▀"
FALLBACK = (80, 24)


def cells(pixels: "np.ndarray", columns: int, rows: int) -> "np.ndarray":
    """Shrink a picture to the cells of a terminal.

    Args:
        pixels: uint8 (height, width, 3 or 4).
        columns: of the terminal.
        rows: of the terminal; each holds two pixels.

    Returns:
        uint8 (2 rows, columns, 3) that keep the picture's proportions. Of the pixels that share a
        cell, the one that differs most from the upper left pixel is shown: thin lines survive.
    """
    import numpy as np

    height, width = pixels.shape[:2]
    ratio = max(width / columns, height / (2 * rows))
    wide, high = max(1, int(width / ratio)), max(2, int(height / ratio) // 2 * 2)
    picture = pixels[..., :3].astype(np.int16)
    light = np.abs(picture - picture[0, 0]).sum(axis=2)
    y, x = np.arange(height) * high // height, np.arange(width) * wide // width
    place = (y[:, None] * wide + x[None, :]).ravel()
    out = np.empty((high * wide, 3), np.uint8)
    out[:] = pixels[0, 0, :3]
    order = np.argsort(light.ravel(), kind="stable")  # the brightest is written last
    out[place[order]] = pixels[..., :3].reshape(-1, 3)[order]
    return out.reshape(high, wide, 3)


class HalfBlocks:
    """Draws pictures one over the other, and only cells that changed.

    Args:
        stream: where the control sequences are written.
        size: columns and rows; of the terminal by default.

    Example:
        >>> import io
        >>> import numpy as np
        >>> out = io.StringIO()
        >>> screen = HalfBlocks(out, (2, 1))
        >>> screen.draw(np.zeros((2, 2, 3), np.uint8))
        >>> out.getvalue().count("▀")
        2
        >>> screen.draw(np.zeros((2, 2, 3), np.uint8))
        >>> out.getvalue().count("▀")
        2
    """

    def __init__(self, stream: TextIO, size: tuple[int, int] | None = None) -> None:
        self._stream = stream
        if size is None:
            columns, rows = shutil.get_terminal_size(FALLBACK)
            size = columns, max(1, rows - 1)
        self._size = size
        self._shown: np.ndarray | None = None

    def begin(self) -> None:
        """Take the whole screen."""
        self._stream.write(f"{CSI}?1049h{CSI}?25l{CSI}2J")

    def end(self) -> None:
        """Give the screen back."""
        self._stream.write(f"{CSI}0m{CSI}?25h{CSI}?1049l")
        self._stream.flush()

    def draw(self, pixels: "np.ndarray", caption: str = "") -> None:
        """Show a picture, uint8 (height, width, 3 or 4), with a line of text under it."""
        picture = cells(pixels, *self._size)
        new = self._shown is None or self._shown.shape != picture.shape
        self._stream.write("".join(self._lines(picture, new)))
        if caption:
            row = picture.shape[0] // 2 + 1
            text = caption[: self._size[0]]
            self._stream.write(f"{CSI}{row};1H{CSI}0m{text}{CSI}K")
        self._shown = picture
        self._stream.flush()

    def _lines(self, picture: "np.ndarray", new: bool) -> Iterator[str]:
        import numpy as np

        pairs = np.concatenate([picture[::2], picture[1::2]], axis=2)
        if new:
            changed = np.ones(pairs.shape[:2], bool)
        else:
            assert self._shown is not None
            before = np.concatenate([self._shown[::2], self._shown[1::2]], axis=2)
            changed = (pairs != before).any(axis=2)
        last: tuple[int, ...] = ()
        for y, x in zip(*(part.tolist() for part in np.nonzero(changed)), strict=True):
            color = tuple(pairs[y, x].tolist())
            if x == 0 or not changed[y, x - 1]:
                yield f"{CSI}{y + 1};{x + 1}H"
            if color != last:
                upper = "{};{};{}".format(*color[:3])
                lower = "{};{};{}".format(*color[3:])
                yield f"{CSI}38;2;{upper};48;2;{lower}m"
                last = color
            yield UPPER_HALF


def show(
    pictures: "Iterable[np.ndarray]",
    rate_hz: float | None,
    *,
    stream: TextIO | None = None,
    size: tuple[int, int] | None = None,
) -> int:
    """Play pictures in the terminal; Ctrl-C ends.

    Args:
        pictures: uint8 (height, width, 3 or 4) each.
        rate_hz: pictures per second; None shows them as they come.
        stream: the standard output by default.
        size: columns and rows; of the terminal by default.

    Returns:
        Number of pictures shown; those that come too late are skipped.
    """
    screen = HalfBlocks(sys.stdout if stream is None else stream, size)
    screen.begin()
    shown = 0
    begin = time.monotonic()
    try:
        for number, pixels in enumerate(pictures):
            if rate_hz is not None:
                ahead = begin + number / rate_hz - time.monotonic()
                if ahead < -1 / rate_hz:
                    continue
                time.sleep(max(0.0, ahead))
            screen.draw(pixels)
            shown += 1
    except KeyboardInterrupt:
        pass
    finally:
        screen.end()
    return shown
