"""Events of a file, at once or as a stream."""

import os
from collections.abc import Sequence

import numpy as np

from aestream_io._read import read
from aestream_io.compat.aestream._stream import StreamInput
from aestream_io.compat.aestream._values import to_rows
from aestream_io.sources.base import Source
from aestream_io.sources.file import FileSource

__all__ = ["FileInput"]


class FileInput(StreamInput):
    """A recording in any format of this package.

    Args:
        filename: path of the file.
        shape: (width, height) of the frames, or (width, height, 2) with polarity last.
        device: where torch and JAX put the frames.
        ignore_time: stream as fast as possible instead of in the recording's own time.

    Raises:
        ValueError: there is no such file, or a shape that cannot be.
    """

    def __init__(
        self,
        filename: str | os.PathLike[str],
        shape: Sequence[int],
        device: str = "cpu",
        ignore_time: bool = False,
    ) -> None:
        super().__init__(shape, device, pace=None if ignore_time else 1.0)
        self.filename = os.fspath(filename)
        if not os.path.exists(self.filename):
            raise ValueError(f"{self.filename}: no such file; give the path of a recording")

    def open_source(self) -> Source:
        """Open the file as a stream."""
        # A file that tells its size keeps it: events outside `shape` are then counted as such.
        return FileSource(self.filename)

    def load(self) -> np.ndarray:
        """Read all events.

        Returns:
            (n,) structured: timestamp int64 us, x int16, y int16, polarity int8.

        Raises:
            EventError: the file cannot be read.
        """
        return to_rows(read(self.filename))

    def load_all(self) -> np.ndarray:
        """Read all events as the bytes of `load`, uint8 (1, 13 n)."""
        return self.load().view(np.uint8).reshape(1, -1)
