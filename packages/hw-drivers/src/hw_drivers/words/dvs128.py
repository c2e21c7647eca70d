"""Words of the DVS128 and of the eDVS: events, and edges of the DVS128.

Sources: libcaer, dvs128.c and edvs.c (BSD-2-Clause; see NOTICE).
"""

import dataclasses

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.packet import Decoded
from neuro_kernels import words
from neuro_kernels.codecs import DecodeCounts, Triggers

__all__ = ["Dvs128Stream", "Dvs128Writer", "EdvsStream", "EdvsWriter"]

_TIME_BITS = 14  # of the DVS128; a word of its own tells that they have wrapped
_WRAP, _RESET, _EDGE = 0x8000, 0x4000, 0x8000


class Dvs128Stream:
    """Decodes transfers one after the other.

    Each word holds its own place and time. After a gap the times may lie early by the wraps that
    were lost: the camera does not tell how many.

    Args:
        size: (width, height) of the sensor.

    Example:
        >>> stream = Dvs128Stream((128, 128))
        >>> data = np.array([(127 - 3) << 8 | (127 - 5) << 1, 100], "<u2").tobytes()
        >>> events = stream.feed(data).events
        >>> events.t.tolist(), events.x.tolist(), events.y.tolist(), events.p.tolist()
        ([100], [5], [3], [1])
    """

    _words = "dvs128"

    def __init__(self, size: tuple[int, int]) -> None:
        self._decoder = words.decoder(self._words, size=size)
        self._triggers = 0
        self.skipped_bytes = 0

    @property
    def report(self) -> DecodeCounts:
        """What became of the bytes up to now."""
        return dataclasses.replace(self._decoder.report, triggers=self._triggers)

    def feed(self, data: bytes, *, after_gap: bool = False) -> Decoded:
        """Decode one transfer; `after_gap` says that transfers are missing before it."""
        if after_gap:
            self.skipped_bytes += self._decoder.lose()
        found = self._decoder.feed(data)
        n = len(found.t)
        self._triggers += n
        triggers = Triggers(found.t, np.zeros(n, np.uint8), np.ones(n, np.uint8))
        return Decoded(found.events, triggers)


class EdvsStream(Dvs128Stream):
    """Decodes what an eDVS sends in its format E2; where bytes are lost, the next record is found.

    Args:
        size: (width, height) of the sensor.

    Example:
        >>> EdvsStream((128, 128)).feed(bytes([0x80 | 3, 5, 0, 100])).events.t.tolist()
        [100]
    """

    _words = "edvs"

    def feed(self, data: bytes, *, after_gap: bool = False) -> Decoded:
        """Decode one transfer; `after_gap` says that transfers are missing before it."""
        return Decoded(super().feed(data, after_gap=after_gap).events)


class Dvs128Writer:
    """Encodes what an emulated DVS128 sends; times must not step back."""

    def __init__(self) -> None:
        self._wraps = 0

    def events(self, columns: Columns) -> np.ndarray:
        """Return the words of events in time order."""
        place = (127 - columns.y.astype(np.int64)) << 8 | (127 - columns.x.astype(np.int64)) << 1
        return self._timed(columns.t, place | (columns.p == 0))

    def edges(self, t: np.ndarray) -> np.ndarray:
        """Return the words of edges on the trigger input."""
        return self._timed(t, np.full(len(t), _EDGE))

    def reset(self) -> np.ndarray:
        """Return the word that tells that the clock was reset."""
        self._wraps = 0
        return np.array([0, _RESET], np.uint16)

    def _timed(self, t: np.ndarray, addresses: np.ndarray) -> np.ndarray:
        """Addresses with their times, behind as many wrap words as have passed."""
        wraps = np.diff(t >> _TIME_BITS, prepend=self._wraps)
        if len(t):
            self._wraps = int(t[-1] >> _TIME_BITS)
        place = np.arange(len(t)) + np.cumsum(wraps)
        out = np.zeros((int(place[-1]) + 1 if len(t) else 0, 2), np.uint16)
        out[:, 1] = _WRAP
        out[place, 0] = addresses
        out[place, 1] = t & ((1 << _TIME_BITS) - 1)
        return out.ravel()


class EdvsWriter:
    """Encodes what an emulated eDVS sends in its format E2."""

    def events(self, columns: Columns) -> np.ndarray:
        """Return the bytes of events in time order."""
        out = np.empty((len(columns), 4), np.uint8)
        out[:, 0] = columns.y | 0x80
        out[:, 1] = columns.x | (columns.p == 0).astype(np.uint16) << 7
        out[:, 2] = columns.t >> 8 & 0xFF
        out[:, 3] = columns.t & 0xFF
        return out.ravel()
