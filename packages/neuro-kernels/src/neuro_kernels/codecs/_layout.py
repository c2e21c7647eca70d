"""Which of its two byte orders an EVT 2.1 payload is in."""

from typing import Any

import numpy as np

__all__ = ["evt21_layout"]


def evt21_layout(data: Any) -> str | None:
    """Tell the order of the bytes in the words of an EVT 2.1 payload.

    Only in the right order do words read as times carry nothing else, and do words read as events
    have a mask on a column that is a multiple of 32.

    Args:
        data: any object that holds bytes in one piece: the beginning of a payload, whole words.

    Returns:
        `"little"` (GenX320), `"legacy"` (IMX636: the upper half of each word first), or None where
        both are equally likely.

    Example:
        >>> time, event = 8 << 60 | 5 << 32, 1 << 60 | 64 << 43 | 7 << 32 | 1
        >>> evt21_layout(time.to_bytes(8, "little") + event.to_bytes(8, "little"))
        'little'
    """
    raw = np.frombuffer(data, np.uint8)
    words = raw[: len(raw) & ~7].view("<u8")
    little, legacy = _score(words), _score(words << np.uint64(32) | words >> np.uint64(32))
    if little == legacy:
        return None
    return "little" if little > legacy else "legacy"


def _score(words: np.ndarray) -> tuple[int, int]:
    """How many words are clean times, and how many are sound words of any kind."""
    kind, mask = words >> np.uint64(60), words & np.uint64(0xFFFFFFFF)
    times = (kind == 8) & (mask == 0)
    column = (words >> np.uint64(43)) & np.uint64(0x7FF)
    events = (kind <= 1) & (mask != 0) & (column % np.uint64(32) == 0)
    others = np.isin(kind, (0xA, 0xD, 0xE, 0xF))
    return int(np.count_nonzero(times)), int(np.count_nonzero(times | events | others))
