"""Filters of events: functions from packets to packets, which remember what they must."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from faery_cli.compat.faery._arrays import EVENTS_DTYPE, as_array, as_packet
from neuro_kernels import Events, filters

__all__ = [
    "TURNS",
    "chunks",
    "crop",
    "event_slice",
    "fed",
    "hot_pixels",
    "packet_slice",
    "regularize",
    "time_slice",
    "turned",
]

Arrays = Iterator[np.ndarray]

# New (x, y) of the old ones and the last column and row; True where width and height swap. The
# names do not say what a screen shows whose y points down; programs rely on them nevertheless.
TURNS: dict[str, tuple[Callable[[Any, Any, int, int], tuple[Any, Any]], bool]] = {
    "flip_left_right": (lambda x, y, right, bottom: (right - x, y), False),
    "flip_bottom_top": (lambda x, y, right, bottom: (x, bottom - y), False),
    "rotate_90_counterclockwise": (lambda x, y, right, bottom: (bottom - y, x), True),
    "rotate_180": (lambda x, y, right, bottom: (right - x, bottom - y), False),
    "rotate_270_counterclockwise": (lambda x, y, right, bottom: (y, right - x), True),
    "flip_up_diagonal": (lambda x, y, right, bottom: (y, x), True),
    "flip_down_diagonal": (lambda x, y, right, bottom: (bottom - y, right - x), True),
}


def turned(packets: Arrays, action: str, size: tuple[int, int]) -> Arrays:
    """Turn or mirror."""
    move, _ = TURNS[action]
    right, bottom = size[0] - 1, size[1] - 1
    for packet in packets:
        out = packet.copy()
        out["x"], out["y"] = move(packet["x"], packet["y"], right, bottom)
        yield out


def crop(packets: Arrays, left: int, right: int, top: int, bottom: int) -> Arrays:
    """Keep a rectangle and move its corner to the origin."""
    for packet in packets:
        x, y = packet["x"], packet["y"]
        out = packet[(x >= left) & (x < right) & (y >= top) & (y < bottom)]
        out["x"] -= left
        out["y"] -= top
        yield out


def time_slice(packets: Arrays, begin: int, end: int, zero: bool) -> Arrays:
    """Keep begin <= t < end; an ordered stream ends there."""
    for packet in packets:
        out = packet[(packet["t"] >= begin) & (packet["t"] < end)]
        if zero:
            out["t"] -= begin
        if len(out):
            yield out
        if len(packet) and packet["t"][0] >= end:
            return


def event_slice(packets: Arrays, start: int, end: int) -> Arrays:
    """Keep the events number start to end - 1."""
    seen = 0
    for packet in packets:
        first, last = max(0, start - seen), max(0, end - seen)
        seen += len(packet)
        if first < len(packet) and first < last:
            yield packet[first:last]
        if seen >= end:
            return


def packet_slice(packets: Arrays, start: int, end: int, zero_us: int | None) -> Arrays:
    """Keep the packets number start to end - 1; with `zero_us`, times count from there."""
    if end <= start:
        return
    for index, packet in enumerate(packets):
        if index >= start:
            out = packet
            if zero_us is not None:
                out = packet.copy()
                out["t"] -= min(zero_us, int(out["t"].min())) if len(out) else 0
            yield out
        if index + 1 >= end:
            return


def chunks(packets: Arrays, length: int) -> Arrays:
    """Give packets of `length` events; the last may be shorter."""
    from faery_cli.compat.faery._arrays import concatenated

    held: list[np.ndarray] = []
    count = 0
    for packet in packets:
        at = 0
        while count + len(packet) - at >= length:
            stop = at + length - count
            yield concatenated([*held, packet[at:stop]])
            held, count, at = [], 0, stop
        if at < len(packet):
            held.append(packet[at:])
            count += len(packet) - at
    if count:
        yield concatenated(held)


def regularize(packets: Arrays, frequency_hz: float, begin: int | None, last: int | None) -> Arrays:
    """Give the packets of a regular grid, empty ones included.

    Args:
        packets: in order.
        frequency_hz: packets per second.
        begin: first microsecond of the first packet, None for that of the first event; events
            before it belong to the first packet.
        last: number of packets, None to end with the events.
    """
    from faery_cli.compat.faery._arrays import concatenated

    held: list[np.ndarray] = []
    index = 0

    def edge(k: int) -> int:
        assert begin is not None
        return begin + round(k * 1e6 / frequency_hz)

    for packet in packets:
        if begin is None and len(packet):
            begin = int(packet["t"][0])
        while len(packet):
            # The running maximum moves no event ahead of those before it.
            t = np.maximum.accumulate(packet["t"].astype(np.int64))
            stop = int(np.searchsorted(t, edge(index + 1)))
            if stop:
                held.append(packet[:stop])
            packet = packet[stop:]
            if len(packet):
                yield concatenated(held)
                held = []
                index += 1
    if begin is None:
        return
    yield concatenated(held)
    for _ in range(index + 1, last or 0):
        yield np.empty(0, EVENTS_DTYPE)


def fed(packets: Arrays, filter: Any, size: tuple[int, int], *, whole: bool) -> Arrays:
    """Run a filter of `neuro_kernels`.

    Args:
        packets: what it is fed.
        filter: with `feed`, and perhaps `finish`.
        size: (width, height) of the sensor.
        whole: packets keep their meaning: what the filter holds back stays in its packet.
    """
    for packet in packets:
        parts = [filter.feed(as_packet(packet, size))]
        if whole and hasattr(filter, "finish"):
            parts.append(filter.finish())
        yield as_array(Events.concatenate(parts))
    if hasattr(filter, "finish"):
        rest = filter.finish()
        if len(rest):
            yield as_array(rest)


def hot_pixels(
    packets: Callable[[], Arrays], ratio: float, size: tuple[int, int], *, per_packet: bool
) -> Arrays:
    """Remove hot pixels, counted over everything (two passes) or over each packet.

    The result of counting over the packets of a file would depend on the file's buffering; a
    packet of a regular stream has a meaning of its own.
    """
    if per_packet:
        for packet in packets():
            yield as_array(filters.hot_pixels(as_packet(packet, size), ratio))
        return
    hot = filters.HotPixels(size, ratio)
    for packet in packets():
        hot.count(as_packet(packet, size))
    for packet in packets():
        yield as_array(hot.apply(as_packet(packet, size)))
