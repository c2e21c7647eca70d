"""What every emulated camera on a Treuzell board shares: its USB endpoints."""

from typing import Any

from hw_drivers.emulators.camera import CameraModel
from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.model import NoAnswer, Stall
from hw_drivers.emulators.scenes import Scene
from hw_drivers.emulators.treuzell import TreuzellBoard
from hw_drivers.tables import treuzell as tz

__all__ = ["TreuzellCameraModel"]

_BOARD_TYPE_REQUEST = 0x72  # vendor request on endpoint 0; ND, prophesee_evk4


class TreuzellCameraModel(CameraModel):
    """Base of the models of cameras on Treuzell boards.

    Args:
        scene: what the sensor sees.
        chip: what the board reads and writes.
        serial: serial number, shown as 8 hexadecimal digits.
        duration_us: sensor time after which the stream ends, or None: as long as the scene.
        slice_us: sensor time of one step.
        word_bytes: size of the words on the data endpoint.
        single_writes: whether the board knows no writes of several registers.
        faults: what goes wrong.
    """

    system: int | None = None  # number of board and sensor; OpenEB, device_system_id.h

    def __init__(
        self,
        scene: Scene,
        chip: Any,
        *,
        serial: int,
        duration_us: int | None,
        slice_us: int,
        word_bytes: int = 2,
        single_writes: bool = False,
        faults: Faults | None = None,
    ) -> None:
        super().__init__(
            scene,
            duration_us=duration_us,
            slice_us=slice_us,
            word_bytes=word_bytes,
            faults=faults,
        )
        self.board = TreuzellBoard(chip, serial=serial, single_writes=single_writes, faults=faults)

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """Answer the one vendor request that the board knows: its type."""
        if request != _BOARD_TYPE_REQUEST or self.system is None:
            raise Stall(f"vendor request 0x{request:02X}")
        return bytes((self.system, 0))[:length]

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
