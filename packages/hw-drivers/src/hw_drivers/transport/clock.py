"""Clocks: the computer's own, and one that only moves when it is told to."""

import time
from typing import Protocol

__all__ = ["Clock", "ManualClock", "SystemClock"]


class Clock(Protocol):
    """Source of arrival times."""

    def monotonic_ns(self) -> int:
        """Nanoseconds of a clock that never steps back; its origin means nothing."""
        ...

    def wall_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC."""
        ...


class SystemClock:
    """The computer's clocks.

    Example:
        >>> clock = SystemClock()
        >>> clock.monotonic_ns() <= clock.monotonic_ns()
        True
    """

    def monotonic_ns(self) -> int:
        """Nanoseconds of the monotonic clock."""
        return time.monotonic_ns()

    def wall_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC."""
        return time.time_ns()


class ManualClock:
    """A clock that stands still until it is moved: repeatable runs, tests without waiting.

    Args:
        start_ns: first reading of both clocks.

    Example:
        >>> clock = ManualClock()
        >>> clock.move_to(5_000_000)
        >>> clock.monotonic_ns()
        5000000
    """

    def __init__(self, start_ns: int = 0) -> None:
        self._now_ns = start_ns

    def monotonic_ns(self) -> int:
        """Nanoseconds as last set."""
        return self._now_ns

    def wall_ns(self) -> int:
        """Nanoseconds as last set."""
        return self._now_ns

    def advance(self, ns: int) -> None:
        """Move forward by `ns` nanoseconds."""
        self._now_ns += ns

    def move_to(self, ns: int) -> None:
        """Move forward to `ns`; an earlier time changes nothing."""
        self._now_ns = max(self._now_ns, ns)
