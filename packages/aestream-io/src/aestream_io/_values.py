"""Frames and inertial samples, as recordings hold them beside events."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Frame", "ImuSamples"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Frame:
    """One image.

    Attributes:
        t: time in microseconds.
        pixels: uint8 (height, width) for gray, (height, width, 3) for colours in the order blue,
            green, red, (height, width, 4) with opacity behind them.
        t_start: time at which reading it out began, or None.
        t_end: time at which reading it out ended, or None.
        exposure_start: time at which the exposure began, or None.
        exposure_end: time at which the exposure ended, or None.
        position: `(x, y)` of its upper left pixel on the sensor.

    Example:
        >>> Frame(t=5, pixels=np.zeros((2, 3), np.uint8)).pixels.shape
        (2, 3)
    """

    t: int
    pixels: np.ndarray
    t_start: int | None = None
    t_end: int | None = None
    exposure_start: int | None = None
    exposure_end: int | None = None
    position: tuple[int, int] = (0, 0)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frame):
            return NotImplemented
        names = ("t", "t_start", "t_end", "exposure_start", "exposure_end", "position")
        return all(getattr(self, n) == getattr(other, n) for n in names) and np.array_equal(
            self.pixels, other.pixels
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class ImuSamples:
    """Samples of an inertial measurement unit.

    Attributes:
        t: (n,) int64, microseconds.
        temperature: (n,) float32, degrees Celsius.
        acceleration: (n, 3) float32 along x, y, z, in g.
        rotation: (n, 3) float32 around x, y, z, in degrees per second.
        magnetic: (n, 3) float32 along x, y, z, in microtesla; zero where there is no compass.

    Example:
        >>> len(ImuSamples.empty())
        0
    """

    t: np.ndarray
    temperature: np.ndarray
    acceleration: np.ndarray
    rotation: np.ndarray
    magnetic: np.ndarray

    def __len__(self) -> int:
        return len(self.t)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ImuSamples):
            return NotImplemented
        names = ("t", "temperature", "acceleration", "rotation", "magnetic")
        return all(np.array_equal(getattr(self, n), getattr(other, n)) for n in names)

    @classmethod
    def from_rows(cls, t: Sequence[int], rows: Sequence[Sequence[float]]) -> "ImuSamples":
        """Samples of ten numbers: temperature, acceleration, rotation, magnetic field."""
        values = np.array(rows, np.float32).reshape(-1, 10)
        return cls(
            t=np.array(t, np.int64),
            temperature=values[:, 0],
            acceleration=values[:, 1:4],
            rotation=values[:, 4:7],
            magnetic=values[:, 7:10],
        )

    @classmethod
    def empty(cls) -> "ImuSamples":
        """No samples."""
        return cls.from_rows([], [])

    def rows(self) -> np.ndarray:
        """(n, 10) float32, the opposite of `from_rows`."""
        parts = (self.temperature[:, None], self.acceleration, self.rotation, self.magnetic)
        return np.concatenate(parts, axis=1)
