"""The far ends of the event links."""

from collections.abc import Mapping
from typing import Any

from hw_drivers.emulators.camera import CameraModel
from hw_drivers.emulators.registers import RegisterFile
from hw_drivers.emulators.scenes import Scene
from hw_drivers.tables import speck, spif
from neuro_kernels import Events
from neuro_kernels.stream import MessageEncoder

__all__ = ["LinkModel", "SpeckModel", "SpifModel"]

_RUNS = 0


class LinkModel(CameraModel):
    """Base of the models: sends while it was asked to. `registers` holds that at 0."""

    format: str
    start_word: bytes
    stop_word: bytes

    def __init__(self, scene: Scene, **options: Any) -> None:
        super().__init__(scene, **options)
        self._registers = RegisterFile({_RUNS: 0})
        self._encoder = MessageEncoder(self.size, format=self.format)

    @classmethod
    def from_options(
        cls, scene: Scene, options: Any, factory: Mapping[str, int] | None
    ) -> "LinkModel":
        """Make the model that `EmulatorOptions` describe."""
        return cls(scene, **cls.options_of(options))

    @property
    def registers(self) -> RegisterFile:
        """Whether it was asked to send: 0 -> 1."""
        return self._registers

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Take a datagram."""
        self._count_request()
        if data in (self.start_word, self.stop_word):
            self._registers.write(_RUNS, int(data == self.start_word))
        self._follow_switches()

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Answer nothing."""
        return b""

    def _sends(self) -> bool:
        return bool(self._registers.get(_RUNS, 0))

    def _restart(self) -> None:
        pass

    def _slice(self, start_us: int, stop_us: int) -> bytes:
        columns = self._scene.events(start_us, stop_us, 1.0, 1.0)
        self.events_sent += len(columns)
        return self._encoder.encode(
            Events(columns.t, columns.x, columns.y, columns.p, size=self.size)
        )


class SpifModel(LinkModel):
    """Model of a SPIF board with a camera behind it."""

    name = "spif"
    size = spif.SIZE
    format = "spif"
    start_word = spif.word(spif.START)
    stop_word = spif.word(spif.STOP)


class SpeckModel(LinkModel):
    """Model of a host of a Speck."""

    name = "speck"
    size = speck.SIZE
    format = "speck"
    start_word = speck.START
    stop_word = speck.STOP
