"""Reference definitions of the message layouts in `neuro_kernels.stream`."""

import numpy as np


def spif_encode(
    t: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray, *, timed: bool
) -> bytes:
    """Write events as SPIF words: one per event without timestamps, two with them."""
    words = (x.astype("<u4") & 0x7FFF) << 16 | (p != 0).astype("<u4") << 15 | (y & 0x7FFF)
    if not timed:
        return (words | np.uint32(1 << 31)).astype("<u4").tobytes()
    return np.stack([words, t.astype(np.uint32)], axis=1).astype("<u4").tobytes()


def spif_decode(
    data: bytes, arrival_us: int, size: tuple[int, int], last_t: int
) -> tuple[list[tuple[int, int, int, int]], int, int, bool]:
    """Read SPIF words: the events (t, x, y, p), how many lie outside, the last time, damage.

    `last_t` is the last timestamp of the messages before, -1 at the first.
    """
    words = [int(w) for w in np.frombuffer(data[: len(data) // 4 * 4], "<u4")]
    events, outside, i = [], 0, 0
    damaged = len(data) % 4 != 0
    while i < len(words):
        word, t = words[i], arrival_us
        i += 1
        if word < 1 << 31:
            if i == len(words):
                return events, outside, last_t, True
            t = last_t = _nearest(words[i], last_t)
            i += 1
        x, y = word >> 16 & 0x7FFF, word & 0x7FFF
        if x < size[0] and y < size[1]:
            events.append((t, x, y, word >> 15 & 1))
        else:
            outside += 1
    return events, outside, last_t, damaged


def _nearest(low_bits: int, last_t: int) -> int:
    """The time >= 0 with these low 32 bits that lies nearest to the last one."""
    if last_t < 0:
        return low_bits
    step = (low_bits - last_t + (1 << 31)) % (1 << 32) - (1 << 31)
    return last_t + step if last_t + step >= 0 else last_t + step + (1 << 32)
