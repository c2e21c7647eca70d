"""AEStream's Python interface: change `import aestream` to this module and existing code runs.

Names, arguments and results are those of AEStream 0.6: inputs accumulate events into one frame of
the shape given, `read` hands it over and starts again, `load` gives all events of a file. What
differs is meant:

- all formats of `aestream_io` can be opened, and timestamps are right;
- a file plays in its own time, as AEStream documents it; `ignore_time=True` plays it at once;
- events outside `shape` are counted in `stream.out_of_range` and never written beside the frame;
- the end of a file is not lost: `is_streaming()` stays True until a program that reads has read it;
- names of backends may be written in any case: "torch", "Torch" and `Backend.Torch` are the same;
- a third axis of length 2 in `shape` keeps the polarity: [..., 0] OFF and [..., 1] ON.

The iterators that AEStream's API proposal describes are there too: `EventIterator`,
`FrameIterator`, and the methods `events`, `frames`, `get_events`, `get_frame` of every input.

>>> import tempfile, aestream_io
>>> from aestream_io.compat.aestream import FileInput
>>> sample = aestream_io.Events([5, 9], [1, 2], [3, 4], [1, 0], size=(64, 48))
>>> folder = tempfile.TemporaryDirectory()
>>> _ = aestream_io.write(f"{folder.name}/sample.dat", sample)
>>> FileInput(f"{folder.name}/sample.dat", (64, 48)).load()["timestamp"]
array([5, 9])
>>> total = 0
>>> with FileInput(f"{folder.name}/sample.dat", (64, 48)) as stream:
...     while stream.is_streaming():
...         total += stream.read().sum()
>>> int(total)
2
>>> folder.cleanup()
"""

from aestream_io.compat.aestream import _genn as genn
from aestream_io.compat.aestream._files import FileInput
from aestream_io.compat.aestream._iterators import EventIterator, FrameIterator
from aestream_io.compat.aestream._live import SpeckInput, UDPInput, USBInput, ZMQInput
from aestream_io.compat.aestream._values import (
    NUMPY_EVENT_DTYPE,
    Backend,
    BufferPointer,
    Camera,
    Event,
    drivers,
)

__all__ = [
    "NUMPY_EVENT_DTYPE",
    "Backend",
    "BufferPointer",
    "Camera",
    "Event",
    "EventIterator",
    "FileInput",
    "FrameIterator",
    "SpeckInput",
    "UDPInput",
    "USBInput",
    "ZMQInput",
    "drivers",
    "genn",
]


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version

        return version("aestream-io")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
