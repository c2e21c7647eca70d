"""Putting events in order of time."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from neuro_kernels import Events

__all__ = ["in_order"]

HALF = 16  # numpy sorts numbers of 16 bits by radix, in linear time


def _places(t: "np.ndarray") -> "np.ndarray":
    import numpy as np

    low = t.min()
    if int(t.max()) - int(low) >= 1 << 2 * HALF:
        return np.argsort(t, kind="stable")
    since = (t - low).astype(np.uint32)
    order = np.argsort(since.astype(np.uint16), kind="stable")
    upper = (since >> HALF).astype(np.uint16)
    if not upper.any():
        return order
    return order[np.argsort(upper[order], kind="stable")]


def in_order(events: "Events") -> "Events":
    """Give the events by their times, those of one time in the order in which they came.

    Example:
        >>> from neuro_kernels import Events
        >>> in_order(Events([7, 5, 7], [1, 2, 3], [0, 0, 0], [1, 1, 1], size=(4, 1))).x
        array([2, 1, 3], dtype=uint16)
    """
    return events if events.is_sorted else events[_places(events.t)]
