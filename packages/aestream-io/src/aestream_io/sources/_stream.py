"""What a stream of packets is: iterated once, counted, closed."""

import abc
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from aestream_io import windows as _windows
from aestream_io.sources.stats import StreamStats
from neuro_kernels import EventError, Events
from neuro_kernels.codecs import EventBuffer

__all__ = ["Stream"]


class Stream(abc.ABC):
    """Packets of events that can be read once, what is counted of them, and their end.

    Args:
        size: (width, height) of the sensor in pixels.
        t0: absolute time of t = 0 in microseconds, or None.
        name: what messages call the source.
        live: whether it goes on until somebody stops it.
    """

    def __init__(
        self,
        *,
        size: tuple[int, int],
        t0: int | None = None,
        name: str = "source",
        live: bool = False,
    ) -> None:
        self.size = size
        self.t0 = t0
        self.name = name
        self.live = live
        self.closed = False
        self._carried: dict[str, Any] = {
            "events": 0,
            "packets": 0,
            "first_t_us": None,
            "last_t_us": None,
            "elapsed_s": 0.0,
        }
        self._started_s = 0.0
        self._iterator: Iterator[Events] | None = None
        # A live source yields an empty packet after waiting this long for events; None: never.
        self._idle_s: float | None = None

    @abc.abstractmethod
    def _packets(self) -> Iterator[Events]:
        """Yield the events, and where `_idle_s` is set an empty packet after so long a silence.

        Empty packets are handed on only where they were asked for. Called once.
        """

    # Sources that decode bytes may set this to a function that decodes the next events into a
    # buffer and notes them with `_count`: frames are then written without `Events` in between.
    _fill: Callable[[EventBuffer], Iterator[None]] | None = None

    def _close(self) -> None:  # noqa: B027 (a hook)
        """Release what is open; called once. A waiting `_packets` should end."""

    def _counts(self) -> Mapping[str, Any]:
        """Fields of `StreamStats` that this source knows better, by name."""
        return {}

    def __iter__(self) -> Iterator[Events]:
        """Yield the packets that are left."""
        if self._iterator is None:
            if self.closed:
                raise EventError(f"{self.name}: the source is closed; open it again to read it")
            self._iterator = self._counted()
        return self._iterator

    def _counted(self) -> Iterator[Events]:
        self._started_s = time.perf_counter()
        for events in self._packets():
            if len(events) == 0:
                if self._idle_s is not None:
                    yield events
                continue
            self._count(len(events), *_windows.time_range(events))
            yield events
            if self.closed:
                return

    def _count(self, n: int, first_us: int, last_us: int) -> None:
        """Take note of a packet of events."""
        carried = self._carried
        carried["events"] += n
        carried["packets"] += 1
        if carried["first_t_us"] is None:
            carried["first_t_us"] = first_us
        latest = carried["last_t_us"]
        carried["last_t_us"] = last_us if latest is None or last_us > latest else latest
        carried["elapsed_s"] = time.perf_counter() - self._started_s

    @property
    def stats(self) -> StreamStats:
        """What has been carried and lost so far."""
        return StreamStats(**{**self._carried, **self._counts()})

    def close(self) -> None:
        """End the stream and release what it holds; safe more than once."""
        if not self.closed:
            self.closed = True
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed, " if self.closed else ""
        return (
            f"<{type(self).__name__} {self.name} {self.size[0]}x{self.size[1]}, "
            f"{state}{self.stats.summary()}>"
        )
