"""The last event of each pixel, packed for a page that draws time surfaces."""

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events
from neuro_kernels.events._columns import check_size

RECORD = np.dtype([("t", "<u4"), ("x", "<u2"), ("y", "<u2")])


class LatestEvents:
    """Packs the last event of each pixel into 8 bytes.

    A picture of when each pixel fired last needs no more of a stretch of a stream, however many
    events it has: the bytes are bounded by the number of pixels.

    Args:
        size: (width, height) of the sensor in pixels.

    Raises:
        EventError: a size that cannot be.

    Example:
        >>> events = Events([5, 7, 9], [1, 1, 0], [0, 0, 0], [1, 0, 1], size=(2, 1))
        >>> np.frombuffer(LatestEvents(events.size).pack(events, base_us=5), RECORD).tolist()
        [(4, 0, 1), (2, 1, 0)]
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = check_size(size)
        self._pixels = _kernels.LatestEvents(*self.size)

    def pack(self, events: Events, *, base_us: int) -> memoryview:
        """Give the last event of each pixel of `events`, later ones first.

        Args:
            events: the stretch, in any number.
            base_us: what times are counted from.

        Returns:
            8 bytes for each pixel that fired: time after `base_us` in microseconds (u32, held to
            its range), x (u16), y << 1 | polarity (u16), little-endian. Rows from 32768 are left
            out.

        Raises:
            EventError: events of a sensor of another size.
        """
        if events.size != self.size:
            raise EventError(
                f"LatestEvents.pack: made for {self.size[0]}x{self.size[1]}, got events of "
                f"{events.width}x{events.height}"
            )
        out = np.empty(len(events) * RECORD.itemsize, np.uint8)
        count = self._pixels.pack(events.t, events.x, events.y, events.p, base_us, out)
        return out[: count * RECORD.itemsize].data
