"""How far a stream of events has come, for progress."""

import dataclasses
from typing import Literal

from faery_cli.compat.faery.timestamp import Time

__all__ = [
    "EventsStreamState",
    "FiniteEventsStreamState",
    "FiniteRegularEventsStreamState",
    "PacketState",
    "RegularEventsStreamState",
]


@dataclasses.dataclass
class PacketState:
    """A packet: its number and the time it covers."""

    index: int
    time_range: tuple[Time, Time] | None


@dataclasses.dataclass
class EventsStreamState:
    """Of a stream without end."""

    packet: PacketState | Literal["start", "end"]


@dataclasses.dataclass
class FiniteEventsStreamState:
    """Of a stream that ends."""

    packet: PacketState | Literal["start", "end"]
    stream_time_range: tuple[Time, Time]
    progress: float


@dataclasses.dataclass
class RegularEventsStreamState:
    """Of a regular stream without end."""

    packet: PacketState | Literal["start", "end"]
    frequency_hz: float


@dataclasses.dataclass
class FiniteRegularEventsStreamState:
    """Of a regular stream that ends."""

    packet: PacketState | Literal["start", "end"]
    stream_time_range: tuple[Time, Time]
    frequency_hz: float
    progress: float
    packet_count: int
