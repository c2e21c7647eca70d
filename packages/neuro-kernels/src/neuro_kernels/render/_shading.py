"""From brightness to palette index: where the levels of each polarity lie, and decay curves."""

from dataclasses import dataclass
from math import ceil, exp, log, log2

import numpy as np

from neuro_kernels._kernels import decay_steps, intensity_buckets

DECAYS = ("exponential", "linear", "window")
LARGEST_SHIFT = 18  # 4096 steps of 2^18 us: 18 minutes


@dataclass(frozen=True)
class Shading:
    """Which palette indices show how much light.

    Index 0 is the background; brightness in (0, 1] has `levels` steps for each polarity, stored as
    runs of indices that begin at `off` and `on` (equal where polarity is not shown).

    Args:
        levels: steps of brightness, 1 to 127.
        off: index of the darkest OFF level.
        on: index of the darkest ON level.

    Example:
        >>> Shading(levels=4, off=1, on=5).indices(np.array([0.0, 0.5, 1.0]), on=True)
        array([0, 6, 8], dtype=uint8)
    """

    levels: int
    off: int
    on: int

    def __post_init__(self) -> None:
        if not 1 <= self.levels <= 127:
            raise ValueError(f"levels: expected 1 to 127, got {self.levels}")
        for name, first in (("off", self.off), ("on", self.on)):
            if not 1 <= first <= 256 - self.levels:
                raise ValueError(
                    f"{name}: expected an index from 1 to {256 - self.levels}, got {first}"
                )

    def indices(self, brightness: np.ndarray, *, on: bool) -> np.ndarray:
        """Give the palette index of each brightness.

        Args:
            brightness: values from 0 (background) to 1, any shape; others are clipped.
            on: polarity, True for ON.

        Returns:
            uint8 array of the same shape: 0 where floor(brightness * levels + 1/2) is 0, else
            first index + that level - 1.
        """
        level = np.floor(np.clip(brightness, 0, 1) * self.levels + 0.5).astype(np.int64)
        first = self.on if on else self.off
        return np.where(level > 0, level + (first - 1), 0).astype(np.uint8)


@dataclass(frozen=True, eq=False)
class DecayTable:
    """Palette index by polarity and age, as the shading kernel reads it.

    Args:
        table: uint8 (2, 4096), OFF then ON; entry k holds for ages [k, k + 1) * 2^shift us, the
            last one for everything older.
        shift: see above, 0 to 18.
    """

    table: np.ndarray
    shift: int


def decay_table(kind: str, tau_us: float, shading: Shading) -> DecayTable:
    """Tabulate how an event fades with its age dt.

    Args:
        kind: "exponential": exp(-dt/tau); "linear": 1 - dt/(2 tau); "window": 1 while dt <= tau.
        tau_us: time constant in microseconds, at least 1.
        shading: palette indices of the levels.

    Returns:
        The table; its step is the smallest power of two of microseconds with which 4096 entries
        reach the age where the last level is gone.

    Raises:
        ValueError: unknown kind, or a time constant whose picture would outlast 18 minutes.

    Example:
        >>> curve = decay_table("window", 1000, Shading(levels=1, off=1, on=2))
        >>> curve.shift, curve.table[1, [0, 1000, 1001, 4095]]
        (0, array([2, 2, 0, 0], dtype=uint8))
    """
    if kind not in DECAYS:
        raise ValueError(f"decay: expected one of {', '.join(DECAYS)}, got {kind!r}")
    if not tau_us >= 1:
        raise ValueError(f"tau_us: expected at least 1, got {tau_us}")
    reach = {
        "exponential": tau_us * log(2 * shading.levels),
        "linear": 2 * tau_us,
        "window": tau_us,
    }
    last = decay_steps - 1
    shift = 0
    while last << shift < reach[kind] + 1:
        shift += 1
        if shift > LARGEST_SHIFT:
            raise ValueError(f"tau_us: {tau_us} is too long, a picture reaches back 18 minutes")
    age = (np.arange(decay_steps) << shift).astype(np.float64)
    if kind == "exponential":
        brightness = np.exp(-age / tau_us)
    elif kind == "linear":
        brightness = 1 - age / (2 * tau_us)
    else:
        brightness = (age <= tau_us).astype(np.float64)
    brightness[last] = 0
    table = np.stack([shading.indices(brightness, on=False), shading.indices(brightness, on=True)])
    return DecayTable(table, shift)


def intensity_weights(tau_us: float) -> tuple[np.ndarray, float, int]:
    """Give the forward-decay table of `Intensity`.

    Args:
        tau_us: time constant in microseconds, at least 1.

    Returns:
        weights: float32 (n,) exp((k << shift)/tau), n at most 4096. The table spans 20 to 40 time
            constants: what an older event still adds is below a float's resolution, and the sums
            stay far from a float's limit.
        fade: exp(-(n << shift)/tau).
        shift: entries are 2^shift us apart.
    """
    if not tau_us >= 1:
        raise ValueError(f"tau_us: expected at least 1, got {tau_us}")
    shift = max(0, ceil(log2(20 * tau_us / decay_steps)))
    steps = min(decay_steps, ceil(40 * tau_us) >> shift)
    age = (np.arange(steps) << shift).astype(np.float64)
    weights = np.exp(age / tau_us).astype(np.float32)
    return weights, float(np.float32(exp(-(steps << shift) / tau_us))), shift


def bucket_values() -> np.ndarray:
    """Give the middle of each bucket of float sums, float64 (8192,); infinite ones become 0."""
    steps = np.arange(intensity_buckets, dtype=np.uint32)
    with np.errstate(invalid="ignore"):  # the last buckets hold what is not a number
        low = (steps << np.uint32(18)).view(np.float32).astype(np.float64)
        values = (low + np.append(low[1:], np.nan)) / 2
    values[~np.isfinite(values)] = 0
    values[0] = 0
    return values
