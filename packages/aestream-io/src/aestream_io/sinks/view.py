"""A picture of the events in the browser: `view:HOST:PORT`, see `aestream_io.sinks.ws`.

The stream begins when somebody opens the page whose address is written to standard error.
"""

from aestream_io.sinks.ws import view_from_uri as from_uri

__all__ = ["from_uri"]
