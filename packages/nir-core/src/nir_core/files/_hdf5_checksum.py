"""The checksum of HDF5 metadata: Bob Jenkins' lookup3, for many pieces of a file at once.

HDF5 File Format Specification 3.0, appendix "Jenkins' lookup3"; the function is in the public
domain (burtleburtle.net/bob/c/lookup3.c, `hashlittle`). Every step is done for all pieces
together, since a step in Python takes as long for one number as for thousands in numpy.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["lookup3"]

_TOGETHER = 8192  # pieces; all are padded to the longest


def _turned(words: np.ndarray, bits: int) -> np.ndarray:
    return words << np.uint32(bits) | words >> np.uint32(32 - bits)


def lookup3(data: bytes, spans: Sequence[tuple[int, int]]) -> np.ndarray:
    """Give the checksums of pieces of some bytes.

    Args:
        data: the bytes.
        spans: begin and end of each piece, which is not empty.

    Returns:
        uint32, one for each piece.

    Example:
        >>> hex(lookup3(b"Four score and seven years ago", [(0, 30)])[0])
        '0x17770551'
    """
    if len(spans) > _TOGETHER:
        parts = range(0, len(spans), _TOGETHER)
        return np.concatenate([lookup3(data, spans[i : i + _TOGETHER]) for i in parts])
    lengths = np.array([end - begin for begin, end in spans])
    rounds = (lengths - 1) // 12
    width = 12 * (int(rounds.max()) + 1)
    order = np.argsort(-rounds, kind="stable")
    pieces = [data[spans[i][0] : spans[i][1]].ljust(width, b"\0") for i in order.tolist()]
    words = np.frombuffer(b"".join(pieces), "<u4").reshape(len(spans), -1)
    columns = np.ascontiguousarray(words.T).astype(np.uint32, copy=False)
    rounds = rounds[order]
    a = lengths[order].astype(np.uint32) + np.uint32(0xDEADBEEF)
    b, c = a.copy(), a.copy()
    # All but the last 12 bytes of each piece; pieces with more rounds stand before the others.
    left = np.searchsorted(-rounds, -np.arange(rounds[0]), side="left")
    for step, count in enumerate(left.tolist()):
        _mix(a[:count], b[:count], c[:count], columns[3 * step : 3 * step + 3, :count])
    every = np.arange(len(spans))
    a += columns[3 * rounds, every]
    b += columns[3 * rounds + 1, every]
    c += columns[3 * rounds + 2, every]
    for x, y, bits in (
        *((c, b, 14), (a, c, 11), (b, a, 25)),
        *((c, b, 16), (a, c, 4), (b, a, 14), (c, b, 24)),
    ):
        x ^= y
        x -= _turned(y, bits)
    found = np.empty_like(c)
    found[order] = c
    return found


def _mix(a: np.ndarray, b: np.ndarray, c: np.ndarray, words: np.ndarray) -> None:
    """Take in three words."""
    a += words[0]
    b += words[1]
    c += words[2]
    for x, y, z, bits in (
        *((a, c, b, 4), (b, a, c, 6), (c, b, a, 8)),
        *((a, c, b, 16), (b, a, c, 19), (c, b, a, 4)),
    ):
        x -= y
        x ^= _turned(y, bits)
        y += z
