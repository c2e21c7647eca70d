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
    from aestream_io._file_writer import FileWriter
    from aestream_io._open import open_reader
    from aestream_io._read import info, read, read_recording
    from aestream_io._recording import Recording
    from aestream_io._report import DecodeReport, RecordingInfo, WriteReport
    from aestream_io._values import Frame, ImuSamples
    from aestream_io._write import open_writer, write
    from aestream_io.routing import RouteReport, route
    from aestream_io.sinks.base import Sink, SinkReport
    from aestream_io.sources._registry import open_source as open
    from aestream_io.sources.base import Source, StreamStats
    from neuro_kernels import EventError, Events, as_events

# Public name -> module and name there. Imported at first use: a command line that only prints its
# version or a wrong option must not load every format and the network.
_PUBLIC = {
    "DecodeReport": ("aestream_io._report", "DecodeReport"),
    "EventDataWarning": ("aestream_io._errors", "EventDataWarning"),
    "EventError": ("neuro_kernels", "EventError"),
    "Events": ("neuro_kernels", "Events"),
    "FileWriter": ("aestream_io._file_writer", "FileWriter"),
    "Frame": ("aestream_io._values", "Frame"),
    "ImuSamples": ("aestream_io._values", "ImuSamples"),
    "OutputError": ("aestream_io._errors", "OutputError"),
    "Recording": ("aestream_io._recording", "Recording"),
    "RecordingInfo": ("aestream_io._report", "RecordingInfo"),
    "RouteReport": ("aestream_io.routing", "RouteReport"),
    "Sink": ("aestream_io.sinks.base", "Sink"),
    "SinkReport": ("aestream_io.sinks.base", "SinkReport"),
    "Source": ("aestream_io.sources.base", "Source"),
    "StreamStats": ("aestream_io.sources.base", "StreamStats"),
    "UriError": ("aestream_io._errors", "UriError"),
    "WriteReport": ("aestream_io._report", "WriteReport"),
    "as_events": ("neuro_kernels", "as_events"),
    "info": ("aestream_io._read", "info"),
    "open": ("aestream_io.sources._registry", "open_source"),
    "open_reader": ("aestream_io._open", "open_reader"),
    "open_writer": ("aestream_io._write", "open_writer"),
    "read": ("aestream_io._read", "read"),
    "read_recording": ("aestream_io._read", "read_recording"),
    "route": ("aestream_io.routing", "route"),
    "write": ("aestream_io._write", "write"),
}

__all__ = [
    "DecodeReport",
    "EventDataWarning",
    "EventError",
    "Events",
    "FileWriter",
    "Frame",
    "ImuSamples",
    "OutputError",
    "Recording",
    "RecordingInfo",
    "RouteReport",
    "Sink",
    "SinkReport",
    "Source",
    "StreamStats",
    "UriError",
    "WriteReport",
    "as_events",
    "info",
    "open",
    "open_reader",
    "open_writer",
    "read",
    "read_recording",
    "route",
    "write",
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
