"""Choosing a decay time that suits a recording."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuro_kernels import Events

__all__ = ["RateSample", "automatic_tau"]

BIN_US = 10_000
# Share of the pixels that may light up within one time constant. With fewer the picture is empty,
# with more the trails of moving edges run into each other (chosen by looking at recordings).
SHARE = 0.1
SHORTEST_US, LONGEST_US, LONGEST_EVER_US = 1_000, 1_000_000, 60_000_000
# What is looked at: enough for a median, little against decoding a long recording.
SAMPLE_US, SAMPLE_EVENTS = 10_000_000, 8_000_000


class RateSample:
    """Event rate of the beginning of a stream, in bins of 10 ms.

    Example:
        >>> from neuro_kernels import Events
        >>> sample = RateSample()
        >>> sample.add(Events([0, 5000, 15000], [0] * 3, [0] * 3, [1] * 3, size=(1, 1)))
        >>> sample.median_hz()
        150.0
    """

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._first: int | None = None
        self._events = 0
        self.enough = False

    def add(self, events: "Events") -> None:
        """Count some events."""
        import numpy as np

        if not len(events):
            return
        if self._first is None:
            self._first = int(events.t[0])
        bins, counts = np.unique((events.t - self._first) // BIN_US, return_counts=True)
        for place, count in zip(bins.tolist(), counts.tolist(), strict=True):
            self._counts[place] = self._counts.get(place, 0) + count
        self._events += len(events)
        self.enough = self._events >= SAMPLE_EVENTS or int(events.t[-1]) - self._first >= SAMPLE_US

    def median_hz(self) -> float:
        """Give the median over the bins that hold events, in events per second; 0 without any.

        A median is not moved by a burst, such as the flash of all pixels when a sensor starts.
        """
        from statistics import median

        return median(self._counts.values()) * 1e6 / BIN_US if self._counts else 0.0


def automatic_tau(sample: RateSample, size: tuple[int, int], period_us: float) -> int:
    """Give a decay time in microseconds for pictures of a stream.

    Args:
        sample: its event rate.
        size: (width, height) in pixels.
        period_us: time from one picture to the next: what happens in between must still be seen.

    Returns:
        The time in which events come for 10 % of the pixels, from 1 ms to 1 s and at least half of
        `period_us`, to two digits.
    """
    rate = sample.median_hz()
    if not rate:
        return min(max(100_000, int(period_us)), LONGEST_EVER_US)
    tau = SHARE * size[0] * size[1] / rate * 1e6
    tau = min(max(min(max(tau, SHORTEST_US), LONGEST_US), period_us / 2), LONGEST_EVER_US)
    return int(float(f"{tau:.1e}"))
