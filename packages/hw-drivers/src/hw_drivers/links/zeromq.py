"""Sockets of ZeroMQ, which is loaded when the first one is opened."""

import importlib
from typing import Any

from hw_drivers.errors import HardwareError

__all__ = ["library", "open_socket"]


def library() -> Any:
    """Return the module `zmq`.

    Raises:
        HardwareError: it is not installed; the message names the extra.
    """
    try:
        return importlib.import_module("zmq")
    except ImportError:
        raise HardwareError("ZeroMQ needs pyzmq: pip install 'hw-drivers[speck]'") from None


def open_socket(kind: str, address: str, *, bind: bool) -> tuple[Any, str]:
    """Open a socket; return it and the address it has got.

    Args:
        kind: "SUB" or "XPUB".
        address: such as tcp://127.0.0.1:40001; port * takes a free one.
        bind: listen on the address instead of connecting to it.

    Raises:
        HardwareError: the address cannot be used.
    """
    zmq = library()
    handle = zmq.Context.instance().socket(getattr(zmq, kind))
    handle.setsockopt(zmq.LINGER, 0)
    if kind == "SUB":
        handle.setsockopt(zmq.SUBSCRIBE, b"")
    try:
        if not bind:
            handle.connect(address)
            return handle, address
        handle.bind(address)
        return handle, handle.getsockopt_string(zmq.LAST_ENDPOINT)
    except zmq.ZMQError as error:
        handle.close(0)
        what = "listen on" if bind else "connect to"
        raise HardwareError(
            f"cannot {what} {address}: {error}; expected an address such as tcp://127.0.0.1:40001 "
            "that no other program has"
        ) from None
