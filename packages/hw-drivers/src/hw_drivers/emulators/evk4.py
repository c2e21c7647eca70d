"""The EVK4 camera: USB endpoints, Treuzell board, IMX636 sensor, EVT 3.0 output."""

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from hw_drivers.columns import Columns
from hw_drivers.emulators.camera import CameraModel
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.imx636 import Imx636Model
from hw_drivers.emulators.model import NoAnswer, Stall
from hw_drivers.emulators.registers import RegisterFile
from hw_drivers.emulators.scenes import Scene
from hw_drivers.emulators.treuzell import TreuzellBoard
from hw_drivers.tables import treuzell as tz
from hw_drivers.tables.imx636_filters import TRIGGER_CTRL, TRIGGER_IN
from neuro_kernels import Events, codecs

__all__ = ["Evk4Model"]

_TIME_HIGH = 0x8000  # EVT 3.0 word type 8
_TIME_LOW = 0x6000  # word type 6
_TRIGGER = 0xA000  # word type 10, channel 0
_TIME_MASK = 0xFFFFFF  # EVT 3.0 words tell 24 bits of a time
_BOARD_TYPE_REQUEST = 0x72  # vendor request on endpoint 0; ND, prophesee_evk4
_BOARD_TYPE = bytes((0x31, 0x00))  # EVK3 and EVK4 with IMX636; ND


class Evk4Model(CameraModel):
    """Register-accurate model of a Prophesee EVK4.

    Args:
        scene: what the sensor sees.
        serial: serial number, shown as 8 hexadecimal digits.
        duration_us: sensor time after which the stream ends, or None: as long as the scene.
        slice_us: sensor time of one step.
        factory: bias values of this chip, where they differ from the usual ones.
        trigger_hz: frequency of a square wave on the trigger input, 0 without one.
        celsius: temperature of the sensor.
        lux: light on it.
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
        factory: Mapping[str, int] | None = None,
        trigger_hz: float = 0.0,
        celsius: float = 35.0,
        lux: float = 500.0,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(scene, duration_us=duration_us, slice_us=slice_us, faults=faults)
        self.chip = Imx636Model(factory=factory, celsius=celsius, lux=lux)
        self.board = TreuzellBoard(self.chip, serial=serial, faults=faults)
        self._trigger_hz = trigger_hz

    @classmethod
    def from_options(
        cls, scene: Scene, options: Any, factory: Mapping[str, int] | None
    ) -> "Evk4Model":
        """Make the model that `EmulatorOptions` describe."""
        return cls(
            scene,
            serial=int(options.serial or "00050001", 16),
            factory=factory,
            trigger_hz=options.trigger_hz,
            celsius=options.celsius,
            lux=options.lux,
            **cls.options_of(options),
        )

    @property
    def registers(self) -> RegisterFile:
        """The sensor's registers: address -> value."""
        return self.chip.registers

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """Answer the one vendor request that the board knows: its type."""
        if request != _BOARD_TYPE_REQUEST:
            raise Stall(f"vendor request 0x{request:02X}")
        return _BOARD_TYPE[:length]

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
        answer = self.board.answer()
        if not answer:
            raise NoAnswer
        return answer

    def _sends(self) -> bool:
        return self.chip.streaming

    def _restart(self) -> None:
        self.chip.restart()

    def _slice(self, start_us: int, stop_us: int) -> bytes:
        """Words of a slice; it starts with its upper time, so that silence and gaps keep the time.

        The encoder gets times inside one round of the 24-bit time: it knows no earlier rounds.
        """
        columns = self.chip.see(self._scene, start_us, stop_us)
        self.events_sent += len(columns)
        told = len(columns) and columns.t[0] >> 12 == start_us >> 12
        data = b"" if told else _time_word(start_us)
        done = 0
        wired = self.chip.registers.read(TRIGGER_CTRL) & TRIGGER_IN
        for edge_us, value in self._edges(self._trigger_hz if wired else 0, start_us, stop_us):
            stop = int(np.searchsorted(columns.t, edge_us))
            data += self._words(columns[done:stop], start_us) + _edge_words(edge_us, value)
            done = stop
        return data + self._words(columns[done:], start_us)

    def _words(self, columns: Columns, start_us: int) -> bytes:
        if not len(columns):
            return b""
        t = columns.t - (start_us & ~_TIME_MASK)
        return codecs.encode("evt3", Events(t, columns.x, columns.y, columns.p, size=self.size))


def _time_word(time_us: int) -> bytes:
    """TIME_HIGH of a time."""
    return struct.pack("<H", _TIME_HIGH | time_us >> 12 & 0xFFF)


def _edge_words(time_us: int, value: int) -> bytes:
    """TIME_HIGH, TIME_LOW and EXT_TRIGGER of an edge on channel 0."""
    words = (_TIME_HIGH | time_us >> 12 & 0xFFF, _TIME_LOW | time_us & 0xFFF, _TRIGGER | value)
    return struct.pack("<3H", *words)
