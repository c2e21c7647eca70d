"""Words of the DVXplorer cameras: events in groups of eight rows, inertial samples and edges.

Code 1 = column (bit 11: a readout begins); code 4 = two groups of eight rows: the first in bits 0
to 5, the distance of the second in bits 6 to 10, backwards with bit 11; codes 3 and 2 = events in
the first and in the second group, one bit per row, ON where bit 8 is 0. Source: libcaer,
dv_explorer.c (BSD-2-Clause; see NOTICE).
"""

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.words.inivation import Orientation, WordWriter
from hw_drivers.words.inivation_imu import ImuLayout, ImuReader
from hw_drivers.words.inivation_stream import InivationStream
from neuro_kernels import words

__all__ = ["IMU_LAYOUT", "DvxStream", "DvxWriter"]

_COLUMN, _FIRST, _GROUPS = 1, 3, 4
IMU_LAYOUT = ImuLayout(
    acceleration_shift=3,
    rotation_mask=7,
    rotation_dps=(2000, 1000, 500, 250, 125, 125, 125, 125),
    swapped=True,
    degrees=(512.0, 23.0),
)


class DvxStream(InivationStream):
    """Decodes transfers one after the other.

    Args:
        columns: columns of the sensor on the wire.
        rows: rows of the sensor on the wire.
        events: how the event sensor is built in.
        imu: how the inertial sensor is built in.

    Example:
        >>> stream = DvxStream(640, 480)
        >>> data = np.array([0x8064, 0x1005, 0x4000 | 2 << 6 | 1, 0x3003, 0x2101], "<u2")
        >>> events = stream.feed(data.tobytes()).events
        >>> events.x.tolist(), events.y.tolist(), events.p.tolist()
        ([5, 5, 5], [8, 9, 24], [1, 1, 0])
    """

    def __init__(
        self,
        columns: int,
        rows: int,
        *,
        events: Orientation | None = None,
        imu: Orientation | None = None,
    ) -> None:
        inverted = (events or Orientation()).invert_xy
        size = (rows, columns) if inverted else (columns, rows)
        super().__init__(
            words.decoder("dvx", size=size, invert_xy=inverted),
            ImuReader(imu or Orientation(), IMU_LAYOUT),
        )


class DvxWriter(WordWriter):
    """Encodes what an emulated camera sends; times must not step back.

    Args:
        invert_xy: whether rows and columns are exchanged on the wire.
    """

    def __init__(self, *, invert_xy: bool = False) -> None:
        super().__init__()
        self._invert = invert_xy
        self._column = self._group = -1

    def events(self, columns: Columns) -> np.ndarray:
        """Return the words of events in time order.

        Events of one time, column, group of rows and polarity that follow each other with rising
        rows share a word.
        """
        n = len(columns)
        if not n:
            return np.empty(0, np.uint16)
        x, y = (columns.y, columns.x) if self._invert else (columns.x, columns.y)
        column, row = x.astype(np.int64), y.astype(np.int64)
        group, bit = row >> 3, row & 7
        starts = np.ones(n, bool)
        same = columns.t[1:] == columns.t[:-1]
        for values in (column, group, columns.p):
            same = same & (values[1:] == values[:-1])
        starts[1:] = ~(same & (row[1:] > row[:-1]))
        index = np.flatnonzero(starts)
        masks = np.add.reduceat(1 << bit, index)
        t, column, group = columns.t[index], column[index], group[index]
        new_column = np.diff(column, prepend=self._column) != 0
        new_group = np.diff(group, prepend=self._group) != 0
        self._column, self._group = int(column[-1]), int(group[-1])
        off = (columns.p[index] == 0).astype(np.int64) << 8
        always = np.ones(len(index), bool)
        return self._interleaved(
            t,
            [
                (_COLUMN << 12 | column, new_column),
                (_GROUPS << 12 | group, new_group),
                (_FIRST << 12 | off | masks, always),
            ],
        )
