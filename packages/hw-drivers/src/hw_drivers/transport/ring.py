"""A bounded queue of transfers that counts what it drops."""

from collections import deque
from dataclasses import dataclass, replace
from typing import Literal

from hw_drivers.transport.interface import Buffer, TransportStats

__all__ = ["DropPolicy", "Ring"]

DropPolicy = Literal["newest", "oldest"]


@dataclass(frozen=True)
class _Lost:
    packets: int = 0
    bytes: int = 0


class Ring:
    """Transfers between the thread that receives them and the one that uses them.

    Not thread-safe by itself: the transport holds its lock around every call.

    Args:
        capacity: transfers that fit, at least 1.
        drop: which transfer goes when the ring is full: the one that arrives ("newest": what was
            queued stays whole) or the one that waits longest ("oldest": latency stays low).

    Example:
        >>> ring = Ring(1)
        >>> for i in range(3):
        ...     _ = ring.put(Buffer(b"ab", i, 0, 0))
        >>> ring.get().sequence, ring.put(Buffer(b"ab", 3, 0, 0)), ring.get().lost_packets
        (0, True, 2)
    """

    def __init__(self, capacity: int, drop: DropPolicy = "newest") -> None:
        if capacity < 1:
            raise ValueError(f"ring: expected a capacity of at least 1, got {capacity}")
        self._capacity = capacity
        self._drop: DropPolicy = drop
        self.clear()

    def clear(self) -> None:
        """Forget the transfers and the counts."""
        self._queue: deque[Buffer] = deque()
        self._queued_bytes = 0
        self._packets = self._bytes = 0
        self._lost_packets = self._lost_bytes = self._gaps = 0
        self._high_water = 0
        self._pending = _Lost()  # dropped since the last transfer that was kept

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def full(self) -> bool:
        """Whether the next transfer would make one drop."""
        return len(self._queue) >= self._capacity

    def put(self, buffer: Buffer) -> bool:
        """Queue a transfer; False when a transfer (this one or the oldest) was dropped for it."""
        self._packets += 1
        self._bytes += len(buffer.data)
        fits = not self.full
        if not fits and self._drop == "newest":
            self._count_loss(buffer)
            if self._pending.packets == 0:
                self._gaps += 1
            self._pending = _Lost(self._pending.packets + 1, self._pending.bytes + len(buffer.data))
            return False
        if not fits:
            self._drop_oldest()
        if self._pending.packets:
            buffer = _after(buffer, self._pending)
            self._pending = _Lost()
        self._queue.append(buffer)
        self._queued_bytes += len(buffer.data)
        self._high_water = max(self._high_water, len(self._queue))
        return fits

    def get(self) -> Buffer:
        """Take the oldest transfer; IndexError when none waits."""
        buffer = self._queue.popleft()
        self._queued_bytes -= len(buffer.data)
        return buffer

    def stats(self, *, control_requests: int) -> TransportStats:
        """Return the counts."""
        return TransportStats(
            packets=self._packets,
            bytes=self._bytes,
            lost_packets=self._lost_packets,
            lost_bytes=self._lost_bytes,
            gaps=self._gaps,
            queued_packets=len(self._queue),
            queued_bytes=self._queued_bytes,
            high_water=self._high_water,
            capacity=self._capacity,
            oldest_ns=self._queue[0].monotonic_ns if self._queue else None,
            control_requests=control_requests,
        )

    def _count_loss(self, buffer: Buffer) -> None:
        self._lost_packets += 1
        self._lost_bytes += len(buffer.data)

    def _drop_oldest(self) -> None:
        """Drop the first transfer and let the next one carry its loss."""
        dropped = self.get()
        self._count_loss(dropped)
        lost = _Lost(dropped.lost_packets + 1, dropped.lost_bytes + len(dropped.data))
        if dropped.lost_packets == 0 and not (self._queue and self._queue[0].lost_packets):
            self._gaps += 1
        if self._queue:
            self._queue[0] = _after(self._queue[0], lost)
        else:
            self._pending = lost


def _after(buffer: Buffer, lost: _Lost) -> Buffer:
    return replace(
        buffer,
        lost_packets=buffer.lost_packets + lost.packets,
        lost_bytes=buffer.lost_bytes + lost.bytes,
    )
