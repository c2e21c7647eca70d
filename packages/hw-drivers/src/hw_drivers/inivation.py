"""The host side of the control protocol of iniVation's cameras."""

import struct
import threading
from collections.abc import Iterable

from hw_drivers.errors import ProtocolError
from hw_drivers.tables import inivation as table
from hw_drivers.transport.interface import Transport

__all__ = ["InivationClient", "Parameter"]

Parameter = tuple[int, int]  # module, number


class InivationClient:
    """Reads and writes the parameters of one camera.

    Args:
        transport: the open device.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = threading.RLock()

    def get(self, parameter: Parameter) -> int:
        """Read a parameter.

        Raises:
            ProtocolError: the answer is not 4 bytes long.
        """
        module, number = parameter
        with self._lock:
            answer = self._transport.control_in(table.REQUEST_ONE, module, number, 4)
        if len(answer) != 4:
            raise ProtocolError(
                f"parameter {number} of module {module}: expected 4 bytes, got {len(answer)}; "
                "close the device and open it again"
            )
        return int.from_bytes(answer, "big")

    def set(self, parameter: Parameter, value: int) -> None:
        """Write a parameter."""
        module, number = parameter
        with self._lock:
            self._transport.control_out(table.REQUEST_ONE, module, number, struct.pack(">I", value))

    def set_many(self, writes: Iterable[tuple[Parameter, int]]) -> None:
        """Write parameters in the order given, in as few requests as possible.

        The request for several has room for numbers of one byte only: larger ones go alone.
        """
        with self._lock:
            pending: list[tuple[Parameter, int]] = []
            for parameter, value in writes:
                if parameter[1] > 0xFF or len(pending) == table.MOST_ENTRIES:
                    self._set_pending(pending)
                    pending = []
                if parameter[1] > 0xFF:
                    self.set(parameter, value)
                else:
                    pending.append((parameter, value))
            self._set_pending(pending)

    def _set_pending(self, writes: list[tuple[Parameter, int]]) -> None:
        if len(writes) == 1:
            self.set(*writes[0])
        elif writes:
            body = b"".join(
                struct.pack(">BBI", module, number, value) for (module, number), value in writes
            )
            self._transport.control_out(table.REQUEST_MANY, len(writes), 0, body)

    def settle(self, us: int) -> None:
        """Give the device time to settle."""
        self._transport.settle(us)
