"""What the zenoh source and sink share."""

import importlib
import json
from typing import Any

from aestream_io._errors import EventError, UriError
from aestream_io.uri import Uri
from neuro_kernels.stream import StreamError

__all__ = ["key_of", "library", "open_session"]


def library() -> Any:
    """Return the module `zenoh`.

    Raises:
        EventError: it is not installed; the message names the extra.
    """
    try:
        return importlib.import_module("zenoh")
    except ImportError:
        raise EventError("zenoh needs eclipse-zenoh: pip install 'aestream-io[zenoh]'") from None


def open_session(*, connect: str, listen: str) -> Any:
    """Open a session.

    Args:
        connect: endpoint of a router or peer, such as tcp/127.0.0.1:7447; "" for none.
        listen: endpoint to be reached at; "" for none. With neither, peers of the local network
            find each other by multicast, as zenoh does unless told otherwise.

    Raises:
        StreamError: the endpoint cannot be used.
    """
    zenoh = library()
    config = zenoh.Config()
    if connect or listen:
        config.insert_json5("scouting/multicast/enabled", "false")
    try:
        for name, endpoint in (("connect", connect), ("listen", listen)):
            if endpoint:
                config.insert_json5(f"{name}/endpoints", json.dumps([endpoint]))
        return zenoh.open(config)
    except zenoh.ZError as error:
        wanted = " and ".join(one for one in (connect, listen) if one) or "the local network"
        raise StreamError(
            f"zenoh cannot use {wanted}: {error}; expected endpoints such as tcp/127.0.0.1:7447, "
            "and somebody who listens where we connect"
        ) from None


def key_of(uri: Uri) -> str:
    """Return the key expression behind `zenoh:`.

    Raises:
        UriError: there is none.

    Example:
        >>> from aestream_io.uri import parse_uri
        >>> key_of(parse_uri("zenoh:lab/camera?listen=tcp/127.0.0.1:7447"))
        'lab/camera'
    """
    key = uri.target.strip("/")
    if not key:
        raise UriError(f"{uri.text}: expected zenoh:KEY, for example zenoh:lab/camera")
    return key
