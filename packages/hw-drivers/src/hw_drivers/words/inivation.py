"""What the words of iniVation's cameras share: codes, orientation, times as they are written.

16-bit little-endian words. Bit 15 set: a time in its lower 15 bits, in microseconds since the last
wrap word. Otherwise bits 14 to 12 are a code and bits 11 to 0 its data. Sources: libcaer,
davis_common.c and dvxplorer.c (BSD-2-Clause; see NOTICE).
"""

from dataclasses import dataclass

import numpy as np

__all__ = [
    "Orientation",
    "Special",
    "WordWriter",
]

MISC_8, WRAP = 5, 7  # codes
WRAP_US = 0x8000  # one wrap; its word tells how many have passed
MOST_WRAPS = 0xFFF  # that one word can tell


class Special:
    """Data of special words (code 0)."""

    TIMESTAMP_RESET = 1
    FALLING_EDGE = 2
    RISING_EDGE = 3
    PULSE = 4
    IMU_START = 5
    IMU_END = 7
    FRAME_START_GLOBAL = 8
    FRAME_START_ROLLING = 9
    FRAME_END = 10
    RESET_COLUMN = 11
    SIGNAL_COLUMN = 12
    COLUMN_END = 13
    EXPOSURE_START = 14
    EXPOSURE_END = 15
    GENERATOR_FALLING_EDGE = 16
    GENERATOR_RISING_EDGE = 17


@dataclass(frozen=True)
class Orientation:
    """How a sensor is built in.

    Args:
        flip_x: mirrored left to right.
        flip_y: upside down.
        invert_xy: rows and columns are exchanged.
        flip_z: the inertial sensor is mirrored along its third axis.
    """

    flip_x: bool = False
    flip_y: bool = False
    invert_xy: bool = False
    flip_z: bool = False


class WordWriter:
    """Base of what encodes the stream of an emulated camera; times must not step back."""

    def __init__(self) -> None:
        self._wraps = 0

    def at(self, t: int, words: list[int] | np.ndarray) -> np.ndarray:
        """Return words that carry no time themselves, told at time `t`."""
        wraps = int(self._wraps_before(np.array([t]))[0])
        head = [WRAP << 12 | MOST_WRAPS] * (wraps // MOST_WRAPS)
        head += [WRAP << 12 | wraps % MOST_WRAPS] if wraps % MOST_WRAPS else []
        head.append(0x8000 | t & 0x7FFF)
        return np.concatenate([np.array(head, np.uint16), np.asarray(words, np.uint16)])

    def _wraps_before(self, t: np.ndarray) -> np.ndarray:
        """Return the number of wraps to announce before each of the times."""
        wraps = t // WRAP_US
        counts = np.diff(wraps, prepend=self._wraps)
        if len(wraps):
            self._wraps = int(wraps[-1])
        return counts

    def _interleaved(
        self, t: np.ndarray, columns: list[tuple[np.ndarray, np.ndarray]]
    ) -> np.ndarray:
        """Return words in order: for each item its wrap, its time if new, and its own words.

        Args:
            t: (n,) times that rise.
            columns: words of each item as (n,) values and (n,) switches, in order.
        """
        new_time = np.ones(len(t), bool)
        new_time[1:] = t[1:] != t[:-1]
        wraps = self._wraps_before(t)
        full = int(wraps.max(initial=0)) // MOST_WRAPS
        rest = wraps % MOST_WRAPS
        most = np.full(len(t), WRAP << 12 | MOST_WRAPS)
        all_columns = [
            *((most, wraps // MOST_WRAPS > i) for i in range(full)),
            (WRAP << 12 | rest, rest > 0),
            (0x8000 | t & 0x7FFF, new_time),
            *columns,
        ]
        values = np.stack([value.astype(np.int64) for value, _ in all_columns], axis=1)
        wanted = np.stack([switch for _, switch in all_columns], axis=1)
        return values[wanted].astype(np.uint16)
