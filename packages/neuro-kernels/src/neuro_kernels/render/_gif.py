"""GIF writer for index images (GIF89a, CompuServe 1990; loop extension of Netscape 2.0)."""

import struct
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import BinaryIO, NamedTuple, Self

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels._kernels import num_threads
from neuro_kernels.render._pictures import check_index, check_palette

LONGEST_DELAY_CS = 65535
DISPOSE_KEEP = 1 << 2  # leave the picture as it is before the next frame
# Ways of writing a frame, see `gif_frame`: all of it, or what changed; the rest is transparent.
PLAIN, CHANGES, BOTH = 1, 2, 3
TRIES = 16  # frames after which both ways are tried again
# What was shorter is followed this many frames later, so that nobody waits for the trial.
TRIAL_LAG = 6
# A picture that comes again is written as it was coded before, unless that is larger than what
# changed by more than this.
LARGEST_AGAIN = 1.1


def gif_delays(rate_hz: float, frames: int) -> list[int]:
    """Give the hundredths of a second for which each frame stands, so that the total is right.

    Args:
        rate_hz: frames per second.
        frames: how many.

    Returns:
        Whole hundredths whose running sum is k * 100 / rate_hz, rounded.

    Example:
        >>> gif_delays(30, 6)
        [3, 4, 3, 3, 4, 3]
    """
    ends = [int(np.floor(k * 100 / rate_hz + 0.5)) for k in range(frames + 1)]
    return [b - a for a, b in pairwise(ends)]


Area = tuple[int, int, int, int]
Coded = tuple[Area, bool, bytes]


class _Coding(NamedTuple):
    """A frame whose image data is being made."""

    job: "Future[Coded]"
    picture: np.ndarray
    delay_cs: int


def _contains(outer: Area, inner: Area) -> bool:
    return all(
        o <= i and i + i_length <= o + o_length
        for o, o_length, i, i_length in zip(outer[:2], outer[2:], inner[:2], inner[2:], strict=True)
    )


class Gif:
    """Writes an animation whose decoded frames have exactly the palette's colours.

    Each frame is stored as the rectangle that changed; a frame equal to the one before it only
    prolongs that one. Frames are coded on several threads. Use it as a context manager, or call
    `close`.

    Args:
        file: binary file open for writing; stays open.
        size: (width, height) in pixels, each at most 65535.
        palette: uint8 (n, 3) sRGB, at most 255 colours: one index is kept for "unchanged".
        loops: how often to play, 0 = for ever, 1 = once.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> with Gif(file, (2, 1), np.array([[0, 0, 0], [255, 255, 255]], np.uint8)) as gif:
        ...     gif.add(np.array([[0, 1]], np.uint8), delay_cs=3)
        >>> file.getvalue()[:6]
        b'GIF89a'
    """

    def __init__(
        self, file: BinaryIO, size: tuple[int, int], palette: np.ndarray, *, loops: int = 0
    ) -> None:
        if not all(1 <= side <= 65535 for side in size):
            raise ValueError(f"size: expected sides from 1 to 65535, got {size}")
        self._file = file
        self._size = size
        self._colours = len(check_palette(palette, 255))
        self._code_size = max(2, int(self._colours).bit_length())
        self._shown: np.ndarray | None = None
        self._frames = 0
        self._plain = True  # which way of writing a frame was shorter when both were tried last
        self._trial: tuple[int, Future[Coded]] | None = None
        self._known: dict[int, Future[Coded]] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._coding: deque[_Coding] = deque()
        self._pending: tuple[bytes, bytes, bool] | None = None
        self._pending_cs = 0
        self._closed = False
        table = np.zeros((1 << self._code_size, 3), np.uint8)
        table[: self._colours] = palette
        file.write(
            b"GIF89a"
            + struct.pack("<HHBBB", *size, 0xF0 | (self._code_size - 1), 0, 0)
            + table.tobytes()
        )
        if loops != 1:
            again = max(0, loops - 1)  # the block counts repetitions
            file.write(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", again) + b"\x00")

    def add(self, index: np.ndarray, *, delay_cs: int, picture: int | None = None) -> None:
        """Show a picture.

        Args:
            index: uint8 (height, width) palette indices.
            delay_cs: for how long, in hundredths of a second (players slow down what is below 2).
            picture: a number that pictures with the same indices share. What is coded is then
                kept, and used when the picture comes again; None for pictures that do not.
        """
        if self._closed:
            raise ValueError("the GIF is closed")
        if not 0 <= delay_cs <= LONGEST_DELAY_CS:
            raise ValueError(f"delay_cs: expected 0 to {LONGEST_DELAY_CS}, got {delay_cs}")
        index = check_index(index, self._size, self._colours).copy()
        if self._trial is not None and self._frames >= self._trial[0] + TRIAL_LAG:
            self._plain = not self._trial[1].result()[1]
            self._trial = None
        both = self._frames % TRIES == 1
        ways = BOTH if both else PLAIN if self._plain else CHANGES
        if self._pool is None:
            self._pool = ThreadPoolExecutor(num_threads())
        known = None if picture is None else self._known.get(picture)
        job = self._pool.submit(self._code, index, self._shown, ways, known)
        if both:
            self._trial = self._frames, job
        if picture is not None:
            self._known.setdefault(picture, job)
        self._coding.append(_Coding(job, index, delay_cs))
        self._shown = index
        self._frames += 1
        while len(self._coding) > 2 * num_threads():
            self._put(self._coding.popleft())

    def _code(
        self,
        index: np.ndarray,
        before: np.ndarray | None,
        ways: int,
        known: "Future[Coded] | None",
    ) -> Coded:
        if known is not None and before is not None:
            # It was handed to the threads earlier, hence one of them has it or had it.
            coded = known.result()
            area = _kernels.changed_area(before, index)
            few = LARGEST_AGAIN * area[2] * area[3]
            plain = not coded[1] and coded[0][2] * coded[0][3] <= few
            if plain and _contains(coded[0], area):
                return coded
        return _kernels.gif_frame(index, before, self._code_size, self._colours, ways)

    def _put(self, frame: "_Coding") -> None:
        """Take the next frame's data, in order."""
        (x, y, width, height), transparent, data = frame.job.result()
        unchanged = width == 0
        if unchanged and self._pending_cs + frame.delay_cs <= LONGEST_DELAY_CS:
            self._pending_cs += frame.delay_cs
            return
        if unchanged:  # no further delay fits: one pixel, shown again as it is
            (x, y, width, height), transparent, data = _kernels.gif_frame(
                np.ascontiguousarray(frame.picture[:1, :1]), None, self._code_size, self._colours
            )
        self._flush()
        descriptor = b"\x2c" + struct.pack("<HHHHB", x, y, width, height, 0)
        self._pending = (descriptor, data, transparent)
        self._pending_cs = frame.delay_cs

    def close(self) -> None:
        """Write what is left and the trailer; the file itself stays open."""
        if not self._closed:
            while self._coding:
                self._put(self._coding.popleft())
            self._end_pool()
            self._flush()
            self._file.write(b"\x3b")
            self._closed = True

    def _flush(self) -> None:
        if self._pending is None:
            return
        descriptor, data, transparent = self._pending
        control = struct.pack(
            "<BHB",
            DISPOSE_KEEP | transparent,
            self._pending_cs,
            self._colours if transparent else 0,
        )
        self._file.write(b"\x21\xf9\x04" + control + b"\x00" + descriptor + data)
        self._pending = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
        self._end_pool()

    def _end_pool(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
