"""The EVK4 camera: USB endpoints, Treuzell board, IMX636 sensor, EVT 3.0 output."""

import struct

from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.imx636 import Imx636Model
from hw_drivers.emulators.model import Stall, Unplugged
from hw_drivers.emulators.registers import RegisterFile
from hw_drivers.emulators.scenes import Columns, Scene
from hw_drivers.emulators.treuzell import TreuzellBoard
from hw_drivers.tables import treuzell as tz
from neuro_kernels import Events, codecs

__all__ = ["Evk4Model"]

_TIME_HIGH = 0x8000  # EVT 3.0 word type 8
_TIME_MASK = 0xFFFFFF  # EVT 3.0 words tell 24 bits of a time
_TRANSFER_BYTES = 131072  # largest transfer on the data endpoint, as hosts ask for
_BOARD_TYPE_REQUEST = 0x72  # vendor request on endpoint 0; ND, prophesee_evk4
_BOARD_TYPE = bytes((0x31, 0x00))  # EVK3 and EVK4 with IMX636; ND


class Evk4Model:
    """Register-accurate model of a Prophesee EVK4.

    Args:
        scene: what the sensor sees.
        serial: serial number, shown as 8 hexadecimal digits.
        duration_us: sensor time after which the stream ends, or None: as long as the scene.
        slice_us: sensor time of one step.
        factory: bias values of this chip, where they differ from the usual ones.
        faults: what goes wrong.
    """

    name = "evk4"
    size = Imx636Model.size

    def __init__(
        self,
        scene: Scene,
        *,
        serial: int = 0x00050001,
        duration_us: int | None = None,
        slice_us: int = 1000,
        factory: dict[str, int] | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.chip = Imx636Model(factory=factory)
        self.board = TreuzellBoard(self.chip, serial=serial, faults=faults)
        self._scene = scene
        self._faults = faults or Faults()
        self._duration_us = duration_us
        self._slice_us = slice_us
        self._time_us = scene.start_us
        self._was_streaming = False
        self._transfers = 0
        self._torn = b""
        self.events_sent = 0

    @property
    def registers(self) -> RegisterFile:
        """The sensor's registers: address -> value."""
        return self.chip.registers

    @property
    def clock_rate(self) -> float:
        """Sensor microseconds per host microsecond."""
        return 1 + self._faults.drift_ppm * 1e-6

    @property
    def slice_us(self) -> int:
        """Sensor time of one step in microseconds."""
        return self._slice_us

    @property
    def time_us(self) -> int:
        """Sensor time since the sensor was switched on, in microseconds."""
        return self._time_us - self._scene.start_us

    @property
    def streaming(self) -> bool:
        """Whether the sensor sends."""
        return self._was_streaming

    @property
    def finished(self) -> bool:
        """Whether the duration has passed or the recording is over."""
        end_us = self._end_us()
        return self._was_streaming and end_us is not None and self._time_us >= end_us

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """Answer the one vendor request that the board knows: its type."""
        if request != _BOARD_TYPE_REQUEST:
            raise Stall(f"vendor request 0x{request:02X}")
        return _BOARD_TYPE[:length]

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """The board takes no vendor request that writes."""
        raise Stall(f"vendor request 0x{request:02X}")

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Take a control frame."""
        if endpoint != tz.CONTROL_OUT:
            raise Stall(f"endpoint 0x{endpoint:02X}")
        self.board.receive(data)
        self._follow_switches()

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Give the answer of the last control frame."""
        if endpoint != tz.CONTROL_IN:
            raise Stall(f"endpoint 0x{endpoint:02X}")
        return self.board.answer()

    def step(self) -> list[bytes]:
        """Let one slice of sensor time pass and return the transfers it fills."""
        start_us = self._time_us
        unplug_s = self._faults.unplug_after
        if unplug_s is not None and self.time_us >= unplug_s * 1e6:
            raise Unplugged
        stop_us = start_us + self._slice_us
        end_us = self._end_us()
        if end_us is not None:
            stop_us = min(stop_us, max(end_us, start_us))
        columns = self.chip.see(self._scene, start_us, stop_us)
        self._time_us = stop_us
        self.events_sent += len(columns)
        return self._transfers_of(self._encoded(columns, start_us))

    def _encoded(self, columns: Columns, start_us: int) -> bytes:
        """Words of a slice; it starts with its upper time, so that silence and gaps keep the time.

        The encoder gets times inside one round of the 24-bit time: it knows no earlier rounds.
        """
        if not len(columns):
            return _time_word(start_us)
        t = columns.t - (start_us & ~_TIME_MASK)
        events = Events(t, columns.x, columns.y, columns.p, size=self.size)
        return codecs.encode("evt3", events)

    def _follow_switches(self) -> None:
        """Start at the scene's beginning whenever the sensor is switched on."""
        streaming = self.chip.streaming
        if streaming and not self._was_streaming:
            self._time_us = self._scene.start_us
            self._torn = b""
            self.chip.restart()
        self._was_streaming = streaming

    def _end_us(self) -> int | None:
        ends = [] if self._scene.end_us is None else [self._scene.end_us]
        if self._duration_us is not None:
            ends.append(self._scene.start_us + self._duration_us)
        return min(ends) if ends else None

    def _transfers_of(self, data: bytes) -> list[bytes]:
        data = self._torn + data
        self._torn = b""
        if self._faults.torn_words and not self.finished and len(data) % 2 == 0:
            self._torn = data[-1:]
            data = data[:-1]
        transfers = []
        for i in range(0, len(data), _TRANSFER_BYTES):
            transfers.append(data[i : i + _TRANSFER_BYTES])
            self._transfers += 1
            every = self._faults.zero_length_every
            if every and self._transfers % every == 0:
                transfers.append(b"")
        return transfers


def _time_word(time_us: int) -> bytes:
    """TIME_HIGH of a time."""
    return struct.pack("<H", _TIME_HIGH | time_us >> 12 & 0xFFF)
