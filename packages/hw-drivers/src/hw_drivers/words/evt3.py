"""EVT 3.0 bytes from a data endpoint to events, with care after a gap."""

import numpy as np

from hw_drivers.packet import Decoded
from neuro_kernels import codecs
from neuro_kernels.codecs import DecodeCounts

__all__ = ["Evt3Stream"]

# Word types, bits 15 to 12: docs.prophesee.ai, EVT 3.0.
_ADDR_Y, _ADDR_X, _BASE_X, _VECT_12, _VECT_8 = 0x0, 0x2, 0x3, 0x4, 0x5
_TIME_LOW, _TIME_HIGH, _TRIGGER = 0x6, 0x8, 0xA


class Evt3Stream:
    """Decodes transfers one after the other.

    Words depend on earlier words: a column on the last row, a time on the last upper half. After
    a gap these are unknown, and going on would give events at wrong places and times. So after a
    gap everything is left out until upper time, lower time, row and vector base were sent again.

    Args:
        size: (width, height) of the sensor.

    Example:
        >>> stream = Evt3Stream((1280, 720))
        >>> words = np.array([0x8001, 0x6002, 0x0003, 0x2804], "<u2")
        >>> events = stream.feed(words.tobytes(), after_gap=True).events
        >>> int(events.t[0]), int(events.x[0]), int(events.y[0]), int(events.p[0])
        (4098, 4, 3, 1)
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._decoder = codecs.decoder("evt3", size=size)
        self._carry = b""
        self._unknown: set[int] = set()
        self.skipped_bytes = 0

    @property
    def report(self) -> DecodeCounts:
        """Counts of the decoder."""
        return self._decoder.report

    def feed(self, data: bytes, *, after_gap: bool = False) -> Decoded:
        """Decode one transfer.

        Args:
            data: its bytes.
            after_gap: whether transfers are missing before it.
        """
        if after_gap:
            self.skipped_bytes += len(self._carry)
            self._carry = b""
            self._unknown = {_TIME_HIGH, _TIME_LOW, _ADDR_Y, _BASE_X}
        if self._carry:
            data = self._carry + data
            self._carry = b""
        if len(data) % 2:
            self._carry = data[-1:]
            data = data[:-1]
        if self._unknown:
            data = self._resynchronised(data)
        return Decoded(self._decoder.feed(data), self._decoder.triggers())

    def _resynchronised(self, data: bytes) -> bytes:
        words = np.frombuffer(data, "<u2")
        kinds = words >> 12
        # A lower time before the first upper one belongs to an unknown upper time.
        high = self._first(kinds, _TIME_HIGH, 0)
        low = self._first(kinds, _TIME_LOW, high)
        row = self._first(kinds, _ADDR_Y, 0)
        base = self._first(kinds, _BASE_X, 0)
        index = np.arange(len(words))
        keep = np.ones(len(words), bool)
        keep &= ~((kinds == _TIME_LOW) & (index < high))
        keep &= ~((kinds == _TRIGGER) & (index < low))
        timed = max(low, row)
        keep &= ~((kinds == _ADDR_X) & (index < timed))
        vector = (kinds == _VECT_12) | (kinds == _VECT_8)
        keep &= ~(vector & (index < max(timed, base)))
        for kind in tuple(self._unknown):
            found = kinds[high:] if kind == _TIME_LOW else kinds
            if (found == kind).any():
                self._unknown.discard(kind)
        kept = words[keep]
        self.skipped_bytes += 2 * (len(words) - len(kept))
        return kept.tobytes()

    def _first(self, kinds: np.ndarray, kind: int, start: int) -> int:
        """Index from which words of a kind are known: 0 if they were, the end if they are not."""
        if kind not in self._unknown:
            return 0
        found = np.flatnonzero(kinds[start:] == kind)
        return start + int(found[0]) if len(found) else len(kinds)
