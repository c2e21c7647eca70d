"""A function of the caller as a sink."""

from collections.abc import Callable
from typing import Any

from aestream_io.sinks.base import Sink, SinkReport
from neuro_kernels import Events

__all__ = ["CallSink"]


class CallSink(Sink):
    """Calls a function with each packet.

    Args:
        function: takes `Events`; what it returns is ignored.

    Example:
        >>> packets = []
        >>> sink = CallSink(packets.append)
        >>> sink.write(Events([1], [0], [0], [1], size=(1, 1)))
        >>> len(packets), sink.finish().events
        (1, 1)
    """

    def __init__(self, function: Callable[[Events], Any]) -> None:
        super().__init__(name=getattr(function, "__name__", type(function).__name__))
        self._function = function
        self._events = 0

    def write(self, events: Events) -> None:
        """Call the function."""
        self._function(events)
        self._events += len(events)

    def finish(self) -> SinkReport:
        """Return the count."""
        return SinkReport(name=self.name, events=self._events)
