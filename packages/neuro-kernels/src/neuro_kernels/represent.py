"""Dense representations of events: what networks and pictures are made from."""

import math

import numpy as np

from neuro_kernels import _kernels
from neuro_kernels.events import EventError, Events
from neuro_kernels.events._columns import check_size

__all__ = ["DecaySurface", "decay_surface", "histogram"]


def _output(size: tuple[int, int], out: np.ndarray | None) -> np.ndarray:
    """Return `out` after a check, or a fresh array."""
    shape = (2, size[1], size[0])
    if out is None:
        return np.empty(shape, np.float32)
    usable = isinstance(out, np.ndarray) and out.flags.c_contiguous and out.flags.writeable
    if not usable or out.shape != shape or out.dtype != np.float32:
        got = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise EventError(f"out: expected a writable C-contiguous float32 {shape}, got {got}")
    return out


def _check_inside(outside: int, where: str) -> None:
    if outside:
        raise EventError(f"{where}: {outside} events lie outside their own size; remove them first")


def histogram(
    events: Events, *, out: np.ndarray | None = None, accumulate: bool = False
) -> np.ndarray:
    """Count the events of each pixel and polarity.

    Args:
        events: any number of events.
        out: (2, height, width) float32 to write to; a fresh array without it.
        accumulate: add to what `out` holds instead of starting from 0.

    Returns:
        (2, height, width) float32, [0] OFF and [1] ON. Counts are exact up to 2^24.

    Raises:
        EventError: an `out` of another shape or dtype.

    Example:
        >>> events = Events([1, 2, 3], [0, 0, 1], [0, 0, 0], [1, 1, 0], size=(2, 1))
        >>> histogram(events)
        array([[[0., 1.]],
        <BLANKLINE>
               [[2., 0.]]], dtype=float32)
    """
    if out is None and accumulate:
        raise EventError("histogram: accumulate=True adds to out, and no out was given")
    frame = _output(events.size, out)
    if not accumulate:
        frame.fill(0)
    outside = _kernels.histogram(events.t, events.x, events.y, events.p, frame)
    _check_inside(outside, "histogram")
    return frame


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
        self._last = np.empty((2, self.size[1], self.size[0]), np.int64)
        self.reset()

    def reset(self) -> None:
        """Forget all events seen."""
        self._last.fill(_kernels.NO_EVENT)

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
        outside = _kernels.mark_latest(events.t, events.x, events.y, events.p, self._last)
        _check_inside(outside, "DecaySurface.feed")

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
        frame = _output(self.size, out)
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
    surface.feed(events)
    return surface.frame(t_us, out=out)
