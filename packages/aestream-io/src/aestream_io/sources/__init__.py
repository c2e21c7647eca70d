"""Where events come from: files, generators, the network, and devices of other packages."""

from aestream_io.sources._registry import open_source, schemes
from aestream_io.sources.adapted import AdaptedSource, as_source
from aestream_io.sources.base import Source, StreamStats

__all__ = [
    "AdaptedSource",
    "Source",
    "StreamStats",
    "as_source",
    "open_source",
    "schemes",
]
