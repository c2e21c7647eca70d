"""Words of the DAVIS cameras: events, frames, inertial samples and edges.

Rows and columns: code 1 = row, code 2 = column of an OFF event, code 3 = of an ON event. Code 4 =
converter sample of the frame sensor. Source: libcaer, davis_common.c (BSD-2-Clause; see NOTICE).
"""

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.packet import Frame
from hw_drivers.words.inivation import Orientation, WordWriter
from hw_drivers.words.inivation_frames import FrameReader
from hw_drivers.words.inivation_imu import ImuLayout, ImuReader
from hw_drivers.words.inivation_stream import InivationStream
from neuro_kernels import words

__all__ = ["DavisStream", "DavisWriter"]

_ROW, _OFF, _ON = 1, 2, 3


class DavisStream(InivationStream):
    """Decodes transfers one after the other.

    Args:
        size: (width, height) of the sensor.
        events: how the event sensor is built in.
        frames: how the frame sensor is built in.
        imu: how the inertial sensor is built in.
        degrees: (divisor, offset) of its thermometer.

    Example:
        >>> stream = DavisStream((346, 260))
        >>> data = np.array([0x8000 | 100, 0x1005, 0x3007, 0x7002, 0x8001, 0x2008], "<u2")
        >>> events = stream.feed(data.tobytes()).events
        >>> events.t.tolist(), events.x.tolist(), events.y.tolist(), events.p.tolist()
        ([100, 65537], [7, 8], [5, 5], [1, 0])
    """

    def __init__(
        self,
        size: tuple[int, int],
        *,
        events: Orientation | None = None,
        frames: Orientation | None = None,
        imu: Orientation | None = None,
        degrees: tuple[float, float] = (340.0, 35.0),
    ) -> None:
        inverted = (events or Orientation()).invert_xy
        super().__init__(
            words.decoder("davis", size=size, invert_xy=inverted),
            ImuReader(imu or Orientation(), ImuLayout(degrees=degrees)),
        )
        self._frames = FrameReader(size, frames or Orientation())

    @property
    def dropped_frames(self) -> int:
        """Frames that were begun and not whole."""
        return self._frames.dropped

    def _lose(self) -> None:
        self._frames.lose()

    def _take_frames(self) -> tuple[Frame, ...]:
        return self._frames.take()

    def _take_samples(self, levels: np.ndarray) -> None:
        self._frames.samples(levels)

    def _special(self, data: int, t: int) -> bool:
        self._frames.special(data, t)
        return super()._special(data, t)

    def _misc(self, data: int) -> bool:
        self._frames.misc(data)
        return data >> 8 in (1, 2)


class DavisWriter(WordWriter):
    """Encodes what an emulated camera sends; times must not step back.

    Args:
        invert_xy: whether rows and columns are exchanged on the wire.
    """

    def __init__(self, *, invert_xy: bool = False) -> None:
        super().__init__()
        self._invert = invert_xy
        self._row = -1

    def events(self, columns: Columns) -> np.ndarray:
        """Return the words of events in time order."""
        if not len(columns):
            return np.empty(0, np.uint16)
        x, y = (columns.y, columns.x) if self._invert else (columns.x, columns.y)
        rows = y.astype(np.int64)
        new_row = np.diff(rows, prepend=self._row) != 0
        self._row = int(rows[-1])
        addresses = np.where(columns.p == 1, _ON, _OFF) << 12 | x
        always = np.ones(len(columns), bool)
        return self._interleaved(columns.t, [(_ROW << 12 | rows, new_row), (addresses, always)])
