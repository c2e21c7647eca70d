"""What all of AEStream's inputs share: a thread that accumulates events into a frame."""

import abc
import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np

from aestream_io.compat.aestream._frame import Frame, check_shape
from aestream_io.compat.aestream._iterators import EventIterator, FrameIterator
from aestream_io.compat.aestream._values import Backend, BufferPointer, Event, backend_of, hand_over
from aestream_io.routing import paced
from aestream_io.sources.base import Source
from neuro_kernels import Events

__all__ = ["StreamInput"]

# How long an ended stream counts as streaming while its last events are not read.
_GRACE_S = 1.0


class StreamInput(abc.ABC):
    """An input in AEStream's manner.

    Args:
        shape: (width, height) of the frames, or (width, height, 2) with polarity last.
        device: where torch and JAX put the frames.
        pace: event time per wall time, None for as fast as events come.

    Raises:
        ValueError: a shape that cannot be.
    """

    def __init__(
        self, shape: Sequence[int], device: str = "cpu", *, pace: float | None = None
    ) -> None:
        self.shape = check_shape(shape)
        self.device = str(device)
        self._pace = pace
        self._lock = threading.Lock()
        self._frame = Frame(self.shape)
        self._out_of_range = 0  # of the frames that have been read
        self._thread: threading.Thread | None = None
        self._source: Source | None = None
        self._stop = threading.Event()
        self._ended_s: float | None = None
        self._error: BaseException | None = None

    @abc.abstractmethod
    def open_source(self) -> Source:
        """Open what is read, once per stream."""

    @property
    def out_of_range(self) -> int:
        """Events outside the shape so far, left out."""
        return self._out_of_range + self._frame.out_of_range

    # Streaming

    def start_stream(self) -> Self:
        """Begin to accumulate events on a thread of its own."""
        if self._thread is not None and self._thread.is_alive():
            return self
        self._source = self.open_source()
        self._stop.clear()
        self._ended_s, self._error = None, None
        self._thread = threading.Thread(
            target=self._accumulate, args=(self._source,), name="events", daemon=True
        )
        self._thread.start()
        return self

    def stop_stream(self, *_: Any) -> bool:
        """End the stream; events not yet read stay in the frame.

        Returns:
            False, so that an exception of a `with` block goes on.
        """
        self._stop.set()
        if self._source is not None and self._source.live:
            self._source.close()  # wakes the thread where it waits
        if self._thread is not None:
            self._thread.join()
        if self._source is not None:
            self._source.close()
        self._thread = None
        return False

    def __enter__(self) -> Self:
        return self.start_stream()

    def __exit__(self, *exc: Any) -> None:
        self.stop_stream(*exc)

    def is_streaming(self) -> bool:
        """Tell whether events may still come, or wait to be read.

        An ended stream still says so for up to a second while its last events are not read: a loop
        of `is_streaming` and `read` gets every event, and one that only waits ends as well.
        """
        if self._thread is None:
            return self._ended_s is None  # not begun: True, as in AEStream
        if self._thread.is_alive():
            return True
        ended_s = self._ended_s if self._ended_s is not None else 0.0
        return self._frame.events > 0 and time.monotonic() - ended_s < _GRACE_S

    def _accumulate(self, source: Source) -> None:
        try:
            packets: Iterator[Events] = iter(source)
            if self._pace is not None:
                packets = paced(packets, self._pace, _Interruptible(self._stop))
            for events in packets:
                if self._stop.is_set():
                    return
                with self._lock:
                    self._frame.add(events)
        except BaseException as error:
            # Closing a source while it is read may end in an error: that is how it ends.
            if not self._stop.is_set():
                self._error = error
        finally:
            self._ended_s = time.monotonic()

    # Reading

    def _take(self) -> np.ndarray:
        fresh = Frame(self.shape)
        with self._lock:
            frame, self._frame = self._frame, fresh
            self._out_of_range += frame.out_of_range
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return frame.array

    def read_buffer(self) -> BufferPointer:
        """Take the frame of the events since the last call, and begin an empty one."""
        return BufferPointer(self._take(), self.device)

    def read(self, backend: Backend | str = Backend.Numpy, population: Any = None) -> Any:
        """Take the frame of the events since the last call, and begin an empty one.

        Args:
            backend: who takes it: `Backend.Numpy`, `Torch`, `Jax`, `GeNN`, or the name.
            population: of GeNN: the input population that `genn.add_input` has made.

        Returns:
            float32 of the shape of the input, [x, y] = number of events.

        Raises:
            AttributeError: an unknown backend.
            EventError: what went wrong in the thread that reads events, once.
        """
        kind = backend_of(backend)
        if kind is Backend.GeNN:
            view = population.extra_global_params["input"].view
            self.read_genn(view)
            population.push_extra_global_param_to_device("input")
            return view
        return hand_over(self._take(), kind, self.device)

    def read_genn(self, words: np.ndarray) -> None:
        """Set one bit per pixel with events since the last call; pixel (x, y) is y * width + x.

        Args:
            words: uint32, at least width * height / 32 of them; overwritten.
        """
        frame = self._take()
        fired = (frame if frame.ndim == 2 else frame.sum(axis=-1)).T.ravel() > 0
        bits = np.packbits(fired, bitorder="little")
        whole = np.zeros(words.nbytes, np.uint8)
        whole[: len(bits)] = bits
        words[...] = whole.view("<u4")

    # The iterators of AEStream's API proposal

    def __iter__(self) -> Iterator[Event]:
        """Yield the events one by one."""
        with contextlib.closing(self.open_source()) as source:
            for events in source:
                columns = (events.t.tolist(), events.x.tolist(), events.y.tolist())
                for t, x, y, p in zip(*columns, (events.p != 0).tolist(), strict=True):
                    yield Event(t, x, y, p)

    def get_events(
        self, *, n_events: int | None = None, interval: int | None = None
    ) -> np.ndarray | list[np.ndarray]:
        """Read events: all as one structured array, or a list of parts, see `EventIterator`."""
        parts = list(EventIterator(self, n_events=n_events, interval=interval))
        return parts[0] if n_events is None and interval is None else parts

    def get_frame(self, *, backend: Backend | str = Backend.Numpy) -> Any:
        """Read all events as one frame."""
        return next(iter(FrameIterator(self, backend=backend)))

    def get_frames(
        self,
        *,
        n_events: int | None = None,
        interval: int | None = None,
        backend: Backend | str = Backend.Numpy,
    ) -> Any:
        """Read all frames at once, stacked along a first axis, see `FrameIterator`."""
        kind = backend_of(backend)
        frames = list(FrameIterator(self, n_events=n_events, interval=interval))
        stacked = np.stack(frames) if frames else np.empty((0, *self.shape), np.float32)
        return hand_over(stacked, kind, self.device)

    def events(self, *, n_events: int | None = None, interval: int | None = None) -> EventIterator:
        """Iterate over structured arrays of events, see `EventIterator`."""
        return EventIterator(self, n_events=n_events, interval=interval)

    def frames(
        self,
        *,
        n_events: int | None = None,
        interval: int | None = None,
        backend: Backend | str = Backend.Numpy,
    ) -> FrameIterator:
        """Iterate over frames, see `FrameIterator`."""
        return FrameIterator(self, n_events=n_events, interval=interval, backend=backend)


class _Interruptible:
    """A clock whose sleep ends when the stream does."""

    monotonic = staticmethod(time.monotonic)

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def sleep(self, seconds: float, /) -> None:
        self._stop.wait(seconds)
