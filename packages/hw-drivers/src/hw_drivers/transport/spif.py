"""UDP from a SPIF board as a transport: words with times, whatever the board sends."""

import dataclasses
import select
import socket
import time

from hw_drivers.errors import HardwareError
from hw_drivers.tables import spif as table
from hw_drivers.transport.interface import TransportStats
from hw_drivers.transport.queued import QueuedTransport
from hw_drivers.transport.ring import DropPolicy
from neuro_kernels import EventError, Events
from neuro_kernels.stream import MessageDecoder, MessageEncoder, StreamError, UdpReceiver

__all__ = ["SpifBoardTransport", "SpifListener"]

_STEP_S = 0.05  # how often a reader looks whether it was stopped
_RECEIVE_BYTES = 8 << 20
_LONGEST = 65536
_AT_ONCE = 256  # datagrams that become one buffer


class SpifListener(QueuedTransport):
    """Listens for datagrams on a port, with the receiver of `neuro_kernels.stream`.

    Args:
        host: address to listen on; "" means every IPv4 address.
        port: 0 takes a free one.
        size: (width, height); events outside are left out and counted.
        capacity: reads that wait at most.
        drop: which one is dropped when they do not fit.

    Raises:
        HardwareError: the port is in use or not allowed.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        size: tuple[int, int],
        capacity: int = 4096,
        drop: DropPolicy = "newest",
    ) -> None:
        super().__init__(capacity=capacity, drop=drop)
        try:
            self._receiver = UdpReceiver(host or "0.0.0.0", port, size=size, format="spif")
        except (StreamError, EventError) as error:
            raise HardwareError(f"spif:{host}:{port}: {error}") from None
        self._encoder = MessageEncoder(size, format="spif")
        self._lost_before = 0

    @property
    def port(self) -> int:
        """The port listened on."""
        return self._receiver.port

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Whoever sends to a port is not told anything."""

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Nothing is answered."""
        return b""

    def settle(self, us: int) -> None:
        """A network has nothing to settle."""

    def start_stream(self, endpoint: int) -> None:
        """Drop what has arrived before, and start to queue."""
        while self._receiver.read(timeout_s=0):
            pass
        self._lost_before = self._receiver.stats.lost_packets
        super().start_stream(endpoint)

    def stats(self) -> TransportStats:
        """Return the counts, with what the system and the receiver dropped."""
        held = super().stats()
        lost = self._receiver.stats.lost_packets
        return dataclasses.replace(
            held, packets=held.packets + lost, lost_packets=held.lost_packets + lost
        )

    def _read(self) -> bytes:
        events = self._receiver.read(timeout_s=_STEP_S)
        return self._encoder.encode(events) if events else b""

    def _lost(self) -> int:
        lost = self._receiver.stats.lost_packets
        since, self._lost_before = lost - self._lost_before, lost
        return since

    def _wake(self) -> None:
        pass

    def _release(self) -> None:
        self._receiver.close()


class SpifBoardTransport(QueuedTransport):
    """Asks a board for the events of its output, and receives them on the socket that asked.

    Args:
        host: name or address of the board.
        port: of its output.
        size: (width, height); events outside are left out and counted.
        capacity: reads that wait at most.
        drop: which one is dropped when they do not fit.

    Raises:
        HardwareError: the host is unknown.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        size: tuple[int, int],
        capacity: int = 4096,
        drop: DropPolicy = "newest",
    ) -> None:
        super().__init__(capacity=capacity, drop=drop)
        self._decoder = MessageDecoder(size, format="spif")
        self._encoder = MessageEncoder(size, format="spif")
        self._size = size
        try:
            kind, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(kind, socket.SOCK_DGRAM)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
            self._socket.connect(address)
        except OSError as error:
            raise HardwareError(
                f"spif:{host}:{port}: {error.strerror or error}; check the name or give an address"
            ) from None
        self._socket.setblocking(False)
        self._opened_s = self._asked_s = time.monotonic()

    @property
    def out_of_range(self) -> int:
        """Events outside the size, left out."""
        return self._decoder.out_of_range

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Send a datagram."""
        try:
            self._socket.send(data)
        except OSError:  # for example refused: the board may be starting; it is asked again
            return

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Nothing is answered."""
        return b""

    def settle(self, us: int) -> None:
        """A network has nothing to settle."""

    def _read(self) -> bytes:
        now_s = time.monotonic()
        if now_s - self._asked_s >= table.KEEP_ALIVE_S:
            self._asked_s = now_s
            self.bulk_out(0, table.word(table.START))
        ready, _, _ = select.select([self._socket], [], [], _STEP_S)
        parts: list[Events] = []
        while ready and len(parts) < _AT_ONCE:
            try:
                message = self._socket.recv(_LONGEST)
            except BlockingIOError:
                break
            except ConnectionError:  # nobody listens there yet
                break
            arrival_us = round((time.monotonic() - self._opened_s) * 1e6)
            parts.append(self._decoder.decode(message, arrival_us=arrival_us))
        if not any(map(len, parts)):
            return b""
        return self._encoder.encode(Events.concatenate(parts))

    def _wake(self) -> None:
        pass

    def _release(self) -> None:
        self._socket.close()
