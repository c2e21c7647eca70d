"""Event rate over time, in bins that are never finer than the recording's clock."""

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

from faery_cli.pictures.chart import LIGHT, Chart, Series, Theme, si_text

if TYPE_CHECKING:
    import numpy as np

    from neuro_kernels import Events

__all__ = ["RateCounter", "RateCurve"]

FINEST_BINS = 1 << 16
OUTLIER = 8.0  # a peak so many times the 98th percentile is cut off
LOOK = 4096  # times of each packet that the grid is found from


@dataclass(frozen=True, eq=False)
class RateCurve:
    """Events per second.

    Args:
        begin_us: first microsecond of the first bin.
        bin_us: duration of a bin.
        on: int64 (n,) ON events in each bin.
        off: int64 (n,) OFF events.
        grid_us: step of the timestamps.
        end_us: where the recording ends, inside of the last bin or at its end.
    """

    begin_us: int
    bin_us: int
    on: "np.ndarray"
    off: "np.ndarray"
    grid_us: int
    end_us: int

    def edges(self) -> "np.ndarray":
        """Give the limits of the bins in microseconds, int64 (n + 1,); the last is the end."""
        import numpy as np

        edges = self.begin_us + np.arange(len(self.on) + 1) * self.bin_us
        edges[-1] = self.end_us
        return edges

    def seconds(self) -> "np.ndarray":
        """Give the middle of each bin, or of what the recording has of it, in seconds."""
        edges = self.edges()
        return (edges[:-1] + edges[1:]) / 2e6

    def per_second(self, counts: "np.ndarray") -> "np.ndarray":
        """Turn counts of the bins into events per second of what the recording has of them."""
        import numpy as np

        return counts * (1e6 / np.diff(self.edges()))

    def rate(self) -> "np.ndarray":
        """Give events per second."""
        return self.per_second(self.on + self.off)

    def chart(self, title: str, *, theme: Theme = LIGHT, log: bool = False) -> Chart:
        """Draw both polarities and their sum."""
        import numpy as np

        # A few events in a sliver of a last bin are no rate.
        short = 2 * int(self.edges()[-1] - self.edges()[-2]) < self.bin_us
        shown = slice(None, -1 if short and len(self.on) > 1 else None)
        t, every = self.seconds()[shown], self.rate()[shown]
        curves = [Series("all", t, every, 2.0)]
        if not log:
            on, off = self.per_second(self.on)[shown], self.per_second(self.off)[shown]
            curves = [
                Series("ON", t, on, 1.0, theme.curves[2]),
                Series("OFF", t, off, 1.0, theme.curves[0]),
                Series("all", t, every, 2.0, theme.curves[1]),
            ]
        chart = Chart(title, "time", "event rate", "s", "ev/s", curves, False, log, theme)
        usual = float(np.quantile(every, 0.98)) if len(t) else 0.0
        peak = float(every.max()) if len(t) else 0.0
        if not log and peak > OUTLIER * usual > 0:
            # One burst, such as the flash when a sensor starts, must not flatten all else.
            chart.top = 1.5 * usual
            chart.title += f" (peak of {si_text(peak, 'ev/s')} cut off)"
        return chart


class RateCounter:
    """Counts events into fine bins, which are joined to those asked for at the end.

    The bins double when the recording turns out longer than they reach.

    Example:
        >>> from neuro_kernels import Events
        >>> counter = RateCounter()
        >>> counter.add(Events([0, 1000, 5000], [0] * 3, [0] * 3, [1, 0, 1], size=(1, 1)))
        >>> curve = counter.curve(bin_us=2000)
        >>> curve.on.tolist(), curve.off.tolist(), curve.grid_us
        ([1, 0, 1], [1, 0, 0], 1000)
    """

    def __init__(self) -> None:
        import numpy as np

        self._counts = np.zeros((2, FINEST_BINS), np.int64)
        self._step = 1  # microseconds in a fine bin
        self._origin: int | None = None
        self._last = 0
        self._grid = 0
        self.outside = 0

    def add(self, events: "Events") -> None:
        """Count some events; those before the first one of all are left out and counted."""
        import numpy as np

        if not len(events):
            return
        if self._origin is None:
            self._origin = int(events.t[0])
        t = events.t - self._origin
        early = t < 0
        if early.any():
            self.outside += int(early.sum())
            t, polarity = t[~early], events.p[~early]
        else:
            polarity = events.p
        if not len(t):
            return
        last = int(t.max())
        self._last = max(self._last, last)
        if self._grid != 1:
            self._grid = gcd(self._grid, int(np.gcd.reduce(t[:LOOK])))
        while last // self._step >= FINEST_BINS:
            pairs = self._counts.reshape(2, -1, 2).sum(axis=2)
            self._counts[:, : FINEST_BINS // 2] = pairs
            self._counts[:, FINEST_BINS // 2 :] = 0
            self._step *= 2
        place = t // self._step + (polarity != 0) * np.int64(FINEST_BINS)
        self._counts += np.bincount(place, minlength=2 * FINEST_BINS).reshape(2, -1)

    def curve(self, *, bin_us: int | None = None, bins: int = 400) -> RateCurve:
        """Give the rate.

        Args:
            bin_us: duration of a bin, raised to the step of the timestamps and to what was counted;
                by default so long that there are about `bins` of them.
            bins: see above.
        """
        import numpy as np

        grid = max(1, self._grid)
        duration = self._last + 1
        wish = max(1, -(-duration // bins)) if bin_us is None else bin_us
        # Where the clock's steps are longer than the fine bins, each of these holds one step at
        # most, whose time is known; else the fine bins are joined whole.
        unit = max(grid, self._step)
        wish = max(unit, -(-wish // unit) * unit)
        begins = np.arange(FINEST_BINS) * self._step
        times = -(-begins // grid) * grid if grid > self._step else begins
        count = -(-duration // wish)
        place = np.minimum(times // wish, count)  # beyond the last bin there is nothing
        off, on = (
            np.bincount(place, part, count + 1)[:count].astype(np.int64) for part in self._counts
        )
        begin = self._origin or 0
        # What comes at a step of the clock stands for the time until the next one.
        end = min(self._last + unit, count * wish)
        return RateCurve(begin, wish, on, off, grid, begin + end)
