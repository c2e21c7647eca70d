"""The flash of (nearly) all pixels in the first microsecond of a recording."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuro_kernels import Events

__all__ = ["StartFlash"]

# Pixels that fire together at the first moment tell of the sensor being switched on, not of the
# scene; drawn, they cover the picture until they have faded.
SHARE = 0.5


class StartFlash:
    """Leaves out the events of the first moment if they are as many as half of the pixels.

    Args:
        size: (width, height) in pixels.
        hide: False passes on everything.

    Attributes:
        hidden: how many events were left out.

    Example:
        >>> from neuro_kernels import Events
        >>> flash = StartFlash((2, 1), hide=True)
        >>> flash.pass_on(Events([5, 5, 7], [0, 1, 1], [0] * 3, [1] * 3, size=(2, 1))).t
        array([7])
        >>> flash.hidden
        2
    """

    def __init__(self, size: tuple[int, int], *, hide: bool) -> None:
        self._limit = SHARE * size[0] * size[1]
        self._held: list[Events] = []
        self._decided = not hide
        self.hidden = 0

    def pass_on(self, events: "Events") -> "Events":
        """Give the events that are to be drawn now; those of the first moment wait for its end."""
        if self._decided or not len(events):
            return events
        first = self._held[0].t[0] if self._held else events.t[0]
        later = events.t != first
        if not later.any():
            self._held.append(events)
            return events[:0]
        stop = int(later.argmax())
        self._held.append(events[:stop])
        return self._decide(events[stop:])

    def rest(self) -> "Events | None":
        """Give what still waits, at the end of the stream; None if nothing does."""
        return self._decide(self._held[-1][:0]) if self._held else None

    def _decide(self, following: "Events") -> "Events":
        from neuro_kernels import Events

        held, self._held, self._decided = self._held, [], True
        count = sum(len(part) for part in held)
        if count >= self._limit:
            self.hidden = count
            return following
        return Events.concatenate([*held, following])
