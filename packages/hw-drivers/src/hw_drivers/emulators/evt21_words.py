"""What an emulated sensor sends in EVT 2.1: events and edges of a slice of time."""

import struct
from collections.abc import Sequence

import numpy as np

from hw_drivers.columns import Columns
from neuro_kernels import Events, codecs

__all__ = ["evt21_slice"]


def evt21_slice(
    columns: Columns,
    edges: Sequence[tuple[int, int, int]],
    start_us: int,
    size: tuple[int, int],
    *,
    legacy: bool,
) -> bytes:
    """Return the words of a slice; it starts with its upper time, so that gaps keep the time.

    Args:
        columns: the events.
        edges: (time, level, channel) of each edge of trigger inputs, in time order.
        start_us: time at which the slice starts.
        size: (width, height) of the sensor.
        legacy: whether the upper half of each word comes first, as of an IMX636.
    """
    parts, done = [_time(start_us, legacy)], 0
    for edge_us, level, channel in edges:
        stop = int(np.searchsorted(columns.t, edge_us))
        parts.append(_events(columns[done:stop], size, legacy))
        parts.append(_edge(edge_us, level, channel, legacy))
        done = stop
    parts.append(_events(columns[done:], size, legacy))
    return b"".join(parts)


def _events(columns: Columns, size: tuple[int, int], legacy: bool) -> bytes:
    if not len(columns):
        return b""
    events = Events(columns.t, columns.x, columns.y, columns.p, size=size)
    return codecs.encode("evt21", events, layout="legacy" if legacy else "little")


def _time(time_us: int, legacy: bool) -> bytes:
    """Word that tells the upper bits of a time."""
    return _word(0x8, time_us >> 6 & 0xFFFFFFF, 0, legacy)


def _edge(time_us: int, level: int, channel: int, legacy: bool) -> bytes:
    """Words of an edge: upper time, and the trigger with the lower six bits."""
    body = (time_us & 0x3F) << 22 | channel << 8 | level
    return _time(time_us, legacy) + _word(0xA, body, 0, legacy)


def _word(kind: int, upper: int, lower: int, legacy: bool) -> bytes:
    """Word of type `kind` with 28 upper bits and 32 lower ones, in one of the two orders."""
    halves = (kind << 28 | upper, lower)
    return struct.pack("<II", *(halves if legacy else halves[::-1]))
