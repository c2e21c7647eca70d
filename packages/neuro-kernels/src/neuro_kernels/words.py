"""Words on the data endpoints of iniVation's cameras, to events: DAVIS, DVXplorer, DVS128, eDVS."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.codecs import DecodeCounts
from neuro_kernels.events import EventError, Events
from neuro_kernels.events._columns import check_size

__all__ = ["WordDecoder", "Words", "decoder"]

_MAKERS = {
    "davis": _kernels.davis_words,
    "dvx": _kernels.dvx_words,
    "dvs128": _kernels.dvs128_words,
    "edvs": _kernels.edvs_words,
}


@dataclass(frozen=True, eq=False)
class Words:
    """What the bytes of one call held.

    Attributes:
        events: the events, in the order in which they were sent.
        t: (n,) int64, microseconds: times of the words that are neither event nor time.
        word: (n,) uint16, those words: edges, inertial samples, frames.
        untimed: how many of them, at the beginning, have no known time.
    """

    events: Events
    t: np.ndarray
    word: np.ndarray
    untimed: int


class WordDecoder:
    """Turns the bytes of one camera into events; made by `decoder`.

    The result does not depend on how the bytes are cut into calls. Damage never raises: it is
    skipped and counted in `report`. Times never step back, except where the camera says that its
    clock was reset.

    Attributes:
        size: `(width, height)` of the events it gives.
    """

    def __init__(self, name: str, size: tuple[int, int], invert_xy: bool) -> None:
        if name not in _MAKERS:
            raise EventError(f"unknown words {name!r} (known: {', '.join(_MAKERS)})")
        self.size = check_size(size)
        columns, rows = self.size[::-1] if invert_xy else self.size
        self._kernel = _MAKERS[name](columns, rows, invert_xy)

    def feed(self, data: Any) -> Words:
        """Decode the next bytes.

        Args:
            data: any object that holds bytes in one piece; may end inside a word.
        """
        *columns, t, word, untimed, reset = self._kernel.feed(data)
        events = Events._wrap(*columns, size=self.size, is_sorted=None if reset else True)
        return Words(events, t, word, untimed)

    def lose(self) -> int:
        """Take note that bytes are missing here: events wait until time and place are told again.

        Returns:
            How many bytes of an unfinished word were dropped.
        """
        return self._kernel.lose()

    @property
    def report(self) -> DecodeCounts:
        """What became of the bytes up to now."""
        return DecodeCounts(**self._kernel.counts())


def decoder(name: str, *, size: tuple[int, int], invert_xy: bool = False) -> WordDecoder:
    """Make a decoder for the words of one camera.

    Args:
        name: `"davis"`, `"dvx"`, `"dvs128"` or `"edvs"` (its format E2).
        size: `(width, height)` of the sensor; events outside are left out and counted.
        invert_xy: whether rows and columns are exchanged on the wire.

    Raises:
        EventError: an unknown name or a wrong size.

    Example:
        >>> words = np.array([0x8064, 0x1005, 0x3007, 0x0003, 0x7002, 0x8001, 0x2008], "<u2")
        >>> found = decoder("davis", size=(346, 260)).feed(words.tobytes())
        >>> found.events.t.tolist(), found.events.x.tolist(), found.events.y.tolist()
        ([100, 65537], [7, 8], [5, 5])
        >>> found.t.tolist(), found.word.tolist()  # a rising edge on the trigger input
        ([100], [3])
    """
    return WordDecoder(name, size, invert_xy)
