"""Words of the DAVIS cameras: events, frames, inertial samples and edges.

Rows and columns: code 1 = row, code 2 = column of an OFF event, code 3 = of an ON event. Code 4 =
converter sample of the frame sensor. Source: libcaer, davis_common.c (BSD-2-Clause; see NOTICE).
"""

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.packet import Decoded
from hw_drivers.words.inivation import (
    MISC_8,
    MISC_10,
    SPECIAL,
    WRAP,
    FrameReader,
    ImuReader,
    Orientation,
    Special,
    TimeReader,
    WrapWriter,
)
from neuro_kernels import Events
from neuro_kernels.codecs import DecodeCounts, Triggers

__all__ = ["DavisStream", "DavisWriter"]

_ROW, _OFF, _ON, _SAMPLE = 1, 2, 3, 4


class DavisStream:
    """Decodes transfers one after the other.

    After a gap events are left out until time and row were told again, and a frame or sample that
    was begun is dropped.

    Args:
        size: (width, height) of the sensor.
        events: how the event sensor is built in.
        frames: how the frame sensor is built in.
        imu: how the inertial sensor is built in.
        degrees: (divisor, offset) of its thermometer.

    Example:
        >>> stream = DavisStream((346, 260))
        >>> words = np.array([0x8000 | 100, 0x1005, 0x3007, 0x7002, 0x8001, 0x2008], "<u2")
        >>> events = stream.feed(words.tobytes()).events
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
        self._size = size
        self._invert = (events or Orientation()).invert_xy
        width, height = size
        self._columns, self._rows = (height, width) if self._invert else (width, height)
        self._time = TimeReader()
        self._imu = ImuReader(imu or Orientation(), degrees)
        self._frames = FrameReader(size, frames or Orientation())
        self._row = -1
        self._carry = b""
        self._counts = dict.fromkeys(
            ("bytes_read", "events", "triggers", "out_of_range", "before_time", "unknown_words",
             "other_words"), 0,
        )  # fmt: skip
        self.skipped_bytes = 0

    @property
    def dropped_frames(self) -> int:
        """Frames that were begun and not whole."""
        return self._frames.dropped

    @property
    def report(self) -> DecodeCounts:
        """What became of the bytes up to now."""
        return DecodeCounts(
            **self._counts,
            bytes_skipped=2 * (self._counts["unknown_words"] + self._counts["before_time"]),
            time_errors=0,
            truncated_bytes=len(self._carry),
            first_problem_offset=None,
        )

    def feed(self, data: bytes, *, after_gap: bool = False) -> Decoded:
        """Decode one transfer."""
        if after_gap:
            self.skipped_bytes += len(self._carry)
            self._carry = b""
            self._row = -1
            self._time.lose()
            self._imu.reset()
            self._frames.dropped += 1
            self._frames.reset()
        data = self._carry + data
        even = len(data) & ~1
        self._carry = data[even:]
        self._counts["bytes_read"] += even
        words = np.frombuffer(data[:even], "<u2")
        codes = np.where(words & 0x8000, -1, words >> 12).astype(np.int8)
        knew = self._time.known
        times = self._time.read(words, codes)
        first_time = 0 if knew else _first(codes == -1)
        events = self._events(words, codes, times, first_time)
        triggers = self._others(words, codes, times, first_time)
        return Decoded(events, triggers, self._frames.take(), self._imu.take())

    def _events(
        self, words: np.ndarray, codes: np.ndarray, times: np.ndarray, first_time: int
    ) -> Events:
        data = (words & 0x0FFF).astype(np.int64)
        is_row = codes == _ROW
        index = np.arange(len(words))
        last = np.maximum.accumulate(np.where(is_row, index, -1))
        rows = np.where(last >= 0, data[last], self._row)
        if len(words):
            self._row = int(rows[-1])
        is_event = (codes == _OFF) | (codes == _ON)
        timed = is_event & (index >= first_time) & (rows >= 0)
        good = timed & (rows < self._rows) & (data < self._columns)
        n = int(good.sum())
        self._counts["events"] += n
        self._counts["before_time"] += int(is_event.sum()) - int(timed.sum())
        self._counts["out_of_range"] += int(timed.sum()) - n
        row, column = rows[good].astype(np.uint16), data[good].astype(np.uint16)
        x, y = (row, column) if self._invert else (column, row)
        return Events(times[good], x, y, (codes[good] == _ON).astype(np.uint8), size=self._size)

    def _others(
        self, words: np.ndarray, codes: np.ndarray, times: np.ndarray, first_time: int
    ) -> Triggers:
        """Walk through what is neither event nor time, and give samples in whole runs."""
        structure = np.flatnonzero((codes == SPECIAL) | (codes == MISC_8))
        samples = np.flatnonzero(codes == _SAMPLE)
        bounds = np.searchsorted(samples, structure)
        levels = (words[samples] & 0x0FFF).astype(np.uint16)
        edges: list[tuple[int, int, int]] = []
        done = 0
        for where, stop in zip(structure.tolist(), bounds.tolist(), strict=True):
            if stop > done:
                self._frames.samples(levels[done:stop])
                done = stop
            data, t = int(words[where]) & 0x0FFF, int(times[where])
            if codes[where] == MISC_8:
                self._misc(data)
            elif Special.FALLING_EDGE <= data <= Special.PULSE:
                if where >= first_time:
                    edges.append((t, int(data == Special.PULSE), int(data != Special.FALLING_EDGE)))
            elif data in (Special.IMU_START, Special.IMU_END):
                self._imu.special(data, t)
            elif data <= Special.EXPOSURE_END + 2:
                self._frames.special(data, t)
            else:
                self._counts["unknown_words"] += 1
        if len(levels) > done:
            self._frames.samples(levels[done:])
        self._counts["triggers"] += len(edges)
        self._counts["other_words"] += int(((codes == MISC_10) | (codes == WRAP)).sum())
        columns = np.array(edges, np.int64).reshape(len(edges), 3)
        return Triggers(columns[:, 0], *(columns[:, i].astype(np.uint8) for i in (1, 2)))

    def _misc(self, data: int) -> None:
        kind = data >> 8
        if kind in (0, 3):
            self._imu.misc(data)
        elif kind in (1, 2):
            self._frames.misc(data)
        else:
            self._counts["unknown_words"] += 1


class DavisWriter:
    """Encodes what an emulated camera sends; times must not step back.

    Args:
        invert_xy: whether rows and columns are exchanged on the wire.
    """

    def __init__(self, *, invert_xy: bool = False) -> None:
        self._invert = invert_xy
        self._wraps = WrapWriter()
        self._row = -1

    def events(self, columns: Columns) -> np.ndarray:
        """Return the words of events in time order."""
        n = len(columns)
        if not n:
            return np.empty(0, np.uint16)
        t = columns.t
        x, y = (columns.y, columns.x) if self._invert else (columns.x, columns.y)
        wraps = self._wraps.before(t)
        new_time = np.ones(n, bool)
        new_time[1:] = t[1:] != t[:-1]
        new_row = np.ones(n, bool)
        new_row[1:] = y[1:] != y[:-1]
        new_row[0] = int(y[0]) != self._row
        self._row = int(y[-1])
        lengths = (wraps > 0).astype(np.int64) + new_time + new_row + 1
        ends = np.cumsum(lengths)
        words = np.empty(int(ends[-1]), np.uint16)
        place = ends - lengths
        wrapped = wraps > 0
        words[place[wrapped]] = (WRAP << 12 | wraps[wrapped]).astype(np.uint16)
        place = place + wrapped
        words[place[new_time]] = (0x8000 | (t[new_time] & 0x7FFF)).astype(np.uint16)
        place = place + new_time
        words[place[new_row]] = (_ROW << 12 | y[new_row].astype(np.int64)).astype(np.uint16)
        words[ends - 1] = (np.where(columns.p == 1, _ON, _OFF) << 12 | x).astype(np.uint16)
        return words

    def at(self, t: int, words: list[int] | np.ndarray) -> np.ndarray:
        """Return words that carry no time themselves, told at time `t`."""
        wraps = int(self._wraps.before(np.array([t]))[0])
        head = [WRAP << 12 | wraps] if wraps else []
        head.append(0x8000 | t & 0x7FFF)
        return np.concatenate([np.array(head, np.uint16), np.asarray(words, np.uint16)])


def _first(mask: np.ndarray) -> int:
    found = np.flatnonzero(mask)
    return int(found[0]) if len(found) else len(mask)
