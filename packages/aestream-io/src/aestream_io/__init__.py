"""Read, write and stream event-camera data in every common format.

>>> import aestream_io
>>> with aestream_io.open("synth:edges?rate=1e5&duration=100ms&size=64x48") as source:
...     for events in source.windows(duration_us=50_000):
...         print(len(events), events.size)
5000 (64, 48)
5000 (64, 48)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str

    from aestream_io._errors import EventDataWarning, OutputError, UriError
    from aestream_io.routing import RouteReport, route
    from aestream_io.sinks.base import Sink, SinkReport
    from aestream_io.sources._registry import open_source as open
    from aestream_io.sources.base import Source, StreamStats
    from neuro_kernels import EventError, Events, as_events

# Public name -> module and name there. Imported at first use: a command line that only prints its
# version or a wrong option must not load every format and the network.
_PUBLIC = {
    "EventDataWarning": ("aestream_io._errors", "EventDataWarning"),
    "EventError": ("neuro_kernels", "EventError"),
    "Events": ("neuro_kernels", "Events"),
    "OutputError": ("aestream_io._errors", "OutputError"),
    "RouteReport": ("aestream_io.routing", "RouteReport"),
    "Sink": ("aestream_io.sinks.base", "Sink"),
    "SinkReport": ("aestream_io.sinks.base", "SinkReport"),
    "Source": ("aestream_io.sources.base", "Source"),
    "StreamStats": ("aestream_io.sources.base", "StreamStats"),
    "UriError": ("aestream_io._errors", "UriError"),
    "as_events": ("neuro_kernels", "as_events"),
    "open": ("aestream_io.sources._registry", "open_source"),
    "route": ("aestream_io.routing", "route"),
}

__all__ = [
    "EventDataWarning",
    "EventError",
    "Events",
    "OutputError",
    "RouteReport",
    "Sink",
    "SinkReport",
    "Source",
    "StreamStats",
    "UriError",
    "as_events",
    "open",
    "route",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("aestream-io")
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
