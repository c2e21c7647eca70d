"""What codecs give besides events."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["DecodeCounts", "Payloads", "Triggers"]


@dataclass(frozen=True, eq=False)
class Triggers:
    """Edges on the external trigger inputs of a camera.

    Attributes:
        t: (n,) int64, microseconds.
        id: (n,) uint8, number of the input.
        value: (n,) uint8, 1 = rising edge.
    """

    t: np.ndarray
    id: np.ndarray
    value: np.ndarray

    def __len__(self) -> int:
        return len(self.t)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Triggers):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("t", "id", "value")
        )

    @classmethod
    def empty(cls) -> "Triggers":
        """No edges."""
        return cls(np.empty(0, np.int64), np.empty(0, np.uint8), np.empty(0, np.uint8))

    @classmethod
    def concatenate(cls, parts: "Sequence[Triggers]") -> "Triggers":
        """Join edges in the order given."""
        if not parts:
            return cls.empty()
        return cls(
            np.concatenate([part.t for part in parts]),
            np.concatenate([part.id for part in parts]),
            np.concatenate([part.value for part in parts]),
        )


@dataclass(frozen=True, eq=False)
class Payloads:
    """Timed byte strings of a generic Event Stream recording.

    Attributes:
        t: (n,) int64, microseconds.
        data: n byte strings.
    """

    t: np.ndarray
    data: list[bytes]

    def __len__(self) -> int:
        return len(self.data)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Payloads):
            return NotImplemented
        return np.array_equal(self.t, other.t) and self.data == other.data

    @classmethod
    def concatenate(cls, parts: "Sequence[Payloads]") -> "Payloads":
        """Join byte strings in the order given."""
        times = [part.t for part in parts]
        t = np.concatenate(times) if times else np.empty(0, np.int64)
        return cls(t, [data for part in parts for data in part.data])


@dataclass(frozen=True)
class DecodeCounts:
    """What became of the bytes given to a decoder.

    Attributes:
        bytes_read: bytes consumed.
        bytes_skipped: bytes of the words that were skipped, wholly or in part.
        events: events decoded (payloads for a generic Event Stream).
        triggers: trigger edges decoded.
        out_of_range: events outside the sensor, left out.
        before_time: events and edges before the first time, row or column base, left out.
        time_errors: events earlier than the one before them, kept.
        unknown_words: words of no defined type, skipped.
        other_words: sound words that hold neither event nor trigger nor time.
        truncated_bytes: bytes of an unfinished word at the end.
        first_problem_offset: offset of the first word counted as a problem, or None.
    """

    bytes_read: int = 0
    bytes_skipped: int = 0
    events: int = 0
    triggers: int = 0
    out_of_range: int = 0
    before_time: int = 0
    time_errors: int = 0
    unknown_words: int = 0
    other_words: int = 0
    truncated_bytes: int = 0
    first_problem_offset: int | None = None
