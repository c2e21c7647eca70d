"""What the TCP source and sink share: who listens, who connects, waiting that Ctrl-C can end."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress

from neuro_kernels.stream import StreamError

__all__ = ["DEFAULT_PORT", "STEP_S", "Listener", "connect", "tune"]

DEFAULT_PORT = 3335
STEP_S = 0.1  # between two looks at whether somebody has closed us
BUFFER = 4 << 20


def tune(link: socket.socket) -> None:
    """Give a connection large buffers, no delay, and waits of one step."""
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        with suppress(OSError):
            link.setsockopt(socket.SOL_SOCKET, option, BUFFER)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    link.settimeout(STEP_S)


class Listener:
    """A listening TCP port.

    Args:
        host: address to listen on; "0.0.0.0" means every IPv4 address, "::" every address.
        port: 0 for a free one, see the attribute `port`.

    Raises:
        StreamError: the port is in use, or the host is no address of this machine.
    """

    def __init__(self, host: str, port: int) -> None:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
        except OSError as error:
            raise StreamError(
                f"cannot find the host {host!r} ({error.strerror}); give an address of this machine"
            ) from None
        self._socket = socket.socket(family, kind, protocol)
        try:
            # Connections of an earlier run that linger must not block the port; on Windows, where
            # they do not, SO_REUSEADDR would let two programs have it.
            exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
            option = socket.SO_REUSEADDR if exclusive is None else exclusive
            self._socket.setsockopt(socket.SOL_SOCKET, option, 1)
            self._socket.bind(address)
            self._socket.listen(1)
        except OSError as error:
            self._socket.close()
            raise StreamError(
                f"cannot listen on {host}:{port}: {error.strerror}; another program may have the "
                "port: end it or choose another port"
            ) from None
        self._socket.settimeout(STEP_S)
        self.port = self._socket.getsockname()[1]

    def accept(self, closed: Callable[[], bool], timeout_s: float | None) -> socket.socket | None:
        """Wait for a connection; None when closed or when the time is over."""
        end = None if timeout_s is None else time.monotonic() + timeout_s
        while not closed() and (end is None or time.monotonic() < end):
            try:
                link, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                if closed():
                    return None
                raise
            tune(link)
            return link
        return None

    def close(self) -> None:
        """Free the port."""
        self._socket.close()


def connect(
    host: str, port: int, closed: Callable[[], bool], timeout_s: float
) -> socket.socket | None:
    """Connect, trying again until somebody listens there or the time is over.

    Args:
        host: name or address.
        port: TCP port.
        closed: whether somebody has closed us; ends the waiting with None.
        timeout_s: how long to try.

    Raises:
        StreamError: an unknown host, or nobody who listens there.
    """
    end = time.monotonic() + timeout_s
    while not closed():
        try:
            link = socket.create_connection((host, port), timeout=max(timeout_s, STEP_S))
        except socket.gaierror as error:
            raise StreamError(
                f"cannot find the host {host!r} ({error.strerror}); check the name, or give an "
                "address such as 127.0.0.1"
            ) from None
        except OSError as error:
            left_s = end - time.monotonic()
            if left_s <= 0:
                why = error.strerror or "no answer"
                raise StreamError(
                    f"cannot connect to {host}:{port}: {why}; start the program that listens there"
                ) from None
            time.sleep(min(STEP_S, left_s))
            continue
        tune(link)
        return link
    return None
