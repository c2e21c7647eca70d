"""Filters that look at what a pixel did before: dead time, bursts, flicker."""

from typing import Literal, get_args

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events
from neuro_kernels.events._columns import check_size, fresh
from neuro_kernels.filters._checks import check_sensor, whole_us

__all__ = ["BurstMode", "Bursts", "Flicker", "Refractory"]

BurstMode = Literal["trail", "stc_cut_trail", "stc_keep_trail"]
COUNTER_LIMIT = 7


class _PerPixel:
    """Feeds a kernel that marks events and remembers each pixel's past."""

    _drops_few = False

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = check_size(size)
        self.reset()

    def _fresh(self) -> "_kernels.Refractory | _kernels.Bursts | _kernels.Flicker":
        raise TypeError(f"{type(self).__name__} does not say which kernel it feeds")

    def reset(self) -> None:
        """Forget all events seen."""
        self._state = self._fresh()

    def feed(self, events: Events) -> Events:
        """Return the events of `events` that pass, which follow those fed before.

        Raises:
            EventError: events of a sensor of another size.
        """
        check_sensor(f"{type(self).__name__}.feed", self.size, events)
        columns = events.t, events.x, events.y, events.p
        if self._drops_few:  # then most packets pass whole, and nothing is copied
            keep = np.empty(len(events), np.uint8)
            return events._select(keep, self._state.mark(*columns, keep))
        room = fresh(len(events))
        return events._picked(room, self._state.pick(*columns, *room))


class Refractory(_PerPixel):
    """Gives each pixel a dead time after an event that it lets through.

    An event passes when the last event that passed at its pixel is at least `period_us` before.

    Args:
        size: (width, height) of the sensor in pixels.
        period_us: dead time in microseconds; not negative.

    Raises:
        EventError: a size or period that cannot be.

    Example:
        >>> events = Events([0, 400, 1000, 1200], [3] * 4, [2] * 4, [1, 1, 0, 0], size=(9, 9))
        >>> Refractory(events.size, 1000).feed(events).t
        array([   0, 1000])
    """

    def __init__(self, size: tuple[int, int], period_us: int) -> None:
        self.period_us = whole_us("Refractory: period_us", period_us)
        super().__init__(size)

    def _fresh(self) -> _kernels.Refractory:
        return _kernels.Refractory(*self.size, self.period_us)


class Bursts(_PerPixel):
    """Spatio-temporal contrast and trail filter, as cameras have it on the chip.

    Events of one pixel and polarity that follow each other within the threshold form a burst: an
    edge fires a burst, noise fires alone. "trail" lets the first event of each burst through,
    "stc_cut_trail" the second, "stc_keep_trail" all but the first.

    Source: event trail filter and spatio-temporal contrast filter of the Prophesee IMX636
    (documentation of the Metavision event signal processing blocks).

    Args:
        size: (width, height) of the sensor in pixels.
        mode: see above.
        threshold_us: longest time from one event of a burst to the next; not negative.

    Raises:
        EventError: a size, mode or threshold that cannot be.

    Example:
        >>> events = Events([0, 10, 20, 500], [3] * 4, [2] * 4, [1] * 4, size=(9, 9))
        >>> for mode in ("trail", "stc_cut_trail", "stc_keep_trail"):
        ...     print(mode, Bursts(events.size, mode, threshold_us=100).feed(events).t)
        trail [  0 500]
        stc_cut_trail [10]
        stc_keep_trail [10 20]
    """

    def __init__(self, size: tuple[int, int], mode: BurstMode, *, threshold_us: int) -> None:
        modes = get_args(BurstMode)
        if mode not in modes:
            raise EventError(f"Bursts: mode: expected one of {', '.join(modes)}, got {mode!r}")
        self.mode = mode
        self.threshold_us = whole_us("Bursts: threshold_us", threshold_us)
        super().__init__(size)

    def _fresh(self) -> _kernels.Bursts:
        place = get_args(BurstMode).index(self.mode)
        return _kernels.Bursts(*self.size, place, self.threshold_us)


class Flicker(_PerPixel):
    """Anti-flicker filter, as cameras have it on the chip: finds pixels that blink steadily.

    Each ON event ends a period of its pixel. A period inside the band raises the pixel's counter
    (up to 7), another lowers it; at `start` the pixel counts as blinking, below `stop` no longer.

    Source: anti-flicker filter of the Prophesee IMX636 (documentation of the Metavision event
    signal processing blocks).

    Args:
        size: (width, height) of the sensor in pixels.
        low_hz: lowest frequency of the band.
        high_hz: highest frequency of the band.
        mode: "stop" drops the events of blinking pixels, "pass" drops all others.
        start: counter at which a pixel begins to count as blinking, 0 to 7.
        stop: counter below which it no longer does, 0 to `start`.

    Raises:
        EventError: a size, band or threshold that cannot be.

    Example:
        >>> t = [0, 10_000, 20_000, 30_000, 40_000]
        >>> events = Events(t, [3] * 5, [2] * 5, [1] * 5, size=(9, 9))
        >>> Flicker(events.size, low_hz=90, high_hz=110, start=2, stop=1).feed(events).t
        array([    0, 10000])
    """

    _drops_few = True

    def __init__(
        self,
        size: tuple[int, int],
        *,
        low_hz: float = 50.0,
        high_hz: float = 520.0,
        mode: Literal["stop", "pass"] = "stop",
        start: int = 6,
        stop: int = 4,
    ) -> None:
        if not 0 < low_hz <= high_hz <= 1e6:
            raise EventError(
                f"Flicker: expected 0 < low_hz <= high_hz <= 1e6, got {low_hz!r} and {high_hz!r}"
            )
        if mode not in ("stop", "pass"):
            raise EventError(f"Flicker: mode: expected stop or pass, got {mode!r}")
        if not 0 <= stop <= start <= COUNTER_LIMIT:
            raise EventError(
                f"Flicker: expected 0 <= stop <= start <= {COUNTER_LIMIT}, got {stop} and {start}"
            )
        self.mode = mode
        self.shortest_us, self.longest_us = int(1e6 / high_hz), int(1e6 / low_hz)
        self.start, self.stop = int(start), int(stop)
        super().__init__(size)

    def _fresh(self) -> _kernels.Flicker:
        return _kernels.Flicker(
            *self.size,
            self.shortest_us,
            self.longest_us,
            self.mode == "pass",
            self.start,
            self.stop,
        )
