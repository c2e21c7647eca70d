"""Time surfaces: how long ago each pixel last fired."""

import math

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events
from neuro_kernels.events._columns import check_size
from neuro_kernels.represent._frame import check_inside, columns, output

__all__ = ["DecaySurface", "decay_surface"]


class DecaySurface:
    """Time surface: how long ago each pixel last fired, as exp(-(t - t_last) / tau).

    Each polarity has its own t_last, the latest time of its events at that pixel, so the surface
    depends neither on the order of the events nor on how they were cut into packets.

    Args:
        size: (width, height) of the sensor in pixels.
        tau_us: time constant in microseconds, above 0.

    Raises:
        EventError: a size or time constant that cannot be.

    Example:
        >>> surface = DecaySurface((2, 1), tau_us=1000)
        >>> surface.feed(Events([0, 1000], [0, 1], [0, 0], [1, 1], size=(2, 1)))
        >>> surface.frame(1000)[1].round(3)
        array([[0.368, 1.   ]], dtype=float32)
    """

    def __init__(self, size: tuple[int, int], tau_us: float) -> None:
        self.size = check_size(size)
        if not (math.isfinite(tau_us) and tau_us > 0):
            raise EventError(f"DecaySurface: expected a finite tau_us above 0, got {tau_us!r}")
        self.tau_us = float(tau_us)
        self._times: np.ndarray | None = None

    def reset(self) -> None:
        """Forget all events seen."""
        self._times = None

    @property
    def _last(self) -> np.ndarray:
        if self._times is None:
            self._times = np.full((2, self.size[1], self.size[0]), _kernels.NO_EVENT, np.int64)
        return self._times

    def feed(self, events: Events) -> None:
        """Take note of `events`.

        Raises:
            EventError: events of a sensor of another size.
        """
        if events.size != self.size:
            raise EventError(
                f"DecaySurface.feed: made for a sensor of {self.size[0]}x{self.size[1]}, got "
                f"events of {events.width}x{events.height}; make one surface per sensor"
            )
        outside = _kernels.mark_latest(*columns(events), self._last)
        check_inside(outside, "DecaySurface.feed")

    def frame(self, t_us: int, *, out: np.ndarray | None = None) -> np.ndarray:
        """Return the surface as it stands at a moment.

        Args:
            t_us: the moment, in microseconds; events fed that come after it count as just fired.
            out: (2, height, width) float32 to write to; a fresh array without it.

        Returns:
            (2, height, width) float32, [0] OFF and [1] ON, from 0 (never fired) to 1 (now).

        Raises:
            EventError: an `out` of another shape or dtype.
        """
        frame = output((2, self.size[1], self.size[0]), out)
        _kernels.decay(self._last, int(t_us), self.tau_us, frame)
        return frame


def decay_surface(
    events: Events, tau_us: float, t_us: int | None = None, *, out: np.ndarray | None = None
) -> np.ndarray:
    """Return the time surface of a recording at a moment; see `DecaySurface`.

    Args:
        events: the recording; events after `t_us` are left out.
        tau_us: time constant in microseconds, above 0.
        t_us: the moment, in microseconds; the time of the latest event without it.
        out: (2, height, width) float32 to write to; a fresh array without it.

    Returns:
        (2, height, width) float32, [0] OFF and [1] ON, from 0 (never fired) to 1 (now).

    Example:
        >>> events = Events([0, 1000], [0, 1], [0, 0], [1, 1], size=(2, 1))
        >>> decay_surface(events, 1000)[1].round(3)
        array([[0.368, 1.   ]], dtype=float32)
    """
    surface = DecaySurface(events.size, tau_us)
    if t_us is None:
        t_us = int(events.t.max()) if len(events) else 0
    elif len(events) and events.t.max() > t_us:
        events = events[events.t <= t_us]
    if not events.is_sorted:
        surface.feed(events)
        return surface.frame(t_us, out=out)
    # The last event of a pixel is its latest: no array of times is needed.
    width, height = events.size
    frame = output((2, height, width), out)
    frame.fill(0)
    outside = _kernels.paint_decay(*columns(events), int(t_us), surface.tau_us, frame)
    check_inside(outside, "decay_surface")
    return frame
