"""Events as text on standard output: one line `t,x,y,p` each, or any file format by name.

`-` writes text, `-?format=NAME` the bytes of that format.
"""

import sys
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np

from aestream_io.sinks.base import Sink, SinkReport
from aestream_io.uri import Uri
from neuro_kernels import Events

__all__ = ["TextSink", "event_lines", "from_uri"]

_COMMA, _NEWLINE, _ZERO = b",\n0"


def _digits(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Decimal digits (n, w) as ASCII of numbers from 0, and which of them are no leading zeros."""
    width = len(str(int(values.max())))
    digits = np.empty((len(values), width), np.uint8)
    rest = values.astype(np.uint64)
    for k in range(width - 1, -1, -1):
        rest, digits[:, k] = np.divmod(rest, np.uint64(10))
    shown = np.logical_or.accumulate(digits != 0, axis=1)
    shown[:, -1] = True
    return digits + np.uint8(_ZERO), shown


def event_lines(events: Events) -> bytes:
    r"""Write events as lines `t,x,y,p`.

    Args:
        events: any number.

    Returns:
        ASCII text; every line ends in a newline.

    Example:
        >>> event_lines(Events([7, 12], [0, 10], [3, 4], [1, 0], size=(20, 20)))
        b'7,0,3,1\n12,10,4,0\n'
    """
    if len(events) == 0:
        return b""
    if int(events.t.min()) < 0:
        columns = (c.tolist() for c in (events.t, events.x, events.y, events.p))
        return "".join(f"{t},{x},{y},{p}\n" for t, x, y, p in zip(*columns, strict=True)).encode()
    n = len(events)
    cells, shown = [], []
    for column, separator in (
        (events.t, _COMMA),
        (events.x, _COMMA),
        (events.y, _COMMA),
        (events.p, _NEWLINE),
    ):
        for cell, show in (_digits(column), (np.full((n, 1), separator, np.uint8), True)):
            cells.append(cell)
            shown.append(np.broadcast_to(show, cell.shape))
    return np.hstack(cells)[np.hstack(shown)].tobytes()


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
        self._file = _Counting(file)
        self._format = format
        self._options = options or {}
        self._writer = None
        self._events = 0

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
            self._file.write(event_lines(events))
        self._file.flush()
        self._events += len(events)

    def finish(self) -> SinkReport:
        """Write what the format still holds back and return the counts."""
        notes = self._writer.finish().notes if self._writer is not None else ()
        self._file.flush()
        return SinkReport(name=self.name, events=self._events, bytes=self._file.bytes, notes=notes)


class _Counting:
    """A binary file that counts; pipes cannot tell how far they are."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.bytes = 0

    def write(self, data: bytes) -> int:
        self._file.write(data)
        self.bytes += len(data)
        return len(data)

    def flush(self) -> None:
        self._file.flush()

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        return self.bytes


def from_uri(uri: Uri) -> TextSink:
    """Open `-` or `-?format=NAME&option=value`."""
    options = uri.options
    format = options.text("format")
    values = options.rest(but=("target", "size", "t0")) if format is not None else {}
    options.done()
    return TextSink(sys.stdout.buffer, format=format, options=values, name=uri.text)
