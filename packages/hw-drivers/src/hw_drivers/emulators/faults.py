"""Faults that an emulated device can be asked to show."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hw_drivers.uri import parse_bool, parse_seconds

__all__ = ["Faults", "option"]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def option(default: Any, parse: Callable[[str], Any], doc: str) -> Any:
    """Declare a field that can be set from the query of a URI."""
    return field(default=default, metadata={"parse": parse, "doc": doc})


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What goes wrong, and when. Control requests are counted from 0.

    Args:
        unplug_after: sensor time in seconds at which the device leaves the bus.
        unplug_at_request: control request at which it leaves.
        stall: control requests that are refused with a stall.
        fail: requests answered with the failure flag of the protocol.
        torn: requests whose answer stops in the middle.
        oversized: requests whose answer has trailing bytes.
        mismatched: requests answered with another request's answer.
        silent: requests that are never answered.
        zero_length_every: an empty transfer is sent after every n-th data transfer.
        torn_words: data transfers end in the middle of words.
        slow_host: seconds that the host takes for each transfer; meanwhile the device goes on, and
            what does not fit is lost.
        drift_ppm: how much faster the device's clock runs than the host's.
    """

    unplug_after: float | None = option(None, parse_seconds, "leave the bus at this sensor time")
    unplug_at_request: int | None = option(None, int, "leave the bus at this control request")
    stall: tuple[int, ...] = option((), _numbers, "refuse these control requests")
    fail: tuple[int, ...] = option((), _numbers, "answer these requests with the failure flag")
    torn: tuple[int, ...] = option((), _numbers, "cut the answers of these requests")
    oversized: tuple[int, ...] = option((), _numbers, "lengthen the answers of these requests")
    mismatched: tuple[int, ...] = option((), _numbers, "answer these requests with another one's")
    silent: tuple[int, ...] = option((), _numbers, "never answer these requests")
    zero_length_every: int = option(0, int, "send an empty transfer after every n-th one")
    torn_words: bool = option(False, parse_bool, "end transfers inside words")
    slow_host: float = option(0.0, parse_seconds, "time that the host takes for each transfer")
    drift_ppm: float = option(0.0, float, "how much faster the device's clock runs")
