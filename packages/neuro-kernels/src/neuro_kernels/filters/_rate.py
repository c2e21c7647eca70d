"""An upper bound for the event rate."""

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events
from neuro_kernels.filters._checks import whole_us

__all__ = ["RateLimit"]


class RateLimit:
    """Drops events above a rate, by the events' own time (token bucket).

    A bucket of credit fills by `rate_hz` per second, up to what comes in `window_us`; each event
    that passes takes one. A burst may therefore exceed the rate for about a window.

    Args:
        rate_hz: events per second in the long run, at least 1.
        window_us: how much credit is saved, in microseconds of the rate.

    Raises:
        EventError: a rate or window that cannot be.

    Example:
        >>> events = Events([0, 0, 0, 1000, 1000], [0] * 5, [0] * 5, [1] * 5, size=(1, 1))
        >>> RateLimit(1000, window_us=2000).feed(events).t
        array([   0,    0, 1000])
    """

    def __init__(self, rate_hz: float, *, window_us: int = 10_000) -> None:
        if not 1 <= rate_hz <= 1e12:
            raise EventError(f"RateLimit: expected a rate from 1 to 1e12 per second, got {rate_hz}")
        self.rate_hz = round(rate_hz)
        self.window_us = whole_us("RateLimit: window_us", window_us)
        self._burst = min(max(1, self.rate_hz * self.window_us // 1_000_000), 10**12)
        self._credit, self._last = self._burst * 1_000_000, _kernels.NEVER_FIRED

    def feed(self, events: Events) -> Events:
        """Return the events of `events` that find credit, which follow those fed before."""
        keep = np.empty(len(events), np.uint8)
        kept, self._credit, self._last = _kernels.mark_within_rate(
            events.t, self.rate_hz, self._burst, self._credit, self._last, keep
        )
        return events._select(keep, kept)
