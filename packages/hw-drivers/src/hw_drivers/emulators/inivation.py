"""The logic of iniVation's cameras: parameters behind two vendor requests."""

import struct
from collections.abc import Mapping

from hw_drivers.emulators.camera import CameraModel
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.model import NoAnswer, Stall
from hw_drivers.emulators.registers import RegisterFile
from hw_drivers.emulators.scenes import Scene
from hw_drivers.tables import inivation as table

__all__ = ["InivationModel", "address_of"]

Parameter = tuple[int, int]


def address_of(parameter: Parameter) -> int:
    """Return the address in `registers` of a parameter: module in the upper, number in the lower
    16 bits.

    Example:
        >>> hex(address_of((5, 11)))
        '0x5000b'
    """
    module, number = parameter
    return module << 16 | number


class InivationModel(CameraModel):
    """Base of the models of iniVation's cameras.

    Args:
        scene: what the sensor sees.
        parameters: values after power-on.
        duration_us: sensor time after which the stream ends.
        slice_us: sensor time of one step.
        faults: what goes wrong.
    """

    def __init__(
        self,
        scene: Scene,
        parameters: Mapping[Parameter, int],
        *,
        duration_us: int | None = None,
        slice_us: int = 1000,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(scene, duration_us=duration_us, slice_us=slice_us, faults=faults)
        self._registers = RegisterFile({address_of(p): v for p, v in parameters.items()})

    @property
    def registers(self) -> RegisterFile:
        """The parameters: module << 16 | number -> value."""
        return self._registers

    @property
    def requests(self) -> int:
        """Control requests up to now."""
        return self._requests

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """Read one parameter."""
        number = self._count_request()
        if request != table.REQUEST_ONE:
            raise Stall(f"vendor request 0x{request:02X}")
        if number in self._faults.silent:
            raise NoAnswer
        answer = struct.pack(">I", self._registers.read(address_of((value, index))))
        if number in self._faults.torn:
            answer = answer[:2]
        return answer[:length]

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """Write one parameter, or several."""
        number = self._count_request()
        if number in self._faults.silent:
            raise NoAnswer
        if request == table.REQUEST_ONE and len(data) == 4:
            self._registers.write(address_of((value, index)), int.from_bytes(data, "big"))
        elif request == table.REQUEST_MANY and len(data) == 6 * value and not index:
            for module, parameter, written in struct.iter_unpack(">BBI", data):
                self._registers.write(address_of((module, parameter)), written)
        else:
            raise Stall(f"vendor request 0x{request:02X}")
        self._follow_switches()

    def get(self, parameter: Parameter) -> int:
        """Return a parameter as it is now."""
        return self._registers.get(address_of(parameter), 0)

    def words(self, first: Parameter, count: int) -> list[int]:
        """Return neighbouring parameters."""
        module, number = first
        return [self.get((module, number + i)) for i in range(count)]

    def _sends(self) -> bool:
        runs = (table.MUX_RUN, table.MUX_TIMESTAMP_RUN, table.MUX_CHIP_RUN, table.USB_RUN)
        return all(self.get(run) for run in runs)
