"""Events to a program that reads those of a Speck."""

import time
from types import TracebackType
from typing import Self

from hw_drivers.errors import HardwareError
from hw_drivers.links.zeromq import library, open_socket
from hw_drivers.tables import speck as table
from neuro_kernels import Events
from neuro_kernels.stream import MessageEncoder

__all__ = ["SpeckSink"]

_STEP_MS = 50
_MESSAGE_EVENTS = 1 << 13
_LINGER_MS = 5000  # how long the last messages may take to leave


class SpeckSink:
    """Publishes events over ZeroMQ as the host of a Speck does.

    A publisher drops what a slow reader does not take: ZeroMQ tells nobody.

    Args:
        address: where to listen, such as tcp://127.0.0.1:40001; port * takes a free one.
        size: (width, height) of the sensor, at most 256 a side.
        wait: readers to wait for before the first event.
        timeout: seconds to wait for them.

    Attributes:
        address: the one that it has got.

    Raises:
        HardwareError: pyzmq is not installed, or the address cannot be used.
    """

    def __init__(
        self,
        address: str = table.ADDRESS,
        *,
        size: tuple[int, int] = table.SIZE,
        wait: int = 0,
        timeout: float = 5.0,
    ) -> None:
        self._encoder = MessageEncoder(size, format="speck")
        self._socket, self.address = open_socket("XPUB", address, bind=True)
        self._socket.setsockopt(library().XPUB_VERBOSER, 1)  # every reader is told
        self._wait, self._timeout_s = wait, timeout
        self.events = 0

    def send(self, events: Events) -> None:
        """Publish events; the first call waits for the readers that were asked for.

        Raises:
            HardwareError: they did not come in time.
        """
        self._wait_for_readers()
        for part in events.chunks(_MESSAGE_EVENTS):
            self._socket.send_multipart([table.HEADER, self._encoder.encode(part)])
            self.events += len(part)

    def close(self) -> None:
        """Let the last messages leave and free the socket; a second call does nothing."""
        self._socket.close(_LINGER_MS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _wait_for_readers(self) -> None:
        end_s = time.monotonic() + self._timeout_s
        while self._wait > 0:
            if self._socket.poll(_STEP_MS):
                self._wait -= 1 if self._socket.recv()[:1] == b"\x01" else -1
            elif time.monotonic() > end_s:
                raise HardwareError(
                    f"speck:{self.address}: {self._wait} more readers were to come within "
                    f"{self._timeout_s:g} s; start them, or give a longer timeout"
                )
