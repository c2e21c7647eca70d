"""EVT 2.0 and EVT 2.1 bytes from a data endpoint to events, with care after a gap."""

import numpy as np

from hw_drivers.packet import Decoded
from neuro_kernels import codecs
from neuro_kernels.codecs import DecodeCounts

__all__ = ["Evt2Stream", "Evt21Stream"]

# Word types, the upper 4 bits: docs.prophesee.ai, EVT 2.0 and EVT 2.1.
_OFF, _ON, _TIME_HIGH, _TRIGGER = 0x0, 0x1, 0x8, 0xA


class Evt2Stream:
    """Decodes transfers one after the other.

    Words hold their own row and column, and the lower bits of their time. So after a gap events
    and edges are left out until the upper bits were sent again.

    Args:
        size: (width, height) of the sensor.

    Example:
        >>> stream = Evt2Stream((1280, 720))
        >>> words = np.array([0x10001802, 0x80000001, 0x10C02003], "<u4")
        >>> events = stream.feed(words.tobytes(), after_gap=True).events
        >>> events.t.tolist(), events.x.tolist(), events.y.tolist()
        ([67], [4], [3])
    """

    _codec = "evt2"
    _word_bytes = 4

    def __init__(self, size: tuple[int, int], **options: str) -> None:
        self._decoder = codecs.decoder(self._codec, size=size, **options)
        self._carry = b""
        self._waiting = False
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
            self._waiting = True
        if self._carry:
            data = self._carry + data
        whole = len(data) - len(data) % self._word_bytes
        self._carry = data[whole:]
        data = data[:whole] if self._carry else data
        if self._waiting:
            data = self._resynchronised(data)
        return Decoded(self._decoder.feed(data), self._decoder.triggers())

    def _kinds(self, data: bytes) -> np.ndarray:
        return np.frombuffer(data, "<u4") >> 28

    def _resynchronised(self, data: bytes) -> bytes:
        kinds = self._kinds(data)
        found = np.flatnonzero(kinds == _TIME_HIGH)
        first = int(found[0]) if len(found) else len(kinds)
        self._waiting = not len(found)
        timed = np.isin(kinds, (_OFF, _ON, _TRIGGER))
        keep = ~timed | (np.arange(len(kinds)) >= first)
        self.skipped_bytes += self._word_bytes * int((~keep).sum())
        return np.frombuffer(data, f"V{self._word_bytes}")[keep].tobytes()


class Evt21Stream(Evt2Stream):
    """Decodes transfers of EVT 2.1: 64-bit words with a mask of 32 pixels.

    Args:
        size: (width, height) of the sensor.
        layout: "little", or "legacy" where the upper half of each word comes first (IMX636).

    Example:
        >>> stream = Evt21Stream((320, 320))
        >>> words = np.array([0x8000000100000000, 0x10C0200300000005], "<u8")
        >>> events = stream.feed(words.tobytes()).events
        >>> events.t.tolist(), events.x.tolist(), events.y.tolist()
        ([67, 67], [4, 6], [3, 3])
    """

    _codec = "evt21"
    _word_bytes = 8

    def __init__(self, size: tuple[int, int], *, layout: str = "little") -> None:
        self._upper = int(layout == "little")
        super().__init__(size, layout=layout)

    def _kinds(self, data: bytes) -> np.ndarray:
        return np.frombuffer(data, "<u4")[self._upper :: 2] >> 28
