"""Sources of other packages, which need not know the class `Source`."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from aestream_io.sources.base import Source, StreamStats
from neuro_kernels import EventError, Events, as_events

__all__ = ["AdaptedSource", "as_source"]

_FIELDS = {f.name for f in fields(StreamStats)}


class AdaptedSource(Source):
    """Any iterable of event packets as a `Source`.

    Args:
        packets: yields `Events`, objects with an attribute `events`, or anything `as_events`
            takes. Its `close()` and `stats` (an object or mapping with names of `StreamStats`) are
            used where present.
        size: (width, height) of the sensor; None asks `packets.size`.
        name: what messages call the source.

    Raises:
        EventError: nobody knows the size.

    Example:
        >>> packet = Events([1, 2], [0, 1], [0, 0], [1, 1], size=(2, 2))
        >>> [len(frame) for frame in AdaptedSource([packet], size=(2, 2)).windows(count=1)]
        [1, 1]
    """

    def __init__(
        self, packets: Any, *, size: tuple[int, int] | None = None, name: str | None = None
    ) -> None:
        size = size or getattr(packets, "size", None)
        if not (isinstance(size, tuple) and len(size) == 2):
            raise EventError("source: the sensor's size is unknown; give size=(width, height)")
        super().__init__(
            size=size,
            t0=getattr(packets, "t0", None),
            name=name or str(getattr(packets, "name", type(packets).__name__)),
            live=bool(getattr(packets, "live", False)),
        )
        self._inner = packets

    def _packets(self) -> Iterator[Events]:
        for packet in self._inner:
            events = getattr(packet, "events", packet)
            if not isinstance(events, Events):
                events = as_events(events, size=self.size)
            yield events

    def _counts(self) -> Mapping[str, Any]:
        stats = getattr(self._inner, "stats", None)
        if stats is None:
            return {}
        if isinstance(stats, Mapping):
            return {name: stats[name] for name in _FIELDS & stats.keys()}
        return {name: getattr(stats, name) for name in _FIELDS if hasattr(stats, name)}

    def _close(self) -> None:
        close = getattr(self._inner, "close", None)
        if close is not None:
            close()


def as_source(obj: Any, *, size: tuple[int, int] | None = None, name: str | None = None) -> Source:
    """Return `obj` as a `Source`.

    Args:
        obj: a Source (returned as it is), Events, or any iterable of event packets.
        size: (width, height) of the sensor where `obj` does not know it.
        name: what messages call the source.

    Raises:
        EventError: nobody knows the size.

    Example:
        >>> as_source(Events([1], [0], [0], [1], size=(2, 2))).size
        (2, 2)
    """
    if isinstance(obj, Source):
        return obj
    name = name or ("events" if isinstance(obj, Events) else None)
    return AdaptedSource(obj, size=size, name=name)
