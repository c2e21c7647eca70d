"""Messages of a ZeroMQ publisher as a transport."""

from hw_drivers.links.zeromq import open_socket
from hw_drivers.tables import speck as table
from hw_drivers.transport.queued import QueuedTransport
from hw_drivers.transport.ring import DropPolicy

__all__ = ["SpeckTransport"]

_STEP_MS = 50  # how often the reader looks whether it was stopped


class SpeckTransport(QueuedTransport):
    """Hears a publisher of Speck events; connects again whenever the connection breaks.

    Args:
        address: such as tcp://127.0.0.1:40001.
        capacity: messages that wait at most.
        drop: which one is dropped when they do not fit.

    Raises:
        HardwareError: pyzmq is not installed, or the address is none.
    """

    def __init__(self, address: str, *, capacity: int = 4096, drop: DropPolicy = "newest") -> None:
        super().__init__(capacity=capacity, drop=drop)
        self._socket, self.address = open_socket("SUB", address, bind=False)
        self.foreign = 0  # messages that hold something else

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """A publisher is not told anything."""

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Nothing is answered."""
        return b""

    def settle(self, us: int) -> None:
        """A network has nothing to settle."""

    def _read(self) -> bytes:
        if not self._socket.poll(_STEP_MS):
            return b""
        parts = self._socket.recv_multipart()
        if len(parts) > 1 and parts[0] != table.HEADER:
            self.foreign += 1
            return b""
        return parts[-1]

    def _wake(self) -> None:
        pass

    def _release(self) -> None:
        self._socket.close(0)
