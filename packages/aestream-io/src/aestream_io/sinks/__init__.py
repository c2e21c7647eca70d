"""Where events go: files, standard output, the network, functions, nowhere."""

from aestream_io.sinks._registry import open_sink, schemes
from aestream_io.sinks.base import Sink, SinkReport

__all__ = ["Sink", "SinkReport", "open_sink", "schemes"]
