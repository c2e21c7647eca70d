"""What an emulated sensor looks at: events as a function of time, seed and rate alone."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from hw_drivers.columns import Columns

__all__ = ["SCENES", "Dots", "Edges", "Noise", "Scene"]

_X_BITS, _Y_BITS = 12, 12
# A slice with more events than this is one of a few that are made once and used in turn: making
# each anew allows some 8 million events per second and core, using them again far more.
_MANY_EVENTS = 4000
_TURNS = 8


class Scene(Protocol):
    """A source of brightness changes."""

    @property
    def end_us(self) -> int | None:
        """Sensor time after which nothing comes any more, or None."""
        ...

    @property
    def start_us(self) -> int:
        """Sensor time at which the scene starts."""
        ...

    def events(self, start_us: int, stop_us: int, gain_on: float, gain_off: float) -> Columns:
        """Return the events of [start_us, stop_us) at relative ON and OFF sensitivities."""
        ...


@dataclass(frozen=True)
class _Generated(ABC):
    """Base of the synthetic scenes.

    Args:
        width: columns of the sensor.
        height: rows of the sensor.
        rate: events per second at the factory biases.
        seed: makes the scene repeatable.
    """

    width: int
    height: int
    rate: float
    seed: int
    _made: dict[tuple[int, int, float, float], Columns] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def start_us(self) -> int:
        """Synthetic scenes start at zero."""
        return 0

    @property
    def end_us(self) -> int | None:
        """Synthetic scenes never end."""
        return None

    def events(self, start_us: int, stop_us: int, gain_on: float, gain_off: float) -> Columns:
        """Return the events of [start_us, stop_us); the same for the same arguments."""
        span_us = stop_us - start_us
        if not self._repeats or self.rate * 1e-6 * span_us * (gain_on + gain_off) < _MANY_EVENTS:
            return self._make(start_us, stop_us, gain_on, gain_off)
        turn = start_us // span_us % _TURNS
        key = (turn, span_us, gain_on, gain_off)
        columns = self._made.get(key)
        if columns is None:
            if len(self._made) >= 2 * _TURNS:
                self._made.clear()
            first_us = turn * span_us
            columns = self._make(first_us, first_us + span_us, gain_on, gain_off)
            self._made[key] = columns
        return self._moved(columns, start_us - turn * span_us)

    def _make(self, start_us: int, stop_us: int, gain_on: float, gain_off: float) -> Columns:
        random = np.random.default_rng((self.seed, start_us, stop_us))
        mean = self.rate * 1e-6 * (stop_us - start_us) / 2
        counts = [random.poisson(mean * gain) for gain in (gain_off, gain_on)]
        p = np.repeat(np.array([0, 1], np.int64), counts)
        t = random.integers(start_us, stop_us, len(p))
        x, y = self._place(random, t, p)
        return _in_time_order(t, x, y, p, start_us)

    @property
    def _repeats(self) -> bool:
        """Whether what was made for one time can be moved to another one."""
        return True

    def _moved(self, columns: Columns, by_us: int) -> Columns:
        """Return what was made for a time that is `by_us` earlier."""
        return Columns(columns.t + by_us, columns.x, columns.y, columns.p)

    @abstractmethod
    def _place(
        self, random: np.random.Generator, t: np.ndarray, p: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return column and row of events with these times and polarities."""


class Noise(_Generated):
    """Independent events at uniformly distributed pixels.

    Example:
        >>> scene = Noise(64, 48, rate=1e6, seed=1)
        >>> len(scene.events(0, 10_000, 1.0, 1.0)) > len(scene.events(0, 10_000, 0.5, 0.5))
        True
    """

    def _place(
        self, random: np.random.Generator, t: np.ndarray, p: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        return random.integers(0, self.width, len(t)), random.integers(0, self.height, len(t))


class Edges(_Generated):
    """Four bright vertical bars that move to the right: ON at the front, OFF at the back."""

    bars = 4
    speed = 400.0  # pixels per second

    def _place(
        self, random: np.random.Generator, t: np.ndarray, p: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        period = self.width / self.bars
        bar = random.integers(0, self.bars, len(t))
        back = np.where(p == 1, 0.0, period / 2)
        x = bar * period + self.speed * 1e-6 * t - back + random.random(len(t))
        return np.floor(x).astype(np.int64) % self.width, random.integers(0, self.height, len(t))

    def _moved(self, columns: Columns, by_us: int) -> Columns:
        shift = round(self.speed * 1e-6 * by_us) % self.width
        x = columns.x + np.uint16(shift)
        x -= np.uint16(self.width) * (x >= self.width)
        return Columns(columns.t + by_us, x, columns.y, columns.p)


class Dots(_Generated):
    """Eight bright discs on Lissajous curves: ON where they go, OFF where they come from."""

    dots = 8

    @property
    def _repeats(self) -> bool:
        return False

    def _place(
        self, random: np.random.Generator, t: np.ndarray, p: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        dot = random.integers(0, self.dots, len(t))
        seconds = t * 1e-6
        turn_x, turn_y = 0.31 + 0.07 * dot, 0.47 + 0.05 * dot  # turns per second
        radius = min(self.width, self.height) / 18
        reach_x, reach_y = self.width / 2 - 2 * radius, self.height / 2 - 2 * radius
        phase_x = 2 * np.pi * (turn_x * seconds + dot / self.dots)
        phase_y = 2 * np.pi * (turn_y * seconds + dot / 3)
        heading = np.arctan2(reach_y * turn_y * np.cos(phase_y), reach_x * turn_x * np.cos(phase_x))
        side = heading + np.where(p == 1, 0.0, np.pi) + np.pi * (random.random(len(t)) - 0.5)
        x = self.width / 2 + reach_x * np.sin(phase_x) + radius * np.cos(side)
        y = self.height / 2 + reach_y * np.sin(phase_y) + radius * np.sin(side)
        return (
            np.clip(np.rint(x).astype(np.int64), 0, self.width - 1),
            np.clip(np.rint(y).astype(np.int64), 0, self.height - 1),
        )


def _in_time_order(
    t: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray, start_us: int
) -> Columns:
    """Sort by time, row, polarity and column, as a readout does; a pixel fires once per us."""
    key = (((t - start_us) << _Y_BITS | y) << 1 | p) << _X_BITS | x
    key.sort()
    if len(key):
        key = key[np.concatenate([[True], key[1:] != key[:-1]])]
    return Columns(
        (key >> (_X_BITS + 1 + _Y_BITS)) + start_us,
        (key & ((1 << _X_BITS) - 1)).astype(np.uint16),
        (key >> (_X_BITS + 1) & ((1 << _Y_BITS) - 1)).astype(np.uint16),
        (key >> _X_BITS & 1).astype(np.uint8),
    )


SCENES: dict[str, type[Noise] | type[Edges] | type[Dots]] = {
    "noise": Noise,
    "edges": Edges,
    "dots": Dots,
}
