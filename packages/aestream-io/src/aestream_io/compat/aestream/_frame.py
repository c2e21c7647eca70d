"""Frames in AEStream's orientation: [x, y], polarity merged or on a last axis."""

from collections.abc import Sequence

import numpy as np

from neuro_kernels import Events
from neuro_kernels.represent import histogram

__all__ = ["Frame", "check_shape"]


def check_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of an input as a tuple.

    Raises:
        ValueError: neither (width, height) nor (width, height, 2).

    Example:
        >>> check_shape([640, 480])
        (640, 480)
    """
    sides = tuple(int(side) for side in shape)
    ok = len(sides) == 2 or (len(sides) == 3 and sides[2] == 2)
    if not ok or not all(0 < side <= 65536 for side in sides):
        raise ValueError(
            f"shape: expected (width, height) or (width, height, 2), got {tuple(shape)}"
        )
    return sides


class Frame:
    """Counts of events per pixel.

    Args:
        shape: (width, height), or (width, height, 2) with polarity last.

    Attributes:
        events: events counted.
        out_of_range: events outside the frame, left out.

    Example:
        >>> frame = Frame((2, 3))
        >>> frame.add(Events([1, 2], [1, 7], [2, 0], [1, 0], size=(8, 8)))
        >>> frame.array, frame.out_of_range
        (array([[0., 0., 0.],
               [0., 0., 1.]], dtype=float32), 1)
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape = shape
        self._counts = np.zeros((2, *shape[:2]), np.float32)
        self.events = 0
        self.out_of_range = 0

    def add(self, events: Events) -> None:
        """Count events."""
        width, height = self._shape[:2]
        if events.width > width or events.height > height:
            inside = (events.x < width) & (events.y < height)
            if not inside.all():
                self.out_of_range += len(events) - int(inside.sum())
                events = events[inside]
        p = events.p if len(self._shape) == 3 else np.zeros(len(events), np.uint8)
        # Rows of the frame are x: the kernel is given x and y in each other's place.
        turned = Events._wrap(events.t, events.y, events.x, p, size=(height, width))
        histogram(turned, out=self._counts, accumulate=True)
        self.events += len(events)

    @property
    def array(self) -> np.ndarray:
        """The counts, float32 in the shape of the frame."""
        return self._counts[0] if len(self._shape) == 2 else np.moveaxis(self._counts, 0, -1)
