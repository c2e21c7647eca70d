"""Inertial samples in the words of iniVation's cameras.

Sources: libcaer, davis_common.c and dvxplorer.c (BSD-2-Clause; see NOTICE).
"""

from dataclasses import dataclass

import numpy as np

from hw_drivers.packet import Imu
from hw_drivers.words.inivation import Orientation, Special

__all__ = ["ImuLayout", "ImuReader"]

_STANDARD_GRAVITY = 9.80665


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
