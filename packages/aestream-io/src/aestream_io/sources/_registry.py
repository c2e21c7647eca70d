"""The schemes that `open` knows: those of this package and those of installed ones."""

import difflib
import os
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from aestream_io._errors import UriError
from aestream_io.sources.adapted import as_source
from aestream_io.sources.base import Source
from aestream_io.uri import Uri, parse_uri

__all__ = ["open_source", "schemes"]

GROUP = "aestream_io.sources"

# Modules are imported when their scheme is used: a conversion of files needs no sockets.
_BUILT_IN = {
    "file": "aestream_io.sources.file",
    "-": "aestream_io.sources.file",
    "shm": "aestream_io.sources.shm",
    "synth": "aestream_io.sources.synth",
    "tcp": "aestream_io.sources.tcp",
    "udp": "aestream_io.sources.udp",
    "ws": "aestream_io.sources.ws",
    "zenoh": "aestream_io.sources.zenoh",
    "zmq": "aestream_io.sources.zmq",
}

# Schemes of hw-drivers, which may not be installed (a test compares the two lists).
_OF_HW_DRIVERS = frozenset(
    {
        "davis240",
        "davis346",
        "dvs128",
        "dvxplorer",
        "dvxplorer_lite",
        "edvs",
        "emulated",
        "evk2",
        "evk3",
        "evk4",
        "genx320",
        "serial",
        "speck",
        "spif",
        "trace",
    }
)


def schemes() -> dict[str, str]:
    """The schemes that can be opened, each with the module or package it comes from.

    Example:
        >>> schemes()["udp"]
        'aestream_io.sources.udp'
    """
    found = {entry.name: entry.value for entry in _entries()}
    return {**found, **_BUILT_IN}


def _entries() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))


def open_source(uri: str | os.PathLike[str]) -> Source:
    """Open a stream of events by its address.

    Addresses: a path or `file:PATH`, `-` (standard input), `udp:HOST:PORT`, `synth:SCENE`, and the
    schemes of installed packages; options as `?name=value&name=value` (see `aestream_io.uri`).

    Args:
        uri: the address.

    Returns:
        The source; use it in a `with` block, or call `close()`.

    Raises:
        UriError: an unknown scheme or option; the message names those that exist.
        EventError: what the address names cannot be opened or read.

    Example:
        >>> import aestream_io
        >>> with aestream_io.open("synth:edges?rate=1e5&duration=1s") as source:
        ...     sum(len(events) for events in source)
        100000
    """
    parsed = parse_uri(uri)
    return as_source(_factory(parsed)(uri), name=parsed.text)


def _factory(uri: Uri) -> Callable[[Any], Any]:
    if uri.scheme in _BUILT_IN:
        return import_module(_BUILT_IN[uri.scheme]).from_uri
    for entry in _entries():
        if entry.name == uri.scheme:
            return entry.load()
    if uri.scheme in _OF_HW_DRIVERS:
        raise UriError(
            f"{uri.text} is served by hw-drivers, which is not installed; "
            f"install it with: pip install 'aestream-io[hw]'"
        )
    known = sorted(schemes())
    close = difflib.get_close_matches(uri.scheme, {*known, *_OF_HW_DRIVERS}, n=1)
    advice = f"did you mean {close[0]}: ?" if close else "for a file of this name write file:NAME"
    raise UriError(
        f"{uri.text}: unknown scheme {uri.scheme!r}; {advice} (known: {', '.join(known)})"
    )
