"""What all sources share: iteration, windows, frames, counts, closing.

To write a source, derive from `Source` and give it `_packets`, a generator of `Events`; add
`_close` if something must be released and `_counts` if something can be lost. Everything else
(windows, frames, statistics, `with`) is inherited:

    >>> from neuro_kernels import Events
    >>> class Blinking(Source):
    ...     def _packets(self):
    ...         for k in range(3):
    ...             yield Events([1000 * k], [5], [5], [k % 2], size=self.size)
    >>> with Blinking(size=(10, 10)) as source:
    ...     [len(events) for events in source.windows(duration_us=1500)]
    [2, 1]

A package makes its sources known by an entry point in the group `aestream_io.sources` whose name is
the scheme and whose object is called with the whole address, `factory("myscheme:target?a=b")`.
"""

import time
from collections.abc import Iterator
from typing import Any

from aestream_io import _fused
from aestream_io import frames as _frames
from aestream_io import windows as _windows
from aestream_io.sources._stream import Stream
from aestream_io.sources.stats import StreamStats
from neuro_kernels import EventError, Events

__all__ = ["Source", "StreamStats"]

IDLE_S = 0.01  # how long a live source may be silent before windows look at the clock


class Source(Stream):
    """A stream of events, read once, packet by packet.

    Packets are `Events` of any length of at least 1; where one ends means nothing. Iterating twice
    goes on where the first loop stopped.

    Args:
        size: (width, height) of the sensor in pixels.
        t0: absolute time of t = 0 in microseconds, or None.
        name: what messages call the source.
        live: whether it goes on until somebody stops it.
    """

    def windows(
        self,
        *,
        duration_us: int | None = None,
        count: int | None = None,
        start_us: int | None = None,
        by_clock: bool | None = None,
    ) -> Iterator[Events]:
        """Cut the stream into windows by time, by number of events, or by whichever comes first.

        Where the windows lie does not depend on the packets. A window holds the events of a
        half-open span [begin, begin + duration_us); the first begins at the first event, the next
        where the last one ended, and spans without events give empty windows. A window that is full
        by count ends with its last event, and the next one begins at that event's time. An event
        that comes late (its time lies before that of an earlier one) counts as simultaneous with
        the latest.

        Args:
            duration_us: length of a window in microseconds.
            count: most events in a window.
            start_us: where the first window begins; events before it are left out.
            by_clock: while a live source is silent, close windows by the clock of this machine
                instead of waiting for the next event; event time is taken to go on from the last
                event. None: yes for live sources, whose packets come as they happen.

        Returns:
            Iterator of Events, the last one as short as the stream leaves it.

        Raises:
            EventError: neither or values below 1.

        Example:
            >>> import aestream_io
            >>> with aestream_io.open("synth:noise?rate=1e6&duration=10ms&size=64x64") as source:
            ...     [len(events) for events in source.windows(count=4000)]
            [4000, 4000, 2000]
        """
        cut = self._spans(duration_us, count, start_us, by_clock)
        return (window.events for window in cut)

    def frames(
        self,
        *,
        duration_us: int | None = None,
        count: int | None = None,
        start_us: int | None = None,
        by_clock: bool | None = None,
        backend: str = "numpy",
        representation: str = "histogram",
        bins: int | None = None,
        tau_us: float | None = None,
        polarity: str | None = None,
        dtype: str = "float32",
    ) -> Iterator[Any]:
        """Make a dense array of the events in each window.

        | representation | array | meaning |
        |---|---|---|
        | "histogram" | (2, height, width) | number of events per polarity and pixel |
        | "binary" | (2, height, width) | 1 where there were events |
        | "voxel_grid" | (bins, height, width) | ON minus OFF, spread over bins in time |
        | "time_surface" | (2, height, width) | exp(-age / tau) of the latest event so far |
        | "stacked" | (bins, 2, height, width) | histograms of equal slices of the window |

        They are defined in `neuro_kernels.represent`. The axis of time of a voxel grid goes from
        the first to the last microsecond of the window; a time surface stands for its last one and
        remembers the windows before.

        Args:
            duration_us: see `windows`.
            count: see `windows`.
            start_us: see `windows`.
            by_clock: see `windows`.
            backend: "numpy", "torch" (the memory of the numpy array, not a copy) or "jax".
            representation: what the arrays hold, see above.
            bins: of "voxel_grid" and "stacked", 5 unless given.
            tau_us: time constant of "time_surface" in microseconds, 50 000 unless given.
            polarity: "split" (one channel each, [0] OFF and [1] ON), "merged", or "signed" (ON
                minus OFF); unless given split, for voxel grids signed.
            dtype: "float32", or "uint8" for histograms (counts end at 255; not signed) and marks.

        Returns:
            Iterator of fresh arrays.

        Raises:
            EventError: see `windows`; an unknown backend, or one that is not installed; an unknown
                representation, or an option that it does not have.

        Example:
            >>> import aestream_io
            >>> with aestream_io.open("synth:noise?rate=1e6&duration=10ms&size=64x48") as source:
            ...     frame = next(source.frames(count=5000))
            >>> frame.shape, int(frame.sum())
            ((2, 48, 64), 5000)
        """
        wishes: dict[str, Any] = {
            "representation": representation,
            "bins": bins,
            "tau_us": tau_us,
            "polarity": polarity,
            "dtype": dtype,
        }
        limits: dict[str, Any] = {"duration_us": duration_us, "count": count}
        fill = self._fill if self._iterator is None and not self.closed else None
        if fill is not None and not by_clock:
            # What cannot be asked for is told as for frames of windows.
            _frames.representation_of(**wishes)
            return _fused.fused_frames(
                fill,
                self.size,
                convert=_frames.to_backend(backend),
                start_us=start_us,
                **limits,
                **wishes,
            )
        cut = self._spans(duration_us, count, start_us, by_clock)
        return _frames.frames(cut, backend=backend, **wishes)

    def _spans(
        self,
        duration_us: int | None,
        count: int | None,
        start_us: int | None,
        by_clock: bool | None,
    ) -> Iterator[_windows.Window]:
        by_clock = self.live if by_clock is None else by_clock
        if by_clock:
            self._idle_s = IDLE_S
        return _windows.spans(
            self,
            duration_us=duration_us,
            count=count,
            start_us=start_us,
            clock=time.monotonic if by_clock else None,
        )

    def seek(self, t_us: int) -> None:
        """Go to a time of the recording: the next packets begin with its first event.

        Args:
            t_us: event time in microseconds; an event that comes late has the latest time so far.

        Raises:
            EventError: the source is no recording.
        """
        raise EventError(f"{self.name}: is no recording and cannot go to a time; read it in order")

    def between(self, begin_us: int, end_us: int) -> Iterator[Events]:
        """Go to a time and yield the packets from there up to another one.

        Args:
            begin_us: event time of the first events in microseconds.
            end_us: event time to end before.

        Returns:
            Iterator of Events with times in [begin_us, end_us).

        Raises:
            EventError: see `seek`.

        Example:
            >>> import tempfile, aestream_io
            >>> events = Events([10, 20, 30], [1, 2, 3], [3, 4, 5], [1, 0, 1], size=(64, 48))
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     _ = aestream_io.write(f"{folder}/three.raw", events)
            ...     with aestream_io.open(f"{folder}/three.raw") as source:
            ...         [part.t.tolist() for part in source.between(15, 30)]
            [[20]]
        """
        self.seek(begin_us)
        return _windows.until(self, end_us)
