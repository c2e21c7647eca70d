"""What every emulated camera shares: sensor time, slices, switches, transfers, faults."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from hw_drivers.emulators.faults import Faults
from hw_drivers.emulators.model import Stall, Unplugged
from hw_drivers.emulators.scenes import Scene
from hw_drivers.emulators.sync_line import SyncLine

__all__ = ["CameraModel"]

_TRANSFER_BYTES = 131072  # largest transfer on the data endpoint, as hosts ask for


class CameraModel(ABC):
    """Base of the camera models; a subclass is one board with its sensor.

    Args:
        scene: what the sensor sees.
        duration_us: sensor time after which the stream ends, or None: as long as the scene.
        slice_us: sensor time of one step.
        word_bytes: size of the words on the data endpoint.
        faults: what goes wrong.
    """

    name: str
    size: tuple[int, int]

    def __init__(
        self,
        scene: Scene,
        *,
        duration_us: int | None = None,
        slice_us: int = 1000,
        word_bytes: int = 2,
        faults: Faults | None = None,
    ) -> None:
        self._scene = scene
        self._faults = faults or Faults()
        self._duration_us = duration_us
        self._slice_us = slice_us
        self._word_bytes = word_bytes
        self._time_us = scene.start_us
        self._was_streaming = False
        self._transfers = 0
        self._torn = b""
        self._requests = 0
        self._line: SyncLine | None = None
        self.world_start_us = 0.0
        self._gone = False
        self.events_sent = 0

    @property
    @abstractmethod
    def registers(self) -> Mapping[int, int]:
        """The device's registers: address -> value."""

    @property
    def role(self) -> str:
        """What the sensor's time base is: "internal", "primary" or "secondary"."""
        return "internal"

    @property
    def own_rate(self) -> float:
        """Microseconds of the camera's own clock per microsecond of the world."""
        return 1 + self._faults.drift_ppm * 1e-6

    @property
    def clock_rate(self) -> float:
        """Sensor microseconds per host microsecond."""
        return self.own_rate if self._line is None else self._line.rate_of(self)

    def join(self, line: SyncLine) -> None:
        """Share the world, and the cable of time bases, with the other cameras on a line."""
        self._line = line
        line.members.add(self)

    def primary_runs(self) -> bool:
        """Whether a primary camera on the same line sends."""
        return self._line is not None and self._line.primary is not None

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
        self._follow_switches()
        return self._was_streaming

    @property
    def sending(self) -> bool:
        """Whether the sensor is switched on, so that its time base runs."""
        return self._was_streaming and not self._gone

    @property
    def finished(self) -> bool:
        """Whether the duration has passed or the recording is over."""
        end_us = self._end_us()
        return self._was_streaming and end_us is not None and self._time_us >= end_us

    def control_in(self, request: int, value: int, index: int, length: int) -> bytes:
        """Answer a vendor request that reads."""
        raise Stall(f"vendor request 0x{request:02X}")

    def control_out(self, request: int, value: int, index: int, data: bytes) -> None:
        """Take a vendor request that writes."""
        raise Stall(f"vendor request 0x{request:02X}")

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """Take a bulk transfer."""
        raise Stall(f"endpoint 0x{endpoint:02X}")

    def bulk_in(self, endpoint: int, length: int) -> bytes:
        """Answer a bulk transfer."""
        raise Stall(f"endpoint 0x{endpoint:02X}")

    def step(self) -> list[bytes]:
        """Let one slice of sensor time pass and return the transfers it fills."""
        start_us = self._time_us
        unplug_s = self._faults.unplug_after
        if unplug_s is not None and self.time_us >= unplug_s * 1e6:
            self._gone = True
            raise Unplugged
        stop_us = start_us + self._slice_us
        end_us = self._end_us()
        if end_us is not None:
            stop_us = min(stop_us, max(end_us, start_us))
        data = self._slice(start_us, stop_us)
        self._time_us = stop_us
        return self._transfers_of(data)

    @abstractmethod
    def _sends(self) -> bool:
        """Whether the registers say that the sensor sends."""

    @abstractmethod
    def _slice(self, start_us: int, stop_us: int) -> bytes:
        """Return the words of [start_us, stop_us) and count the events in `events_sent`."""

    @abstractmethod
    def _restart(self) -> None:
        """Forget what belongs to the stream before; called when the sensor is switched on."""

    def _follow_switches(self) -> None:
        """Start at the scene's beginning whenever the sensor is switched on."""
        sends = self._sends()
        if sends and not self._was_streaming:
            self._time_us = self._scene.start_us
            self._torn = b""
            self.world_start_us = 0.0 if self._line is None else self._line.start_of(self)
            self._restart()
        self._was_streaming = sends

    def _count_request(self) -> int:
        """Count a control request; raise what the faults ask for; return its number."""
        number = self._requests
        self._requests += 1
        faults = self._faults
        if faults.unplug_at_request is not None and number >= faults.unplug_at_request:
            raise Unplugged
        if number in faults.stall or number in faults.fail:
            raise Stall(f"control request {number}")
        return number

    def _edges(self, hertz: float, start_us: int, stop_us: int) -> list[tuple[int, int]]:
        """Edges of a square wave of the world in [start_us, stop_us), as (sensor time, level)."""
        if hertz <= 0:
            return []
        half_us, rate = 5e5 / hertz, self.clock_rate
        begin, end = (self.world_start_us + t / rate for t in (start_us - 1, stop_us + 1))
        edges = []
        for k in range(math.ceil(begin / half_us), math.ceil(end / half_us)):
            t = round((k * half_us - self.world_start_us) * rate)
            if start_us <= t < stop_us:
                edges.append((t, (k + 1) % 2))
        return edges

    def _end_us(self) -> int | None:
        ends = [] if self._scene.end_us is None else [self._scene.end_us]
        if self._duration_us is not None:
            ends.append(self._scene.start_us + self._duration_us)
        return min(ends) if ends else None

    def _transfers_of(self, data: bytes) -> list[bytes]:
        data = self._torn + data
        self._torn = b""
        if self._faults.torn_words and not self.finished and len(data) % self._word_bytes == 0:
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

    @classmethod
    def options_of(cls, options: Any) -> dict[str, Any]:
        """Return the arguments of a model that `EmulatorOptions` give to every camera."""
        return {
            "duration_us": None if options.duration is None else round(options.duration * 1e6),
            "faults": options,
        }
