"""Events as text on standard output: one line `t,x,y,p` each, or any file format by name.

`-` writes text, `-?format=NAME` the bytes of that format.
"""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

from aestream_io.sinks.base import Sink, SinkReport
from aestream_io.uri import Uri
from neuro_kernels import Events
from neuro_kernels.stream import encode_message

if TYPE_CHECKING:
    from aestream_io._file_writer import FileWriter

__all__ = ["TextSink", "from_uri"]


class TextSink(Sink):
    """Writes events to an open binary file, as text lines or in a file format.

    Args:
        file: written to and flushed, not closed.
        format: None for lines `t,x,y,p`, or the name of a file format.
        options: options of the format.
        name: what messages call the sink.

    Raises:
        EventError: an unknown format.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> sink = TextSink(file)
        >>> sink.write(Events([7], [1], [2], [1], size=(4, 4)))
        >>> sink.finish().bytes, file.getvalue()
        (8, b'7,1,2,1\\n')
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        format: str | None = None,
        options: Mapping[str, str] | None = None,
        name: str = "-",
    ) -> None:
        super().__init__(name=name)
        self._file = file
        self._format = format
        self._options = options or {}
        self._writer: FileWriter | None = None
        self._events = 0
        self._bytes = 0

    def start(self, size: tuple[int, int], t0: int | None) -> None:
        """Write the header where the format has one."""
        if self._format is not None:
            from aestream_io._write import open_writer

            self._writer = open_writer(
                self._file, size=size, t0=t0, format=self._format, **self._options
            )

    def write(self, events: Events) -> None:
        """Write the events and hand them on at once."""
        if self._writer is not None:
            self._writer.feed(events)
        else:
            text = encode_message(events, format="text")
            self._file.write(text)
            self._bytes += len(text)
        self._file.flush()
        self._events += len(events)

    def finish(self) -> SinkReport:
        """Write what the format still holds back and return the counts."""
        notes: tuple[str, ...] = ()
        if self._writer is not None:
            report = self._writer.finish()
            self._bytes, notes = report.bytes, report.notes
        self._file.flush()
        return SinkReport(name=self.name, events=self._events, bytes=self._bytes, notes=notes)


def from_uri(uri: Uri) -> TextSink:
    """Open `-` or `-?format=NAME&option=value`."""
    options = uri.options
    format = options.text("format")
    values = options.rest(but=("target", "size", "t0")) if format is not None else {}
    options.done()
    return TextSink(sys.stdout.buffer, format=format, options=values, name=uri.text)
