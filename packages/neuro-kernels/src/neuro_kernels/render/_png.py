"""PNG and APNG writers for index images (PNG third edition, W3C 2025)."""

import struct
import zlib
from typing import BinaryIO, Self

import numpy as np

from neuro_kernels.render._pictures import check_index, check_palette

SIGNATURE = b"\x89PNG\r\n\x1a\n"
INDEXED = 3  # colour type
REPLACE = 0  # APNG blend operation: source


def _chunk(kind: bytes, data: bytes) -> bytes:
    return (
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
    )


def _bit_depth(colours: int) -> int:
    return next(depth for depth in (1, 2, 4, 8) if colours <= 1 << depth)


def _scanlines(index: np.ndarray, depth: int, level: int) -> bytes:
    height = index.shape[0]
    if depth < 8:
        bits = np.unpackbits(index[:, :, None], axis=2)[:, :, 8 - depth :].reshape(height, -1)
        index = np.packbits(bits, axis=1)
    rows = np.zeros((height, index.shape[1] + 1), np.uint8)  # filter type 0, best for indices
    rows[:, 1:] = index
    return zlib.compress(rows.tobytes(), level)


def _head(size: tuple[int, int], palette: np.ndarray, depth: int) -> tuple[bytes, bytes]:
    header = struct.pack(">IIBBBBB", *size, depth, INDEXED, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", header), _chunk(b"PLTE", palette.tobytes())


def png(index: np.ndarray, palette: np.ndarray, *, level: int = 6) -> bytes:
    """Encode one index image as a PNG with a palette.

    Args:
        index: uint8 (height, width) palette indices.
        palette: uint8 (n, 3) sRGB, at most 256 colours; 16 or fewer take 4 bits per pixel or less.
        level: effort of the compression, 0 to 9.

    Returns:
        The file's bytes.

    Example:
        >>> png(np.zeros((2, 3), np.uint8), np.zeros((1, 3), np.uint8))[1:4]
        b'PNG'
    """
    palette = check_palette(palette)
    if index.ndim != 2:
        raise ValueError(f"index image: expected two dimensions, got {index.ndim}")
    size = (index.shape[1], index.shape[0])
    index = check_index(index, size, len(palette))
    depth = _bit_depth(len(palette))
    head, colours = _head(size, palette, depth)
    return head + colours + _chunk(b"IDAT", _scanlines(index, depth, level)) + _chunk(b"IEND", b"")


class Apng:
    """Writes an animated PNG whose frames have exactly the palette's colours.

    Each frame is stored as the rectangle that changed. A viewer without animation shows the first
    frame. The number of frames stands in the file's head: it is asked for first, or the file must
    be seekable.

    Args:
        file: binary file open for writing; stays open.
        size: (width, height) in pixels.
        palette: uint8 (n, 3) sRGB, at most 256 colours.
        frames: how many frames `add` will be called for; None to go back and write it at the end.
        loops: how often to play, 0 = for ever.
        level: effort of the compression, 0 to 9.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> with Apng(file, (2, 1), np.array([[0, 0, 0], [255, 255, 255]], np.uint8)) as apng:
        ...     apng.add(np.array([[0, 1]], np.uint8), delay=(1, 30))
        >>> file.getvalue()[37:41]
        b'acTL'
    """

    def __init__(
        self,
        file: BinaryIO,
        size: tuple[int, int],
        palette: np.ndarray,
        *,
        frames: int | None = None,
        loops: int = 0,
        level: int = 6,
    ) -> None:
        if frames is not None and frames < 1:
            raise ValueError(f"frames: expected at least 1, got {frames}")
        palette = check_palette(palette)
        self._file = file
        self._size = size
        self._colours = len(palette)
        self._depth = _bit_depth(len(palette))
        self._level = level
        self._frames = frames
        self._loops = loops
        self._added = 0
        self._closed = False
        self._sequence = 0
        self._shown: np.ndarray | None = None
        head, colours = _head(size, palette, self._depth)
        file.write(head)
        self._head_end = file.tell() if frames is None else 0
        file.write(self._control(frames or 0) + colours)

    def _control(self, frames: int) -> bytes:
        return _chunk(b"acTL", struct.pack(">II", frames, self._loops))

    def add(self, index: np.ndarray, *, delay: tuple[int, int]) -> None:
        """Show a picture.

        Args:
            index: uint8 (height, width) palette indices.
            delay: for how long, as a fraction of a second (numerator, denominator).
        """
        if self._closed or self._added == self._frames:
            raise ValueError("the APNG has all its frames already")
        index = check_index(index, self._size, self._colours)
        x, y, width, height = self._area(index)
        first = self._shown is None
        control = struct.pack(">IIIIHHBB", width, height, x, y, *delay, 0, REPLACE)
        self._file.write(_chunk(b"fcTL", self._next() + control))
        data = _scanlines(index[y : y + height, x : x + width], self._depth, self._level)
        self._file.write(_chunk(b"IDAT", data) if first else _chunk(b"fdAT", self._next() + data))
        self._shown = index.copy()
        self._added += 1

    def _next(self) -> bytes:
        self._sequence += 1
        return struct.pack(">I", self._sequence - 1)

    def _area(self, index: np.ndarray) -> tuple[int, int, int, int]:
        if self._shown is None:
            return 0, 0, *self._size
        different = index != self._shown
        rows, columns = np.flatnonzero(different.any(1)), np.flatnonzero(different.any(0))
        if not len(rows):
            return 0, 0, 1, 1
        x, y = int(columns[0]), int(rows[0])
        return x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y

    def close(self) -> None:
        """Write the trailer.

        Raises:
            ValueError: fewer frames were added than announced, or none.
        """
        if self._closed:
            return
        if self._added != (self._frames or max(1, self._added)):
            raise ValueError(f"expected {self._frames or 1} frames, got {self._added}")
        self._file.write(_chunk(b"IEND", b""))
        if self._frames is None:
            end = self._file.tell()
            self._file.seek(self._head_end)
            self._file.write(self._control(self._added))
            self._file.seek(end)
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
