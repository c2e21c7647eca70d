"""Events that are already in memory."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from faery_cli.operation import Packet

if TYPE_CHECKING:
    from neuro_kernels import Events

__all__ = ["MemorySource"]


class MemorySource:
    """Events that are already in memory."""

    finite = True
    again = True
    live = False

    def __init__(self, events: "Events", name: str = "events") -> None:
        self.events = events
        self.name = name
        self._given = 0

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.events.size

    def open(self) -> "MemorySource":
        """Begin at the first event."""
        return MemorySource(self.events, self.name)

    def __enter__(self) -> "MemorySource":
        return self

    def __exit__(self, *_: Any) -> None:
        return None

    def __iter__(self) -> Iterator[Packet]:
        # Looked at once for all runs; a part of what is in order is known to be.
        _ = self.events.is_sorted
        for chunk in self.events:
            self._given += len(chunk)
            yield Packet(chunk)

    def problems(self) -> str:
        """Nothing is ever damaged here."""
        return ""

    def done(self) -> float:
        """Give the part of the events that was given."""
        return self._given / max(1, len(self.events))
