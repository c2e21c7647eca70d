"""Events by the moment: of a recording, which can be gone back in, or live."""

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from faery_cli.stream import Stream
    from neuro_kernels import Events

__all__ = ["Feed", "LiveFeed", "RecordedFeed", "make_feed"]

CURVE_BINS = 600
LIVE_EVENTS = 4_000_000  # that wait for a page before the oldest are dropped


class Feed(Protocol):
    """Gives events up to a moment."""

    def hello(self) -> dict[str, Any]:
        """Say what the page must know: size, whether live, begin, duration, rate curve."""
        ...

    def take(self, until_us: int) -> "list[Events]":
        """Give the events before a moment that were not given yet."""
        ...

    def seek(self, t_us: int) -> None:
        """Go on from a moment."""
        ...

    def close(self) -> None:
        """Stop reading."""
        ...


class RecordedFeed:
    """Reads a stream again from its beginning when it must go back.

    Args:
        stream: of events that end and can be read again.
    """

    def __init__(self, stream: "Stream") -> None:
        from faery_cli.pictures.rate import RateCounter

        self._stream = stream
        counter = RateCounter()
        self.events = 0
        first: int | None = None
        last = 0
        with stream.run() as run:
            self.size = run.shape.size
            for item in run:
                if len(item.events):
                    counter.add(item.events)
                    self.events += len(item.events)
                    first = int(item.events.t[0]) if first is None else first
                    last = max(last, int(item.events.t.max()))
        self.begin_us = first or 0
        self.end_us = last + 1
        self._curve = counter.curve(bins=CURVE_BINS)
        self._run: Any = None
        self.seek(self.begin_us)

    def hello(self) -> dict[str, Any]:
        """Say what the page must know."""
        return {
            "name": self._stream.source.name,
            "width": self.size[0],
            "height": self.size[1],
            "live": False,
            "begin_us": self.begin_us,
            "end_us": self.end_us,
            "events": self.events,
            "curve": self._curve.rate().round(1).tolist(),
            "bin_us": self._curve.bin_us,
        }

    def seek(self, t_us: int) -> None:
        """Go on from a moment."""
        self.close()
        self._run = self._stream.run()
        self._items = iter(self._run)
        self._held: Events | None = None
        self._from = t_us

    def close(self) -> None:
        """Stop reading."""
        if self._run is not None:
            self._run.__exit__(None, None, None)
            self._run = None

    def take(self, until_us: int) -> "list[Events]":
        """Give the events before a moment that were not given yet."""
        import numpy as np

        taken: list[Events] = []
        while True:
            if self._held is None or not len(self._held):
                item = next(self._items, None)
                if item is None:
                    self._held = None
                    return taken
                # What lies before the moment gone to is left out whole.
                past = len(item.events) and int(item.events.t[-1]) < self._from
                self._held = None if past else item.events
                continue
            held = self._held
            t = held.t if held.is_sorted else np.maximum.accumulate(held.t)
            stop = int(np.searchsorted(t, until_us))
            start = int(np.searchsorted(t, self._from))
            if stop > start:
                taken.append(held[start:stop])
            self._held = held[stop:]
            if stop < len(held):
                return taken


class LiveFeed:
    """Takes events off a stream as they come, on a thread of its own.

    Args:
        stream: of events.
    """

    def __init__(self, stream: "Stream") -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._waiting: deque[Events] = deque()
        self._count = 0
        self._closed = False
        self.dropped = 0
        self.last_us = 0
        self._run = stream.run()
        self.size = self._run.shape.size
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for item in self._run:
            if self._closed:
                return
            if not len(item.events):
                continue
            with self._lock:
                self._waiting.append(item.events)
                self._count += len(item.events)
                self.last_us = int(item.events.t[-1])
                while self._count > LIVE_EVENTS and len(self._waiting) > 1:
                    old = self._waiting.popleft()
                    self._count -= len(old)
                    self.dropped += len(old)

    def hello(self) -> dict[str, Any]:
        """Say what the page must know."""
        return {
            "name": self._stream.source.name,
            "width": self.size[0],
            "height": self.size[1],
            "live": True,
            "begin_us": 0,
            "end_us": 0,
            "events": 0,
            "curve": [],
            "bin_us": 0,
        }

    def take(self, until_us: int) -> "list[Events]":
        """Give what has come; the moment does not matter."""
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
            self._count = 0
        return taken

    def seek(self, t_us: int) -> None:
        """Nothing can be had again; forget what waits."""
        self.take(t_us)

    def close(self) -> None:
        """Stop reading."""
        self._closed = True
        self._run.__exit__(None, None, None)


def make_feed(stream: "Stream") -> Feed:
    """Make the feed that suits a stream."""
    if stream.source.name.startswith("synth:"):
        stream = stream.pace(1.0)  # made as fast as it is read, unlike what a sensor gives
    if stream.source.live or not stream.source.again or not stream.shape.finite:
        return LiveFeed(stream)
    return RecordedFeed(stream)
