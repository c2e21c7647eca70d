"""What all sinks share.

To write a sink, derive from `Sink` and give it `write`; add `start` if it must know the sensor's
size first, `finish` and `abort` if something must be completed or thrown away.
"""

import abc
from dataclasses import dataclass

from neuro_kernels import Events

__all__ = ["Sink", "SinkReport"]


@dataclass(frozen=True, kw_only=True)
class SinkReport:
    """What went into one sink.

    Attributes:
        name: the sink's address.
        events: events written.
        bytes: bytes written or sent, 0 where there are none.
        lost_events: events that could not be sent.
        notes: remarks, for example what the format cannot hold.
    """

    name: str
    events: int = 0
    bytes: int = 0
    lost_events: int = 0
    notes: tuple[str, ...] = ()


class Sink(abc.ABC):
    """Takes a stream of events: `start`, any number of `write`, then `finish` or `abort`.

    Args:
        name: what messages call the sink.
    """

    def __init__(self, *, name: str) -> None:
        self.name = name

    def start(self, size: tuple[int, int], t0: int | None) -> None:  # noqa: B027 (a hook)
        """Get ready for events of a sensor of this (width, height) and this origin of time."""

    @abc.abstractmethod
    def write(self, events: Events) -> None:
        """Take events; times go on from call to call."""

    @abc.abstractmethod
    def finish(self) -> SinkReport:
        """Complete and release everything; called once, instead of `abort`."""

    def abort(self) -> None:  # noqa: B027 (a hook)
        """Release everything and leave nothing half-written; must not raise."""
