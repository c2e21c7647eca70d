"""The schemes that sinks are opened by."""

import difflib
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from aestream_io._errors import OutputError, UriError
from aestream_io.sinks.base import Sink
from aestream_io.uri import parse_uri
from neuro_kernels import Events

__all__ = ["open_sink", "schemes"]

_BUILT_IN = {
    "file": "aestream_io.sinks.file",
    "-": "aestream_io.sinks.text",
    "null": "aestream_io.sinks.null",
    "shm": "aestream_io.sinks.shm",
    "tcp": "aestream_io.sinks.tcp",
    "udp": "aestream_io.sinks.udp",
    "view": "aestream_io.sinks.view",
    "ws": "aestream_io.sinks.ws",
    "zenoh": "aestream_io.sinks.zenoh",
    "zmq": "aestream_io.sinks.zmq",
}


def schemes() -> tuple[str, ...]:
    """The schemes that can be written to.

    Example:
        >>> "udp" in schemes()
        True
    """
    return tuple(_BUILT_IN)


def open_sink(target: "str | os.PathLike[str] | Sink | Callable[[Events], Any]") -> Sink:
    """Open a sink by its address.

    Args:
        target: a path or `file:PATH`, `-` (standard output), `udp:HOST:PORT`, `null:`, with options
            as `?name=value&name=value`; or a Sink, returned as it is; or a function of `Events`.

    Returns:
        The sink; `route` feeds and finishes it.

    Raises:
        UriError: an unknown scheme or option; the message names those that exist.
        OutputError: what the address names cannot be written to.

    Example:
        >>> open_sink("null:").name
        'null:'
    """
    if isinstance(target, Sink):
        return target
    if callable(target):
        from aestream_io.sinks.call import CallSink

        return CallSink(target)
    uri = parse_uri(target)
    if uri.scheme not in _BUILT_IN:
        close = difflib.get_close_matches(uri.scheme, _BUILT_IN, n=1)
        hint = f"did you mean {close[0]}: ?" if close else "for a file of this name write file:NAME"
        raise UriError(
            f"{uri.text}: unknown scheme {uri.scheme!r} for an output; {hint} "
            f"(known: {', '.join(sorted(_BUILT_IN))})"
        )
    try:
        return import_module(_BUILT_IN[uri.scheme]).from_uri(uri)
    except (UriError, OutputError):
        raise
    except OSError as error:
        raise OutputError(str(error)) from error
