"""What a device delivers, and how its stream is doing."""

from dataclasses import dataclass

import numpy as np

from neuro_kernels import Events
from neuro_kernels.codecs import DecodeCounts, Triggers

__all__ = ["Decoded", "Frame", "Gap", "Health", "HostTime", "Imu", "Packet"]


@dataclass(frozen=True)
class HostTime:
    """When bytes arrived at the computer.

    Args:
        monotonic_ns: nanoseconds of a clock that never steps back.
        wall_ns: nanoseconds since 1970-01-01 UTC.
    """

    monotonic_ns: int
    wall_ns: int


@dataclass(frozen=True)
class Gap:
    """What is missing in the stream directly before a packet.

    Args:
        packets: transfers lost because the program was too slow.
        bytes: bytes in them.
        disconnected: whether the device was gone in between, or was started anew with others of
            which one was gone; what it sent then is not counted, and its clock begins anew.
    """

    packets: int
    bytes: int
    disconnected: bool = False


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture of the frame sensor of a camera.

    Args:
        pixels: (height, width) uint16, 0 = dark, 65472 = bright (10 bits, shifted up by 6).
        x: column of the first pixel on the sensor.
        y: row of the first pixel on the sensor.
        start_us: time at which the frame began.
        exposure_start_us: time at which the exposure began, or None when it was not told.
        exposure_end_us: time at which the exposure ended, or None when it was not told.
        end_us: time at which the frame was read out.
    """

    pixels: np.ndarray
    x: int
    y: int
    start_us: int
    exposure_start_us: int | None
    exposure_end_us: int | None
    end_us: int


@dataclass(frozen=True, eq=False)
class Imu:
    """Samples of an inertial sensor, in the order in which they were taken.

    Args:
        t: (n,) int64, microseconds.
        acceleration: (n, 3) float32, metres per second squared along x, y, z; NaN when off.
        rotation: (n, 3) float32, radians per second around x, y, z; NaN when off.
        temperature: (n,) float32, degrees Celsius; NaN when off.
    """

    t: np.ndarray
    acceleration: np.ndarray
    rotation: np.ndarray
    temperature: np.ndarray

    def __len__(self) -> int:
        return len(self.t)


@dataclass(frozen=True)
class Decoded:
    """What the bytes of one or more transfers held.

    Args:
        events: the events.
        triggers: edges of external inputs, or None when the device has none.
        frames: finished frames, or None when the device has no frame sensor.
        imu: samples, or None when the device has no inertial sensor.
    """

    events: Events
    triggers: Triggers | None = None
    frames: tuple[Frame, ...] | None = None
    imu: Imu | None = None


@dataclass(frozen=True)
class Packet:
    """Events and what came with them.

    Args:
        events: the events, in the order in which they were sent.
        triggers: edges of the external trigger input, or None when the device has none.
        frames: frames that were finished, or None when the device has no frame sensor.
        imu: samples of the inertial sensor, or None when the device has none.
        host_time: arrival of the last byte that is in the packet.
        gap: what is missing before it, or None.
        sequence: number of the packet's last transfer since the stream started.
        t_us: sensor time at its end in microseconds: of the last event until then, or, of a packet
            that only tells the time, as far as the computer's clock went on since; None before the
            first event.
    """

    events: Events
    triggers: Triggers | None
    frames: tuple[Frame, ...] | None
    imu: Imu | None
    host_time: HostTime
    gap: Gap | None
    sequence: int
    t_us: int | None = None


@dataclass(frozen=True)
class Health:
    """State of a stream since it was started.

    Args:
        packets: transfers that arrived, lost ones included.
        bytes: bytes in them.
        events: events delivered.
        lost_packets: transfers dropped because the program was too slow.
        lost_bytes: bytes in them.
        gaps: places where something is missing.
        skipped_bytes: bytes left out after a gap, until row and time were known again.
        backlog_packets: transfers that wait to be read.
        backlog_s: age of the oldest of them in seconds, 0 without any.
        high_water: most transfers that ever waited.
        capacity: transfers that fit.
        control_requests: control round trips since the device was opened.
        decode: counts of the decoder, damage included; None before the stream started.
        outdated_packets: transfers that `latest` dropped unread.
        drift_ppm: how much faster the device's clock runs than the computer's, in parts per
            million; None before a second of events.
        reconnections: how often the device was lost and found again.
    """

    packets: int
    bytes: int
    events: int
    lost_packets: int
    lost_bytes: int
    gaps: int
    skipped_bytes: int
    backlog_packets: int
    backlog_s: float
    high_water: int
    capacity: int
    control_requests: int
    decode: DecodeCounts | None
    outdated_packets: int = 0
    drift_ppm: float | None = None
    reconnections: int = 0
