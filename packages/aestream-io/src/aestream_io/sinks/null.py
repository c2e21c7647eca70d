"""Nowhere: `null:` counts events and forgets them."""

from aestream_io.sinks.base import Sink, SinkReport
from aestream_io.uri import Uri
from neuro_kernels import Events

__all__ = ["NullSink", "from_uri"]


class NullSink(Sink):
    """Counts events and forgets them.

    Example:
        >>> sink = NullSink()
        >>> sink.write(Events([1], [0], [0], [1], size=(1, 1)))
        >>> sink.finish().events
        1
    """

    def __init__(self, *, name: str = "null:") -> None:
        super().__init__(name=name)
        self._events = 0

    def write(self, events: Events) -> None:
        """Count."""
        self._events += len(events)

    def finish(self) -> SinkReport:
        """Return the count."""
        return SinkReport(name=self.name, events=self._events)


def from_uri(uri: Uri) -> NullSink:
    """Open `null:`."""
    uri.options.done()
    return NullSink(name=uri.text)
