"""What reading and writing report: headers, counts of skipped data, facts about a recording."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["DecodeReport", "Header", "Problem", "RecordingInfo", "WriteReport"]

_NO_METADATA: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a recording says of itself before its first event.

    Attributes:
        format: name of the format in the registry, for example `"evt3"`.
        version: version of the format as the file spells it, or None.
        size: `(width, height)` in pixels, or None when the header does not tell.
        size_source: where `size` comes from: `"header"`, `"plugin"`, `"generation"` (of the
            sensor), `"data"` (smallest size that holds all events), `"argument"`, or None.
        t0: absolute time of `t == 0` where the format has one, else None.
        metadata: all keys of the header, as text.
        length: bytes of the header; the first event comes after them.
    """

    format: str
    version: str | None = None
    size: tuple[int, int] | None = None
    size_source: str | None = None
    t0: int | None = None
    metadata: Mapping[str, str] = field(default_factory=lambda: _NO_METADATA)
    length: int = 0


@dataclass(frozen=True)
class Problem:
    """One kind of damage: how often it was met, and what it means.

    Attributes:
        kind: short name, for example `"out_of_range"` or `"truncated"`.
        count: how many events, words or bytes it concerns.
        message: one clause that says what was met and what was done about it.
    """

    kind: str
    count: int
    message: str


@dataclass(frozen=True, kw_only=True)
class DecodeReport:
    """What became of the bytes of a recording.

    Attributes:
        bytes_read: bytes of the file that were looked at, header included.
        bytes_skipped: bytes that gave nothing although they should have.
        events: events decoded.
        triggers: external trigger edges decoded.
        problems: kinds of damage met, empty for a sound file.
        first_problem_offset: place in the file of the first problem in bytes, or None.
        notes: remarks that are no damage, for example where the sensor size comes from.
    """

    bytes_read: int = 0
    bytes_skipped: int = 0
    events: int = 0
    triggers: int = 0
    problems: tuple[Problem, ...] = ()
    first_problem_offset: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True when nothing was skipped."""
        return not self.problems

    def summary(self) -> str:
        """All problems in one sentence, with the place of the first one."""
        if not self.problems:
            return "no problems"
        text = "; ".join(f"{problem.message}" for problem in self.problems)
        if self.first_problem_offset is not None:
            text += f"; first at byte {self.first_problem_offset}"
        return f"{text} ({self.events} events decoded, {self.bytes_skipped} bytes skipped)"


@dataclass(frozen=True, kw_only=True)
class WriteReport:
    """What was written.

    Attributes:
        path: the file, or None when the target was an open stream.
        format: name of the format.
        events: events written.
        bytes: size of the result.
        notes: remarks, for example what the format cannot hold.
    """

    path: str | None
    format: str
    events: int
    bytes: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RecordingInfo:
    """Facts about a recording; fields the file was not searched for are None.

    Attributes:
        path: the file.
        format: name of the format, for example `"evt3"`.
        version: version of the format as the file spells it.
        size: `(width, height)` in pixels.
        size_source: where `size` comes from, see `Header`.
        file_bytes: size of the file on disk.
        n_events: number of events.
        n_on: events of polarity 1.
        n_off: events of polarity 0.
        n_triggers: external trigger edges.
        t_first: time of the first event in microseconds.
        t_last: time of the last event in microseconds.
        t0: absolute time of `t == 0` where the format has one.
        metadata: all keys of the header, as text.
    """

    path: str
    format: str
    version: str | None = None
    size: tuple[int, int] | None = None
    size_source: str | None = None
    file_bytes: int | None = None
    n_events: int | None = None
    n_on: int | None = None
    n_off: int | None = None
    n_triggers: int | None = None
    t_first: int | None = None
    t_last: int | None = None
    t0: int | None = None
    metadata: Mapping[str, str] = field(default_factory=lambda: _NO_METADATA)

    @property
    def duration_us(self) -> int | None:
        """Time from the first to the last event in microseconds."""
        if self.t_first is None or self.t_last is None:
            return None
        return self.t_last - self.t_first
