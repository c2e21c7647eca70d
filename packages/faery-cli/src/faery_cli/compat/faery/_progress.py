"""Reports of how far a stream has come."""

from collections.abc import Callable, Iterator
from typing import Any

from faery_cli.compat.faery import events_stream_state as events_state
from faery_cli.compat.faery import frame_stream_state as frame_state
from faery_cli.compat.faery import stream as base
from faery_cli.compat.faery.timestamp import Time

__all__ = ["watched"]


def _maker(stream: Any, module: Any, kind: str) -> Callable[..., Any]:
    finite, regular = isinstance(stream, base.FiniteStream), isinstance(stream, base.RegularStream)
    name = ("Finite" if finite else "") + ("Regular" if regular else "") + kind
    made = getattr(module, name)
    fixed: list[Any] = []
    begin = end = 0
    if finite:
        time_range = stream.time_range()
        begin, end = (time.microseconds for time in time_range)
        fixed.append(time_range)
    if regular:
        fixed.append(stream.frequency_hz())

    def make(item: Any, t: int | None) -> Any:
        values = [item, *fixed]
        if finite:
            part = (0.0 if item == "start" else 1.0) if t is None else (t - begin) / (end - begin)
            values.append(min(1.0, max(0.0, part)))
            if regular:
                values.append(base.item_count(stream))
        return made(*values)

    return make


def watched(stream: Any, on_progress: Callable[[Any], None] | None) -> Iterator[Any]:
    """Give the items of a stream and report the start, each item, and the end."""
    if on_progress is None:
        yield from stream
        return
    frames = hasattr(stream, "add_timecode")
    module, kind = (frame_state, "FrameStreamState") if frames else (events_state, "")
    make = _maker(stream, module, kind or "EventsStreamState")
    on_progress(make("start", None))
    for index, item in enumerate(stream):
        if frames:
            on_progress(make(frame_state.FrameState(index, item.t), item.t.microseconds))
        else:
            span = None
            if len(item):
                span = Time(int(item["t"][0])), Time(int(item["t"][-1]) + 1)
            state = events_state.PacketState(index, span)
            on_progress(make(state, span[1].microseconds if span is not None else 0))
        yield item
    on_progress(make("end", None))
