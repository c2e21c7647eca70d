"""Reference definitions of the kernels in `neuro_kernels.render`."""

import numpy as np

from neuro_kernels.events import Events

NEVER = np.iinfo(np.int64).min


def recency(
    t: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Give time (NEVER where there is none) and polarity of each pixel's last event."""
    last, polarity = np.full(size[::-1], NEVER), np.zeros(size[::-1], np.uint8)
    inside = (x < size[0]) & (y < size[1])
    for when, column, row, on in zip(t[inside], x[inside], y[inside], p[inside], strict=True):
        last[row, column], polarity[row, column] = when, on
    return last, polarity


def recency_shade(
    last: np.ndarray, polarity: np.ndarray, now: int, table: np.ndarray, shift: int
) -> np.ndarray:
    """Look up `table[polarity, age >> shift]`, the last entry for what is older or never seen."""
    oldest = table.shape[1] - 1
    age = np.maximum(now - np.where(last == NEVER, 0, last), 0)
    step = np.where(last == NEVER, oldest, np.minimum(age >> shift, oldest))
    return table[polarity, step]


def intensity(
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    p: np.ndarray,
    size: tuple[int, int],
    weights: np.ndarray,
    fade: float,
    shift: int,
) -> tuple[np.ndarray, int]:
    """Give the float32 sums (height, width) of `weights[(t - origin) >> shift]`, and origin.

    A sum is negative where the last event was OFF.
    """
    sums = np.zeros((size[1], size[0]), np.float32)
    origin = int(t[0]) if len(t) else 0
    table_us = len(weights) << shift
    for when, column, row, on in zip(t.tolist(), x, y, p, strict=True):
        if column >= size[0] or row >= size[1]:
            continue
        steps, _ = divmod(max(0, when - origin), table_us)
        for _ in range(min(steps, 9)):
            sums = sums * np.float32(fade if steps <= 8 else 0)
            sums[np.abs(sums) < np.float32(1e-30)] = 0
        origin += steps * table_us
        total = abs(sums[row, column]) + weights[max(0, when - origin) >> shift]
        sums[row, column] = total if on else -total
    return sums, origin


def intensity_shade(sums: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Look up `table[last was ON, upper bits of the sum without its sign]`."""
    bucket = np.abs(sums).view(np.uint32) >> np.uint32(18)
    return table[(~np.signbit(sums)).astype(int), bucket]


def yuv420(index: np.ndarray, table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Look up Y of each pixel, and the mean U and V of each two by two, rounded half up."""
    height, width = index.shape
    y, u, v = np.moveaxis(table[index].astype(int), 2, 0)
    blocks = [c.reshape(height // 2, 2, width // 2, 2).sum(axis=(1, 3)) for c in (u, v)]
    return y, (blocks[0] + 2) // 4, (blocks[1] + 2) // 4


def lzw_encode(pixels: bytes, code_size: int) -> bytes:
    """Give the image data of a GIF frame: code size, sub-blocks of LZW codes, terminator."""
    clear, end = 1 << code_size, (1 << code_size) + 1
    codes: list[tuple[int, int]] = []  # (code, bits)
    strings: dict[bytes, int] = {}
    bits = code_size + 1

    def restart() -> None:
        nonlocal bits, strings
        codes.append((clear, bits))
        strings = {bytes([i]): i for i in range(clear)}
        bits = code_size + 1

    restart()
    known = b""
    for value in pixels:
        longer = known + bytes([value])
        if longer in strings:
            known = longer
            continue
        codes.append((strings[known], bits))
        known = bytes([value])
        free = len(strings) + 2
        if free == 4096:
            restart()
            continue
        bits += free == 1 << bits
        strings[longer] = free
    if known:
        codes.append((strings[known], bits))
        bits += len(strings) + 2 == 1 << bits and bits < 12
    codes.append((end, bits))
    packed, shift = 0, 0
    for code, length in codes:
        packed |= code << shift
        shift += length
    data = packed.to_bytes((shift + 7) // 8, "little")
    blocks = b"".join(
        bytes([len(b)]) + b for b in (data[i : i + 255] for i in range(0, len(data), 255))
    )
    return bytes([code_size]) + blocks + b"\0"


def latest_events(events: Events) -> dict[tuple[int, int], tuple[int, int]]:
    """Give the time and polarity of the last event, in the order given, of each pixel (x, y)."""
    rows = zip(*(c.tolist() for c in (events.t, events.x, events.y, events.p)), strict=True)
    return {(x, y): (t, p) for t, x, y, p in rows}
