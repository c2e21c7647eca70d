"""What a stream has carried and lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["StreamStats"]


@dataclass(frozen=True, kw_only=True)
class StreamStats:
    """What a stream has carried and lost up to one moment.

    Attributes:
        events: events handed over.
        packets: packets handed over or, of a network stream, datagrams received.
        bytes: bytes received or read, 0 where there are none.
        lost_packets: packets known to be lost.
        lost_events: events in them, estimated where nobody can know.
        out_of_range: events outside the sensor, left out.
        malformed: messages or places with bytes that form no event.
        first_t_us: time of the first event handed over, or None.
        last_t_us: latest time of an event handed over, or None.
        elapsed_s: seconds from the first request for events to the last packet.
        details: further numbers of this kind of source, by name.
    """

    events: int = 0
    packets: int = 0
    bytes: int = 0
    lost_packets: int = 0
    lost_events: int = 0
    out_of_range: int = 0
    malformed: int = 0
    first_t_us: int | None = None
    last_t_us: int | None = None
    elapsed_s: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Events per second of the wall clock so far, 0 before there are any."""
        return self.events / self.elapsed_s if self.elapsed_s > 0 else 0.0

    def summary(self) -> str:
        """The numbers in one line, losses only where there are any.

        Example:
            >>> StreamStats(events=1000, packets=8, elapsed_s=0.5, lost_packets=1,
            ...             lost_events=128).summary()
            '1000 events in 8 packets, 0.002 Mev/s, LOST 1 packets with 128 events'
        """
        parts = [f"{self.events} events in {self.packets} packets"]
        if self.rate:
            parts.append(f"{self.rate / 1e6:.3g} Mev/s")
        if self.lost_packets or self.lost_events:
            parts.append(f"LOST {self.lost_packets} packets with {self.lost_events} events")
        if self.out_of_range:
            parts.append(f"{self.out_of_range} events outside the sensor left out")
        if self.malformed:
            parts.append(f"{self.malformed} malformed")
        return ", ".join(parts)
