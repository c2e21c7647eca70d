"""What is known of a stream before its first item."""

from dataclasses import dataclass, replace
from typing import Any, Self

__all__ = ["Grid", "Shape"]


@dataclass(frozen=True)
class Grid:
    """Packets of one duration, without gaps: packet k covers [start(k), start(k + 1)).

    Args:
        period_us: duration in microseconds, not necessarily whole.
    """

    period_us: float

    def edge(self, origin_us: int, k: int) -> int:
        """Give the first microsecond of packet `k`.

        Args:
            origin_us: first microsecond of packet 0.
            k: number of the packet.

        Returns:
            origin + k * period, rounded half up.
        """
        return origin_us + int(k * self.period_us + 0.5)


@dataclass(frozen=True)
class Shape:
    """Size and kind of a stream.

    Args:
        size: (width, height) in pixels.
        finite: it ends by itself.
        content: "events" or "frames".
        grid: of a regular stream, the duration of its packets or frames; None if irregular.
        again: it can be read a second time, from the beginning.
        rate_hz: of frames, how many are shown per second.
        palette: of frames, the colours: a `faery_cli.pictures.palette.Palette`.
    """

    size: tuple[int, int]
    finite: bool = True
    content: str = "events"
    grid: Grid | None = None
    again: bool = True
    rate_hz: float | None = None
    palette: Any = None

    def but(self, **changes: Any) -> Self:
        """Give a copy with some fields changed."""
        return replace(self, **changes)

    @property
    def speed(self) -> float | None:
        """Seconds of events shown per second, of regular frames; else None."""
        if self.grid is None or self.rate_hz is None:
            return None
        return self.grid.period_us * self.rate_hz / 1e6
