"""The iterators of AEStream's API proposal: parts of a stream by number, by time, or both."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from aestream_io.compat.aestream._frame import Frame
from aestream_io.compat.aestream._values import Backend, backend_of, hand_over, to_rows
from aestream_io.windows import windows
from neuro_kernels import Events

if TYPE_CHECKING:
    from aestream_io.compat.aestream._stream import StreamInput

__all__ = ["EventIterator", "FrameIterator"]


class EventIterator:
    """Parts of a stream as structured arrays; it can be iterated again where the input can.

    Args:
        input: any input of this module.
        n_events: most events in one part.
        interval: length of a part in microseconds of event time; both: whichever comes first;
            neither: one part with everything.

    Example:
        >>> import tempfile, aestream_io
        >>> from aestream_io.compat.aestream import FileInput
        >>> sample = aestream_io.Events([5, 9, 12], [1, 2, 3], [4, 4, 4], [1, 0, 1], size=(8, 8))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = aestream_io.write(f"{folder}/sample.dat", sample)
        ...     parts = EventIterator(FileInput(f"{folder}/sample.dat", (8, 8)), interval=5)
        ...     [part["timestamp"].tolist() for part in parts]
        [[5, 9], [12]]
    """

    def __init__(
        self,
        input: "StreamInput",
        *,
        n_events: int | None = None,
        interval: int | None = None,
    ) -> None:
        self._input = input
        self._n_events = n_events
        self._interval = interval

    def _parts(self) -> Iterator[Events]:
        with contextlib.closing(self._input.open_source()) as source:
            if self._n_events is None and self._interval is None:
                yield Events.concatenate([Events.empty(source.size), *source])
            else:
                yield from windows(source, count=self._n_events, duration_us=self._interval)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (to_rows(part) for part in self._parts())


class FrameIterator(EventIterator):
    """Parts of a stream as frames in the shape of the input.

    Args:
        input: any input of this module.
        n_events: most events in one frame.
        interval: length of a frame in microseconds of event time.
        backend: who takes the frames.

    Example:
        >>> import tempfile, aestream_io
        >>> from aestream_io.compat.aestream import FileInput
        >>> sample = aestream_io.Events([5, 9, 12], [1, 2, 3], [4, 4, 4], [1, 0, 1], size=(8, 8))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = aestream_io.write(f"{folder}/sample.dat", sample)
        ...     frames = FrameIterator(FileInput(f"{folder}/sample.dat", (8, 8)), n_events=2)
        ...     [(frame.shape, int(frame.sum())) for frame in frames]
        [((8, 8), 2), ((8, 8), 1)]
    """

    def __init__(
        self,
        input: "StreamInput",
        *,
        n_events: int | None = None,
        interval: int | None = None,
        backend: Backend | str = Backend.Numpy,
    ) -> None:
        super().__init__(input, n_events=n_events, interval=interval)
        self._backend = backend_of(backend)

    def __iter__(self) -> Iterator[Any]:
        for part in self._parts():
            frame = Frame(self._input.shape)
            frame.add(part)
            yield hand_over(frame.array, self._backend, self._input.device)
