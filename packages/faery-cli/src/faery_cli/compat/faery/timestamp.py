"""Times in whole microseconds, and timecodes."""

import dataclasses
import re
from typing import Any

__all__ = ["Time", "TimeOrTimecode", "ms", "parse_time", "s", "us"]

_TIMECODE = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+)(?:\.(\d+))?")


@dataclasses.dataclass(frozen=True, order=True)
class Time:
    """A moment or duration.

    Args:
        microseconds: whole, not negative.

    Example:
        >>> Time(1_500_000).to_timecode()
        '00:00:01.500000'
        >>> 3 * s + 20 * ms
        Time(microseconds=3020000)
    """

    microseconds: int

    def __post_init__(self) -> None:
        if self.microseconds < 0:
            raise ValueError(
                "the argument of the Time constructor may not be negative "
                f"(got {self.microseconds})"
            )

    def to_microseconds(self) -> int:
        """Give whole microseconds."""
        return self.microseconds

    def to_milliseconds(self) -> float:
        """Give milliseconds."""
        return self.microseconds / 1e3

    def to_seconds(self) -> float:
        """Give seconds."""
        return self.microseconds / 1e6

    def _parts(self, mark: str) -> str:
        seconds, rest = divmod(int(self.microseconds), 1_000_000)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours:02}{mark}{minutes:02}{mark}{seconds:02}.{rest:06}"

    def to_timecode(self) -> str:
        """Give hh:mm:ss.µµµµµµ."""
        return self._parts(":")

    def to_timecode_with_dashes(self) -> str:
        """Give hh-mm-ss.µµµµµµ, which may be part of a file name."""
        return self._parts("-")

    def __add__(self, other: "Time") -> "Time":
        return Time(self.microseconds + other.microseconds)

    def __sub__(self, other: "Time") -> "Time":
        if other.microseconds > self.microseconds:
            raise TypeError(
                "Time subtraction yielded a negative number "
                f"({self.microseconds} - {other.microseconds})"
            )
        return Time(self.microseconds - other.microseconds)

    def __mul__(self, other: float) -> "Time":
        return Time(round(self.microseconds * other))

    __rmul__ = __mul__

    def __truediv__(self, other: float) -> "Time":
        return Time(round(self.microseconds / other))

    def __floordiv__(self, other: float) -> "Time":
        return Time(int(self.microseconds // other))

    def __mod__(self, other: float) -> "Time":
        return Time(int(self.microseconds % other))


TimeOrTimecode = Time | str

us = Time(1)
ms = Time(1_000)
s = Time(1_000_000)


def parse_time(value: Any) -> Time:
    """Read a time.

    Args:
        value: a `Time`, or text: seconds, mm:ss or hh:mm:ss, with up to six decimal places.

    Raises:
        RuntimeError: text that is no timecode.
        TypeError: something else.

    Example:
        >>> [parse_time(text).microseconds for text in ("1.5", "01:02", "00:00:00.000020")]
        [1500000, 62000000, 20]
    """
    if isinstance(value, Time):
        return value
    if not isinstance(value, str):
        raise TypeError(f"expected a Time or a timecode, got {type(value).__name__}")
    match = _TIMECODE.fullmatch(value)
    if match is None:
        raise RuntimeError(f'Parsing the timecode "{value}" failed')
    hours, minutes, seconds, rest = match.groups(default="0")
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return Time(whole * 1_000_000 + round(int(rest) * 10 ** (6 - len(rest))))
