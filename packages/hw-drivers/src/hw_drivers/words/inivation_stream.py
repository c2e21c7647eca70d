"""What the streams of iniVation's cameras share: time, edges, samples, counts, gaps."""

from abc import ABC, abstractmethod

import numpy as np

from hw_drivers.packet import Decoded, Frame
from hw_drivers.words.inivation import (
    MISC_8,
    MISC_10,
    SPECIAL,
    WRAP,
    ImuReader,
    Special,
    TimeReader,
)
from neuro_kernels import Events
from neuro_kernels.codecs import DecodeCounts, Triggers

__all__ = ["InivationStream", "last_before"]

_COUNTED = (
    "bytes_read",
    "events",
    "triggers",
    "out_of_range",
    "before_time",
    "unknown_words",
    "other_words",
)


class InivationStream(ABC):
    """Decodes transfers one after the other.

    After a gap events are left out until time and place were told again, and a frame or sample
    that was begun is dropped.

    Args:
        imu: puts inertial samples together.
    """

    def __init__(self, imu: ImuReader) -> None:
        self._time = TimeReader()
        self._imu = imu
        self._carry = b""
        self._counts = dict.fromkeys(_COUNTED, 0)
        self.skipped_bytes = 0

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
            self._time.lose()
            self._imu.reset()
            self._lose()
        data = self._carry + data
        even = len(data) & ~1
        self._carry = data[even:]
        self._counts["bytes_read"] += even
        words = np.frombuffer(data[:even], "<u2")
        codes = np.where(words & 0x8000, -1, words >> 12).astype(np.int8)
        known = self._time.known
        times = self._time.read(words, codes)
        first_time = 0 if known else _first(codes == -1)
        events = self._events(words, codes, times, first_time)
        triggers = self._others(words, codes, times, first_time)
        return Decoded(events, triggers, self._take_frames(), self._imu.take())

    @abstractmethod
    def _lose(self) -> None:
        """Forget the place of the next event, and a frame that was begun."""

    @abstractmethod
    def _events(
        self, words: np.ndarray, codes: np.ndarray, times: np.ndarray, first_time: int
    ) -> Events:
        """Return the events; those before the word `first_time` have no time."""

    def _take_frames(self) -> tuple[Frame, ...] | None:
        return None

    def _samples(self, words: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Places of converter samples, for cameras with a frame sensor."""
        return np.empty(0, np.int64)

    def _take_samples(self, levels: np.ndarray) -> None:
        """Take converter samples of a column; without a frame sensor they mean nothing."""
        self._counts["unknown_words"] += len(levels)

    def _special(self, data: int, t: int) -> bool:
        """Take a special word of the frame sensor; False when there is no such word."""
        return data in (Special.TIMESTAMP_RESET, 0) or data <= Special.EXPOSURE_END + 2

    def _misc(self, data: int) -> bool:
        """Take a word of code 5 that is not of the inertial sensor."""
        return False

    def _others(
        self, words: np.ndarray, codes: np.ndarray, times: np.ndarray, first_time: int
    ) -> Triggers:
        """Walk through what is neither event nor time, and give samples in whole runs."""
        structure = np.flatnonzero((codes == SPECIAL) | (codes == MISC_8))
        samples = self._samples(words, codes)
        bounds = np.searchsorted(samples, structure)
        levels = (words[samples] & 0x0FFF).astype(np.uint16)
        edges: list[tuple[int, int, int]] = []
        done = 0
        for where, stop in zip(structure.tolist(), bounds.tolist(), strict=True):
            if stop > done:
                self._take_samples(levels[done:stop])
                done = stop
            data, t = int(words[where]) & 0x0FFF, int(times[where])
            if codes[where] == MISC_8:
                if data >> 8 in (0, 3):
                    self._imu.misc(data)
                elif not self._misc(data):
                    self._counts["unknown_words"] += 1
            elif Special.FALLING_EDGE <= data <= Special.PULSE:
                if where >= first_time:
                    edges.append((t, int(data == Special.PULSE), int(data != Special.FALLING_EDGE)))
            elif data in (Special.IMU_START, Special.IMU_END):
                self._imu.special(data, t)
            elif not self._special(data, t):
                self._counts["unknown_words"] += 1
        if len(levels) > done:
            self._take_samples(levels[done:])
        self._counts["triggers"] += len(edges)
        self._counts["other_words"] += int(((codes == MISC_10) | (codes == WRAP)).sum())
        columns = np.array(edges, np.int64).reshape(len(edges), 3)
        return Triggers(columns[:, 0], *(columns[:, i].astype(np.uint8) for i in (1, 2)))


def last_before(values: np.ndarray, told: np.ndarray, before: int) -> np.ndarray:
    """Return for each word the value that was told last, `before` where none was yet.

    Example:
        >>> last_before(np.array([7, 0, 9, 0]), np.array([True, False, True, False]), -1).tolist()
        [7, 7, 9, 9]
    """
    if not len(values):
        return np.empty(0, np.int64)
    last = np.maximum.accumulate(np.where(told, np.arange(len(values)), -1))
    return np.where(last >= 0, values[last], before)


def _first(mask: np.ndarray) -> int:
    found = np.flatnonzero(mask)
    return int(found[0]) if len(found) else len(mask)
