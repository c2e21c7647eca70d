"""The cable and the world that several emulated cameras share."""

import weakref
from typing import Any

__all__ = ["SyncLine", "line_of"]

_LINES: "weakref.WeakValueDictionary[str, SyncLine]" = weakref.WeakValueDictionary()


class SyncLine:
    """Cameras that see the same trigger wave, and whose synchronisation plugs are connected.

    The world has a time of its own, in microseconds. A camera's clock runs at its own rate from
    the moment at which it was started. A secondary camera has the time of the primary one.

    Args:
        name: what `clock=NAME` says.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.members: weakref.WeakSet[Any] = weakref.WeakSet()

    @property
    def primary(self) -> Any | None:
        """The camera that gives its time base to the others, while it sends."""
        return next((m for m in self.members if m.role == "primary" and m.sending), None)

    def rate_of(self, camera: Any) -> float:
        """Return a camera's microseconds per microsecond of the world."""
        giver = self.primary if camera.role == "secondary" else None
        return camera.own_rate if giver is None else giver.own_rate

    def start_of(self, camera: Any) -> float:
        """Return the time in the world at which a camera that is switched on starts to count."""
        giver = self.primary if camera.role == "secondary" else None
        if giver is not None:
            return giver.world_start_us
        running = [m for m in self.members if m is not camera and m.sending]
        return max((m.world_start_us + m.time_us / m.own_rate for m in running), default=0.0)


def line_of(name: str) -> SyncLine:
    """Return the line of a name; it lives as long as a camera is on it."""
    line = _LINES.get(name)
    if line is None:
        line = _LINES[name] = SyncLine(name)
    return line
