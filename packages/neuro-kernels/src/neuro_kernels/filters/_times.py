"""New times for events: stretched, or moved at random."""

import math

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError
from neuro_kernels.filters._checks import whole_us

__all__ = ["jitter_times", "stretch_times"]

MOST_JITTER_US = 2**31 - 1


def stretch_times(t: np.ndarray, factor: float, *, origin: int = 0) -> np.ndarray:
    """Multiply the times since an origin, and round them to whole microseconds.

    `origin + floor((t - origin) * factor + 0.5)`, in double precision; results further than 2^62
    from the origin become that limit.

    Args:
        t: (n,) int64, time in microseconds.
        factor: finite.
        origin: the moment that stays where it is, in microseconds.

    Returns:
        (n,) int64.

    Raises:
        EventError: a factor that is not finite.

    Example:
        >>> stretch_times(np.array([10, 20, 31]), 0.5, origin=10)
        array([10, 15, 21])
    """
    if not math.isfinite(factor):
        raise EventError(f"stretch_times: expected a finite factor, got {factor}")
    out = np.empty(len(t), np.int64)
    _kernels.stretch_times(t, int(origin), float(factor), out)
    return out


def jitter_times(t: np.ndarray, most_us: int, *, first: int = 0, seed: int = 0) -> np.ndarray:
    """Move each time by a random whole number of microseconds.

    The numbers depend on the event's number in the stream and the seed alone, hence not on how the
    stream is cut. They are those of SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable
    pseudorandom number generators", OOPSLA 2014).

    Args:
        t: (n,) int64, time in microseconds.
        most_us: largest distance, earlier or later; below 2^31.
        first: number of the first event in its stream.
        seed: other seeds give other numbers.

    Returns:
        (n,) int64, not in order of time.

    Raises:
        EventError: a distance that is negative, not whole, or too large.

    Example:
        >>> t = np.arange(5) * 1000
        >>> moved = jitter_times(t, 10, seed=1)
        >>> bool((np.abs(moved - t) <= 10).all())
        True
        >>> bool((jitter_times(t[2:], 10, first=2, seed=1) == moved[2:]).all())
        True
    """
    if whole_us("jitter_times: most_us", most_us) > MOST_JITTER_US:
        raise EventError(f"jitter_times: expected at most {MOST_JITTER_US} us, got {most_us}")
    out = np.empty(len(t), np.int64)
    _kernels.jitter_times(t, first % 2**64, seed % 2**64, most_us, out)
    return out
