"""What an in-process transport asks of the model of a device."""

from typing import Protocol

__all__ = ["DeviceModel", "NoAnswer", "Stall", "Unplugged"]


class Stall(Exception):
    """The model answers a transfer with a stall handshake."""


class NoAnswer(Exception):
    """The model does not answer a transfer: the host runs into its time limit."""


class Unplugged(Exception):
    """The model has left the bus."""


class DeviceModel(Protocol):
    """The far side of the cable.

    Time inside a model is sensor time; it moves only by `step`, one slice at a time, so that the
    stream depends on what was written to the registers and not on the computer's speed.
    """

    @property
    def streaming(self) -> bool:
        """Whether the data endpoint would deliver something."""
        ...

    @property
    def finished(self) -> bool:
        """Whether the model's recording or scene has come to its end."""
        ...

    @property
    def time_us(self) -> int:
        """Sensor time since streaming started, in microseconds."""
        ...

    @property
    def slice_us(self) -> int:
        """Sensor time that one step covers, in microseconds."""
        ...

    @property
    def clock_rate(self) -> float:
        """Sensor microseconds per microsecond of the host, 1 without drift."""
        ...

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """Answer a vendor request that reads."""
        ...

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """Take a vendor request that writes."""
        ...

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Take a bulk transfer."""
        ...

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Answer a bulk transfer; b"" when there is nothing to send (the host times out)."""
        ...

    def step(self) -> list[bytes]:
        """Let one slice of sensor time pass and return the transfers it fills."""
        ...
