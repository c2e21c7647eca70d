"""Events into files: `PATH?format=evt3`, `file:PATH`; the ending chooses the format.

The file appears under its name when it is complete. Options are those of the format.
"""

import os
from collections.abc import Mapping
from typing import Any

from aestream_io._file_writer import FileWriter
from aestream_io._write import open_writer
from aestream_io.sinks.base import Sink, SinkReport
from aestream_io.uri import Uri
from neuro_kernels import Events

__all__ = ["FileSink", "from_uri"]


class FileSink(Sink):
    """Writes a recording, complete or not at all.

    Args:
        path: the file; its ending chooses the format, `.gz` behind it compresses.
        format: name of the format, whatever the ending.
        options: options of the format, by name.

    Example:
        >>> import tempfile, aestream_io
        >>> events = Events([10, 20], [1, 2], [3, 4], [1, 0], size=(64, 48))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     report = aestream_io.route(events, f"{folder}/two.es")
        ...     aestream_io.read(f"{folder}/two.es") == events
        True
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        format: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(name=os.fspath(path))
        self._format = format
        self._options = options or {}
        self._writer: FileWriter | None = None

    def start(self, size: tuple[int, int], t0: int | None) -> None:
        """Open the file under a temporary name."""
        self._writer = open_writer(
            self.name, size=size, format=self._format, t0=t0, **self._options
        )

    def write(self, events: Events) -> None:
        """Encode events."""
        assert self._writer is not None, "start comes before write"
        self._writer.feed(events)

    def finish(self) -> SinkReport:
        """Complete the file and give it its name."""
        assert self._writer is not None, "start comes before finish"
        report = self._writer.finish()
        return SinkReport(
            name=self.name, events=report.events, bytes=report.bytes, notes=report.notes
        )

    def abort(self) -> None:
        """Leave no file behind."""
        if self._writer is not None:
            self._writer.abort()


def from_uri(uri: Uri) -> FileSink:
    """Open `PATH?format=…&option=…`."""
    options = uri.options
    format = options.text("format")
    of_format = options.rest(but=("target", "size", "t0"))
    options.done()
    return FileSink(uri.target, format=format, options=of_format)
