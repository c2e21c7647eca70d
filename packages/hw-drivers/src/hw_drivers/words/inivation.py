"""Time, inertial samples and frames in the words of iniVation's cameras.

16-bit little-endian words. Bit 15 set: a time in its lower 15 bits, in microseconds since the last
wrap word. Otherwise bits 14 to 12 are a code and bits 11 to 0 its data. Sources: libcaer,
davis_common.c and dvxplorer.c (BSD-2-Clause; see NOTICE).
"""

import struct
from dataclasses import dataclass

import numpy as np

from hw_drivers.packet import Frame, Imu

__all__ = [
    "FrameReader",
    "ImuLayout",
    "ImuReader",
    "Orientation",
    "Special",
    "WordWriter",
]

MISC_8, WRAP = 5, 7  # codes
WRAP_US = 0x8000  # one wrap; its word tells how many have passed
MOST_WRAPS = 0xFFF  # that one word can tell
_STANDARD_GRAVITY = 9.80665


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


@dataclass(frozen=True)
class ImuLayout:
    """What the scale word of an inertial sensor means.

    Args:
        acceleration_shift: place of the two bits that double the range from 2 g on.
        rotation_mask: bits of the rotation range.
        rotation_dps: ranges in degrees per second, by those bits.
        swapped: whether the first two axes are exchanged.
        degrees: (divisor, offset) of the thermometer.
    """

    acceleration_shift: int = 2
    rotation_mask: int = 3
    rotation_dps: tuple[int, ...] = (250, 500, 1000, 2000)
    swapped: bool = False
    degrees: tuple[float, float] = (340.0, 35.0)


class ImuReader:
    """Puts inertial samples together, word by word.

    Args:
        orientation: how the sensor is built in.
        layout: what its scale word means.
    """

    _COUNT = 14  # bytes of a whole sample: acceleration, temperature, rotation

    def __init__(self, orientation: Orientation, layout: ImuLayout) -> None:
        signs = (orientation.flip_x, orientation.flip_y, orientation.flip_z)
        self._signs = np.array([-1.0 if flip else 1.0 for flip in signs])
        self._layout = layout
        self.reset()

    def reset(self) -> None:
        """Forget a sample that was begun."""
        self._open = False
        self._scale = 0
        self._place = 0
        self._bytes = bytearray(self._COUNT)
        self._samples: list[tuple[int, np.ndarray, np.ndarray, float]] = []

    def special(self, data: int, t: int) -> None:
        """Take a special word."""
        if data == Special.IMU_START:
            self._open, self._place, self._scale = True, self._COUNT + 1, 0
        elif data == Special.IMU_END:
            if self._open and self._place == self._COUNT:
                self._samples.append(self._sample(t))
            self._open = False

    def misc(self, data: int) -> None:
        """Take a word of code 5."""
        kind, value = data >> 8, data & 0xFF
        if not self._open:
            return
        if kind == 3:
            self._scale = value
            self._bytes = bytearray(self._COUNT)
            self._place = next(
                (start for bit, start in ((7, 0), (5, 6), (6, 8)) if value >> bit & 1), self._COUNT
            )
        elif kind == 0 and self._place < self._COUNT:
            self._bytes[self._place] = value
            self._place += 1
            if self._place == 6 and not self._scale >> 5 & 1:
                self._place = 8
            if self._place == 8 and not self._scale >> 6 & 1:
                self._place = self._COUNT
        elif kind == 0:
            self._open = False  # more bytes than a sample has

    def take(self) -> Imu:
        """Return the samples put together since the last call."""
        samples, self._samples = self._samples, []
        n = len(samples)
        t = np.array([s[0] for s in samples], np.int64)
        acceleration = np.array([s[1] for s in samples], np.float32).reshape(n, 3)
        rotation = np.array([s[2] for s in samples], np.float32).reshape(n, 3)
        return Imu(t, acceleration, rotation, np.array([s[3] for s in samples], np.float32))

    def _sample(self, t: int) -> tuple[int, np.ndarray, np.ndarray, float]:
        raw = np.frombuffer(bytes(self._bytes), ">i2").astype(np.float64)
        has_temperature, has_rotation, has_acceleration = (
            bool(self._scale >> bit & 1) for bit in (5, 6, 7)
        )
        layout = self._layout
        g = 2.0 * (1 << (self._scale >> layout.acceleration_shift & 3)) / 32768
        turn = np.deg2rad(layout.rotation_dps[self._scale & layout.rotation_mask] / 32768)
        order = [1, 0, 2] if layout.swapped else [0, 1, 2]
        nothing = np.full(3, np.nan)
        acceleration = raw[0:3][order] * self._signs * g * _STANDARD_GRAVITY
        rotation = raw[4:7][order] * self._signs * turn
        divisor, offset = layout.degrees
        return (
            t,
            acceleration if has_acceleration else nothing,
            rotation if has_rotation else nothing,
            float(raw[3] / divisor + offset) if has_temperature else float("nan"),
        )


class FrameReader:
    """Puts frames together: each pixel is read twice, after reset and after exposure.

    Args:
        size: (width, height) of the sensor.
        orientation: how it is built in.
    """

    # A reset level below this means that the converter ran over: the pixel is white (libcaer).
    _LOWEST_RESET = 384

    def __init__(self, size: tuple[int, int], orientation: Orientation) -> None:
        self._orientation = orientation
        width, height = size
        self._columns, self._rows = (height, width) if orientation.invert_xy else (width, height)
        self.dropped = 0  # frames that were not whole
        self._bounds = bytearray()
        self._window = (0, 0, self._columns - 1, self._rows - 1)
        self.reset()

    def reset(self) -> None:
        """Forget a frame that was begun."""
        self._open = False
        self._frames: list[Frame] = []
        self._begin(0)
        self._open = False

    def lose(self) -> None:
        """Take note of a gap: a frame that was begun is dropped."""
        self.dropped += self._open
        frames = self._frames
        self.reset()
        self._frames = frames

    def _begin(self, t: int) -> None:
        start_x, start_y, end_x, end_y = self._window
        shape = (end_x - start_x + 1, end_y - start_y + 1)  # columns first, as they are read
        self._levels = [np.zeros(shape, np.uint16), np.zeros(shape, np.uint16)]
        self._counts = [0, 0]
        self._complete = True
        self._kind: int | None = None
        self._column: list[np.ndarray] = []
        self._times: list[int | None] = [t, None, None]
        self._open = True

    def special(self, data: int, t: int) -> None:
        """Take a special word."""
        if data in (Special.FRAME_START_GLOBAL, Special.FRAME_START_ROLLING):
            self.dropped += self._open
            self._begin(t)
        elif not self._open:
            return
        elif data in (Special.RESET_COLUMN, Special.SIGNAL_COLUMN):
            self._kind = data - Special.RESET_COLUMN
            self._column = []
        elif data == Special.COLUMN_END:
            self._end_column()
        elif data == Special.EXPOSURE_START:
            self._times[1] = t
        elif data == Special.EXPOSURE_END:
            self._times[2] = t
        elif data == Special.FRAME_END:
            self._end_frame(t)

    def samples(self, levels: np.ndarray) -> None:
        """Take converter samples (code 4) of the current column."""
        if self._open and self._kind is not None:
            self._column.append(levels)

    def misc(self, data: int) -> None:
        """Take a word of code 5: bounds of the region that is read, high byte first."""
        kind, value = data >> 8, data & 0xFF
        if kind not in (1, 2):
            return
        if kind - 1 != len(self._bounds) % 2:  # out of step: wait for the next high byte
            self._bounds.clear()
        if kind == 1 or self._bounds:
            self._bounds.append(value)
        if len(self._bounds) == 8:
            x, y, end_x, end_y = struct.unpack(">4H", self._bounds)
            self._bounds.clear()
            if x <= end_x < self._columns and y <= end_y < self._rows:
                self._window = (x, y, end_x, end_y)

    def take(self) -> tuple[Frame, ...]:
        """Return the frames finished since the last call."""
        frames, self._frames = self._frames, []
        return tuple(frames)

    def _end_column(self) -> None:
        if self._kind is None:
            return
        levels = self._levels[self._kind]
        column = np.concatenate(self._column) if self._column else np.empty(0, np.uint16)
        place = self._counts[self._kind]
        self._counts[self._kind] += 1
        if place < len(levels) and len(column) == levels.shape[1]:
            levels[place] = column
        else:
            self._complete = False
        self._kind = None

    def _end_frame(self, t: int) -> None:
        self._open = False
        reset, signal = (levels.astype(np.int32) for levels in self._levels)
        if not self._complete or self._counts != [len(reset)] * 2:
            self.dropped += 1
            return
        difference = np.clip(reset - signal, 0, 1023)
        white = (reset < self._LOWEST_RESET) | (signal == 0)
        pixels = (np.where(white, 1023, difference) << 6).astype(np.uint16)
        # From (column, row) as read to (row, column) as seen.
        pixels = pixels if self._orientation.invert_xy else pixels.T
        if self._orientation.flip_x:
            pixels = pixels[:, ::-1]
        if self._orientation.flip_y:
            pixels = pixels[::-1]
        start, exposure_start, exposure_end = self._times
        assert start is not None
        x, y, end_x, end_y = self._window
        columns, rows = self._columns, self._rows
        if self._orientation.invert_xy:
            x, y, end_x, end_y, columns, rows = y, x, end_y, end_x, rows, columns
        x = columns - 1 - end_x if self._orientation.flip_x else x
        y = rows - 1 - end_y if self._orientation.flip_y else y
        frame = Frame(np.ascontiguousarray(pixels), x, y, start, exposure_start, exposure_end, t)
        self._frames.append(frame)
