"""How far a stream of frames has come, for progress."""

import dataclasses
from typing import Literal

from faery_cli.compat.faery.timestamp import Time

__all__ = [
    "FiniteFrameStreamState",
    "FiniteRegularFrameStreamState",
    "FrameState",
    "FrameStreamState",
    "RegularFrameStreamState",
]


@dataclasses.dataclass
class FrameState:
    """A frame: its number and moment."""

    index: int
    t: Time


@dataclasses.dataclass
class FrameStreamState:
    """Of a stream without end."""

    frame: FrameState | Literal["start", "end"]


@dataclasses.dataclass
class FiniteFrameStreamState:
    """Of a stream that ends."""

    frame: FrameState | Literal["start", "end"]
    stream_time_range: tuple[Time, Time]
    progress: float


@dataclasses.dataclass
class RegularFrameStreamState:
    """Of a regular stream without end."""

    frame: FrameState | Literal["start", "end"]
    frequency_hz: float


@dataclasses.dataclass
class FiniteRegularFrameStreamState:
    """Of a regular stream that ends."""

    frame: FrameState | Literal["start", "end"]
    stream_time_range: tuple[Time, Time]
    frequency_hz: float
    progress: float
    frame_count: int
