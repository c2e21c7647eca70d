"""From transfers to packets: what waits is put together, decoded and counted."""

from dataclasses import replace
from typing import Protocol

from hw_drivers.errors import DeviceDisconnected
from hw_drivers.packet import Decoded, Gap, HostTime, Packet
from hw_drivers.streaming.drift import ClockDrift
from hw_drivers.transport.interface import Buffer, Transport
from neuro_kernels.codecs import DecodeCounts

__all__ = ["StreamDecoder", "StreamReader"]

_MAX_MERGED_BYTES = 1 << 22


class StreamDecoder(Protocol):
    """Turns the bytes of one stream into events."""

    skipped_bytes: int

    @property
    def report(self) -> DecodeCounts:
        """Counts of the decoder."""
        ...

    def feed(self, data: bytes, *, after_gap: bool = False) -> Decoded:
        """Decode one transfer; `after_gap` says that transfers are missing before it."""
        ...


class StreamReader:
    """Reads one stream, from its start to its end.

    Args:
        transport: the way to the device.
        decoder: of this stream alone.
        disconnected: whether the device left and came back before the stream.
    """

    def __init__(
        self, transport: Transport, decoder: StreamDecoder, *, disconnected: bool = False
    ) -> None:
        self.decoder = decoder
        self.packets = self.events = self.outdated_packets = 0
        self.last_t_us: int | None = None
        self.drift = ClockDrift()
        self._transport = transport
        self._held: Buffer | None = None
        self._sequence = 0
        self._disconnected = disconnected

    @property
    def finished(self) -> bool:
        """Whether the stream has come to its end and everything was read."""
        return self._held is None and self._transport.finished

    def take(
        self, wait_s: float, *, max_latency: float | None = None, budget: float | None = None
    ) -> Packet | None:
        """Return what waits as one packet; None when nothing came in time.

        Args:
            wait_s: seconds to wait for the first transfer.
            max_latency: seconds that transfers may be held back to come as one packet; None gives
                each transfer as its own packet.
            budget: transfers older than so many seconds are dropped unread while newer ones wait.
        """
        first, self._held = self._held, None
        if first is None:
            first = self._transport.next_buffer(wait_s)
        if first is not None and budget is not None:
            first = self._newest(first, budget)
        if first is None:
            return None
        if max_latency or budget is not None:
            return self._decoded(self._with_followers(first, max_latency or 0.0))
        return self._decoded([first])

    def idle(self) -> Packet:
        """Return a packet without events that tells the time while the device is silent."""
        clock = self._transport.clock
        now = HostTime(clock.monotonic_ns(), clock.wall_ns())
        decoded = self.decoder.feed(b"")
        return Packet(
            decoded.events,
            decoded.triggers,
            decoded.frames,
            decoded.imu,
            now,
            None,
            self._sequence,
            self.drift.sensor_time_us(now.monotonic_ns),
        )

    def _newest(self, first: Buffer, budget: float) -> Buffer:
        """Drop what waited longer than the budget, as far as something newer is there."""
        limit_ns = round(budget * 1e9)
        lost_packets = lost_bytes = 0
        while self._transport.clock.monotonic_ns() - first.monotonic_ns > limit_ns:
            if self._transport.stats().queued_packets == 0:
                break
            following = self._transport.next_buffer(0)
            if following is None:
                break
            self.outdated_packets += 1
            lost_packets += first.lost_packets + 1
            lost_bytes += first.lost_bytes + len(first.data)
            first = following
        if not lost_packets:
            return first
        return replace(
            first,
            lost_packets=first.lost_packets + lost_packets,
            lost_bytes=first.lost_bytes + lost_bytes,
        )

    def _with_followers(self, first: Buffer, max_latency: float) -> list[Buffer]:
        """Take transfers until the first of them is `max_latency` seconds old."""
        buffers, size = [first], len(first.data)
        deadline_ns = first.monotonic_ns + round(max_latency * 1e9)
        while size < _MAX_MERGED_BYTES:
            left_ns = deadline_ns - self._transport.clock.monotonic_ns()
            if left_ns <= 0 and self._transport.stats().queued_packets == 0:
                break
            try:
                buffer = self._transport.next_buffer(max(left_ns, 0) / 1e9)
            except DeviceDisconnected:
                break  # raised again by the next call, after these were delivered
            if buffer is None:
                break
            if buffer.lost_packets:
                self._held = buffer  # a gap is always at the start of a packet
                break
            buffers.append(buffer)
            size += len(buffer.data)
        return buffers

    def _decoded(self, buffers: list[Buffer]) -> Packet:
        first, last = buffers[0], buffers[-1]
        data = first.data if len(buffers) == 1 else b"".join(b.data for b in buffers)
        decoded = self.decoder.feed(data, after_gap=first.lost_packets > 0)
        events = decoded.events
        gap = None
        if first.lost_packets or self._disconnected:
            gap = Gap(first.lost_packets, first.lost_bytes, disconnected=self._disconnected)
            self._disconnected = False
        self.packets += 1
        self.events += len(events)
        self._sequence = last.sequence
        if len(events):
            self.last_t_us = int(events.t[-1])
            self.drift.add(last.monotonic_ns, self.last_t_us)
        return Packet(
            events,
            decoded.triggers,
            decoded.frames,
            decoded.imu,
            HostTime(last.monotonic_ns, last.wall_ns),
            gap,
            last.sequence,
            self.last_t_us,
        )
