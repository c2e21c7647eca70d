"""Streams with one time base side by side, window by window."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hw_drivers.errors import DeviceDisconnected
from hw_drivers.packet import Gap, HostTime, Packet
from neuro_kernels import Events
from neuro_kernels.codecs import Triggers

__all__ = ["AlignedPackets", "Aligner"]

_SETTLE_US = 2000  # how long after a silent stream's estimated time a window is closed


@dataclass(frozen=True)
class AlignedPackets:
    """What several cameras sent in one window of their common time.

    Args:
        start_us: its start.
        stop_us: its end, which belongs to the next window.
        events: of each camera, in the order in which the cameras were named.
        triggers: edges of each camera's trigger input.
        gaps: what is missing in each stream inside the window, or None.
        host_times: arrival of the last byte that was looked at, of each camera.
    """

    start_us: int
    stop_us: int
    events: tuple[Events, ...]
    triggers: tuple[Triggers, ...]
    gaps: tuple[Gap | None, ...]
    host_times: tuple[HostTime | None, ...]


class _Stream:
    """What of one camera waits to be handed out.

    Args:
        packets: its packets.
    """

    def __init__(self, packets: Iterator[Packet]) -> None:
        self._packets = packets
        self._waiting: deque[Packet] = deque()
        self._size: tuple[int, int] = (1, 1)
        self.anchor: tuple[int, int] | None = None  # sensor us and host ns of the last known time
        self.time_us = -1
        self.pulls = 0
        self.host_time: HostTime | None = None
        self.ended = False
        self.failure: DeviceDisconnected | None = None

    def pull(self, others: tuple[int, int] | None) -> None:
        """Take one packet and follow the stream's time.

        Args:
            others: the last known time of another stream, for one that never told its own.
        """
        self.pulls += 1
        try:
            packet = next(self._packets, None)
        except DeviceDisconnected as error:
            self.failure = error
            packet = None
        if packet is None:
            self.ended = True
            return
        self._waiting.append(packet)
        self._size = packet.events.size
        self.host_time = packet.host_time
        last = [int(packet.events.t[-1])] if len(packet.events) else []
        if packet.triggers is not None and len(packet.triggers):
            last.append(int(packet.triggers.t[-1]))
        if last:
            self.anchor = max(last), packet.host_time.monotonic_ns
            self.time_us = max(self.time_us, *last)
            return
        anchor = self.anchor or others
        if anchor is not None:
            # Silence: the computer's clock tells how far the sensor's has got, roughly.
            since = (packet.host_time.monotonic_ns - anchor[1]) // 1000
            self.time_us = max(self.time_us, anchor[0] + since - _SETTLE_US)

    def first_us(self) -> int | None:
        """Time of the first waiting event or edge, or None without any."""
        times = [_first_us(packet) for packet in self._waiting]
        return min((t for t in times if t is not None), default=None)

    def take(self, stop_us: int) -> tuple[Events, Triggers, Gap | None]:
        """Take what is before `stop_us`, and what is missing there."""
        events, triggers = [], []
        lost_packets = lost_bytes = 0
        disconnected = False
        kept: deque[Packet] = deque()
        for packet in self._waiting:
            first = _first_us(packet)
            if first is not None and first >= stop_us:
                kept.append(packet)  # as a whole, with what is missing before it
                continue
            if packet.gap is not None:
                lost_packets += packet.gap.packets
                lost_bytes += packet.gap.bytes
                disconnected |= packet.gap.disconnected
            before = int(np.searchsorted(packet.events.t, stop_us))
            events.append(packet.events[:before])
            rest = packet.triggers
            if packet.triggers is not None:
                edge = int(np.searchsorted(packet.triggers.t, stop_us))
                triggers.append(_part(packet.triggers, slice(None, edge)))
                rest = _part(packet.triggers, slice(edge, None))
            after = packet.events[before:]
            if len(after) or (rest is not None and len(rest)):
                kept.append(
                    Packet(
                        after, rest, packet.frames, packet.imu, packet.host_time, None,
                        packet.sequence,
                    )
                )  # fmt: skip
        self._waiting = kept
        lost = lost_packets > 0 or disconnected
        gap = Gap(lost_packets, lost_bytes, disconnected) if lost else None
        return (
            Events.concatenate([Events.empty(self._size), *events]),
            _joined(triggers),
            gap,
        )


class Aligner:
    """Cuts streams into windows of their common time.

    Args:
        streams: packets of each camera.
        window_us: length of a window in microseconds.
    """

    def __init__(self, streams: Sequence[Iterator[Packet]], window_us: int) -> None:
        self._streams = [_Stream(packets) for packets in streams]
        self._window_us = window_us

    def windows(self) -> Iterator[AlignedPackets]:
        """Yield window after window, from the first event or edge of any camera on."""
        start_us: int | None = None
        while True:
            stop_us = None if start_us is None else start_us + self._window_us
            while not self._complete(stop_us):
                self._pull()
            if start_us is None or stop_us is None:
                first = [s.first_us() for s in self._streams]
                known = [t for t in first if t is not None]
                if not known:
                    self._finish()
                    return
                start_us = min(known) // self._window_us * self._window_us
                continue
            yield self._window(start_us, stop_us)
            left = any(s.failure and s.time_us < stop_us for s in self._streams)
            if left or all(s.ended and s.first_us() is None for s in self._streams):
                self._finish()
                return
            start_us = stop_us

    def _pull(self) -> None:
        """Take a packet of the stream that is behind; of those without a time, in turn."""
        waiting = (s for s in self._streams if not s.ended)
        behind = min(waiting, key=lambda s: (s.time_us, s.pulls))
        known = [s.anchor for s in self._streams if s.anchor is not None]
        behind.pull(max(known, default=None))

    def _complete(self, stop_us: int | None) -> bool:
        """Whether every stream has come to the end of a window, or has ended."""
        wanted = 0 if stop_us is None else stop_us
        return all(s.ended or s.time_us >= wanted for s in self._streams)

    def _finish(self) -> None:
        for stream in self._streams:
            if stream.failure is not None:
                raise stream.failure

    def _window(self, start_us: int, stop_us: int) -> AlignedPackets:
        events, triggers, gaps = zip(*(s.take(stop_us) for s in self._streams), strict=True)
        hosts = tuple(s.host_time for s in self._streams)
        return AlignedPackets(start_us, stop_us, events, triggers, gaps, hosts)


def _first_us(packet: Packet) -> int | None:
    columns = [packet.events.t]
    if packet.triggers is not None:
        columns.append(packet.triggers.t)
    return min((int(t[0]) for t in columns if len(t)), default=None)


def _part(triggers: Triggers, part: slice) -> Triggers:
    return Triggers(triggers.t[part], triggers.id[part], triggers.value[part])


def _joined(parts: Sequence[Triggers]) -> Triggers:
    columns = [
        np.concatenate([np.empty(0, kind), *(np.asarray(getattr(p, name)) for p in parts)])
        for name, kind in (("t", np.int64), ("id", np.uint8), ("value", np.uint8))
    ]
    return Triggers(*columns)
