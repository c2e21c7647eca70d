"""What the ZeroMQ source and sink share."""

import importlib
from typing import Any

from aestream_io._errors import EventError, UriError
from aestream_io.uri import Uri
from neuro_kernels.stream import StreamError

__all__ = ["DEFAULT_ADDRESS", "SPECK_HEADER", "STEP_MS", "address_of", "library", "open_socket"]

DEFAULT_ADDRESS = "tcp://0.0.0.0:40001"  # where AEStream expects a Speck
SPECK_HEADER = b"V"  # first part of a message with visual events
STEP_MS = 100  # between two looks at whether somebody has closed us


def library() -> Any:
    """Return the module `zmq`.

    Raises:
        EventError: it is not installed; the message names the extra.
    """
    try:
        return importlib.import_module("zmq")
    except ImportError:
        raise EventError("ZeroMQ needs pyzmq: pip install 'aestream-io[zmq]'") from None


def open_socket(kind: str, address: str, *, bind: bool, queue: int) -> tuple[Any, str]:
    """Open a socket and give it its address.

    Args:
        kind: "SUB", "PULL", "XPUB" or "PUSH".
        address: such as tcp://127.0.0.1:40001 or ipc:///tmp/events; port `*` or 0 takes a free one.
        bind: listen on the address instead of connecting to it.
        queue: messages that wait on either side at most.

    Returns:
        The socket and the address it has got.

    Raises:
        StreamError: the address cannot be used.
    """
    zmq = library()
    handle = zmq.Context.instance().socket(getattr(zmq, kind))
    handle.setsockopt(zmq.LINGER, 0)
    handle.setsockopt(zmq.SNDHWM, queue)
    handle.setsockopt(zmq.RCVHWM, queue)
    if kind == "SUB":
        handle.setsockopt(zmq.SUBSCRIBE, b"")
    try:
        if not bind:
            handle.connect(address)
            return handle, address
        handle.bind(address.removesuffix(":0") + ":*" if address.endswith(":0") else address)
        return handle, handle.getsockopt_string(zmq.LAST_ENDPOINT)
    except zmq.ZMQError as error:
        handle.close(0)
        what = "listen on" if bind else "connect to"
        raise StreamError(
            f"cannot {what} {address}: {error}; expected an address such as tcp://127.0.0.1:40001 "
            "that no other program has"
        ) from None


def address_of(uri: Uri) -> str:
    """Return what stands behind `zmq:`, completed by its transport.

    Raises:
        UriError: no address of ZeroMQ.

    Example:
        >>> from aestream_io.uri import parse_uri
        >>> address_of(parse_uri("zmq:")), address_of(parse_uri("zmq:10.0.0.2:5555"))
        ('tcp://0.0.0.0:40001', 'tcp://10.0.0.2:5555')
    """
    target = uri.target
    if not target:
        return DEFAULT_ADDRESS
    if "://" not in target:
        target = f"tcp://{target.removeprefix('//')}"
    transport, _, rest = target.partition("://")
    if transport not in ("tcp", "ipc", "inproc") or not rest:
        raise UriError(
            f"{uri.text}: expected zmq:tcp://HOST:PORT, zmq:ipc://PATH or zmq:inproc://NAME"
        )
    return target
