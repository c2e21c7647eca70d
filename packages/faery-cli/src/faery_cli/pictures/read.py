"""Reading PNG files, for pictures that are laid over others and for masks."""

import os
import struct
import zlib
from typing import TYPE_CHECKING

from faery_cli.errors import InputError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["read_png"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGBA: 4}
LARGEST_SIDE = 1 << 16


def read_png(path: "str | os.PathLike[str]") -> "np.ndarray":
    """Read a PNG (W3C, Portable Network Graphics, third edition).

    Args:
        path: the file; 1, 2, 4 or 8 bits per channel, not interlaced.

    Returns:
        uint8 (height, width, 4): red, green, blue, opacity.

    Raises:
        InputError: missing, damaged, or of another kind.
    """
    name = os.fspath(path)
    try:
        with open(name, "rb") as file:
            data = file.read()
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror or error})") from error
    try:
        return _decode(data)
    except (ValueError, struct.error, zlib.error, IndexError) as error:
        raise InputError(f"{name}: is no PNG that can be read ({error})") from error


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    if data[:8] != SIGNATURE:
        raise ValueError("it does not begin like one")
    found = []
    at = 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise ValueError("it is cut off")
        body = data[at + 8 : at + 8 + length]
        if struct.unpack_from(">I", data, at + 8 + length)[0] != zlib.crc32(kind + body):
            raise ValueError(f"the checksum of {kind.decode('latin-1')} is wrong")
        found.append((kind, body))
        at += 12 + length
        if kind == b"IEND":
            return found
    raise ValueError("it is cut off")


def _decode(data: bytes) -> "np.ndarray":
    import numpy as np

    chunks = _chunks(data)
    if not chunks or chunks[0][0] != b"IHDR":
        raise ValueError("the header is missing")
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise ValueError(f"its size is {width}x{height}")
    if kind not in CHANNELS or depth not in (1, 2, 4, 8) or interlaced:
        raise ValueError("expected up to 8 bits per channel, not interlaced")
    if depth < 8 and kind not in (GRAY, PALETTE):
        raise ValueError("its depth does not fit its kind")
    channels = CHANNELS[kind]
    row_bytes = (width * channels * depth + 7) // 8
    expected = height * (row_bytes + 1)
    packed = b"".join(body for name, body in chunks if name == b"IDAT")
    raw = zlib.decompressobj().decompress(packed, expected)
    if len(raw) != expected:
        raise ValueError("its rows are cut off")
    rows = np.frombuffer(raw, np.uint8).reshape(height, row_bytes + 1)
    lines = _unfiltered(rows[:, 0], rows[:, 1:], max(1, channels * depth // 8))
    if depth < 8:
        bits = np.unpackbits(lines, axis=1).reshape(height, -1, depth)
        lines = (bits @ (1 << np.arange(depth)[::-1])).astype(np.uint8)[:, :width]
        if kind == GRAY:
            lines = (lines.astype(np.uint16) * 255 // ((1 << depth) - 1)).astype(np.uint8)
    pixels = lines.reshape(height, width, channels)
    return _with_colors(pixels, kind, dict(chunks))


def _unfiltered(kinds: "np.ndarray", rows: "np.ndarray", step: int) -> "np.ndarray":
    import numpy as np

    out = np.zeros((len(rows) + 1, rows.shape[1] + step), np.uint8)  # a frame of zeros
    for number, (kind, row) in enumerate(zip(kinds.tolist(), rows, strict=True), 1):
        above, line = out[number - 1], out[number]
        if kind == 0:
            line[step:] = row
        elif kind == 2:
            line[step:] = row + above[step:]
        elif kind == 1:
            for k in range(step):
                line[step + k :: step] = np.cumsum(row[k::step], dtype=np.uint8)
        elif kind in (3, 4):
            _by_bytes(kind, row.tolist(), above.tolist(), line, step)
        else:
            raise ValueError(f"a row has the unknown filter {kind}")
    return out[1:, step:]


def _by_bytes(kind: int, row: list[int], above: list[int], line: "np.ndarray", step: int) -> None:
    done = [0] * step
    for i, value in enumerate(row):
        left, up, corner = done[i], above[i + step], above[i]
        if kind == 3:
            guess = (left + up) >> 1
        else:  # Paeth: the neighbour nearest to left + up - corner
            target = left + up - corner
            guess = min((left, up, corner), key=lambda c: abs(target - c))
        done.append(value + guess & 255)
    line[:] = done


def _with_colors(pixels: "np.ndarray", kind: int, chunks: dict[bytes, bytes]) -> "np.ndarray":
    import numpy as np

    out = np.full((*pixels.shape[:2], 4), 255, np.uint8)
    if kind == PALETTE:
        table = np.full((256, 4), 255, np.uint8)
        colors = np.frombuffer(chunks.get(b"PLTE", b""), np.uint8)
        if len(colors) % 3 or not 3 <= len(colors) <= 768:
            raise ValueError("its palette is missing or damaged")
        table[: len(colors) // 3, :3] = colors.reshape(-1, 3)
        opacity = np.frombuffer(chunks.get(b"tRNS", b""), np.uint8)[:256]
        table[: len(opacity), 3] = opacity
        return table[pixels[..., 0]]
    if kind in (GRAY, GRAY_ALPHA):
        out[..., :3] = pixels[..., :1]
    else:
        out[..., :3] = pixels[..., :3]
    if kind in (GRAY_ALPHA, RGBA):
        out[..., 3] = pixels[..., -1]
    return out
