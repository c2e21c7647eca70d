"""Frames in the words of the DAVIS cameras.

Source: libcaer, davis_common.c (BSD-2-Clause; see NOTICE).
"""

import struct

import numpy as np

from hw_drivers.packet import Frame
from hw_drivers.words.inivation import Orientation, Special

__all__ = ["FrameReader"]


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
