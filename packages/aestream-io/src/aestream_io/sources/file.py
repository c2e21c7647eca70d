"""Events from files and standard input: `PATH?format=evt3&size=640x480`, `file:PATH`, `-`.

A file is read in constant memory. Options:

- `format`: name of the format, for files that do not tell it themselves
- `size`: the sensor, for files that do not tell it or tell it wrong
- `strict`: yes refuses damaged data instead of warning once at the end
- `packet`: bytes of the file that are decoded at once
- `start`, `end`: event times between which it is read, such as 1s and 1.5s

and the options of the format itself.
"""

import functools
import os
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from aestream_io._errors import EventDataWarning, EventError
from aestream_io._open import open_reader
from aestream_io.sources.base import Source
from aestream_io.uri import parse_uri
from aestream_io.windows import since, until
from neuro_kernels import Events
from neuro_kernels.codecs import EventBuffer

__all__ = ["FileSource", "from_uri"]

PACKET_BYTES = 1 << 18


class FileSource(Source):
    """Events of a recording, packet by packet in constant memory.

    Args:
        file: path, or an open binary file or pipe.
        format: name of the format; None: found from the first bytes, then from the file name.
        size: (width, height) of the sensor that overrules what the file says.
        strict: raise where data had to be skipped, instead of warning once at the end.
        packet_bytes: bytes of the file that make one packet.
        start_us: event time in microseconds to begin at, None for the beginning.
        end_us: event time in microseconds to end before, None for the end.
        name: what messages call the source.
        options: options of the format, by name.

    Raises:
        EventError: no such file, an empty one, an unknown format or option, a damaged header.

    Example:
        >>> import tempfile, aestream_io
        >>> events = Events([10, 20], [1, 2], [3, 4], [1, 0], size=(64, 48))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = aestream_io.write(f"{folder}/two.raw", events)
        ...     with FileSource(f"{folder}/two.raw") as source:
        ...         list(source) == [events]
        True
    """

    def __init__(
        self,
        file: str | os.PathLike[str] | BinaryIO,
        *,
        format: str | None = None,
        size: tuple[int, int] | None = None,
        strict: bool = False,
        packet_bytes: int = PACKET_BYTES,
        start_us: int | None = None,
        end_us: int | None = None,
        name: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self._file = file
        self._reopen = functools.partial(
            open_reader, format=format, size=size, packet_bytes=packet_bytes, **(options or {})
        )
        self._reader = self._reopen(file)
        header = self._reader.header
        name = name or (os.fspath(file) if isinstance(file, str | os.PathLike) else "stream")
        if header.size is None:
            self._reader.close()
            raise EventError(
                f"{name}: nothing tells the sensor's size; give size=(width, height), in an "
                "address ?size=WIDTHxHEIGHT"
            )
        super().__init__(size=header.size, t0=header.t0, name=name)
        self._strict = strict
        self._from_us: int | None = None
        self._until_us = end_us
        if self._reader.can_fill and end_us is None:
            self._fill = self._decode_into
        if start_us is not None:
            self.seek(start_us)

    def seek(self, t_us: int) -> None:
        """Go to a time of the recording: the next packets begin with its first event.

        Marks are left on the way, so that going back, or to a time that was passed, is fast.

        Args:
            t_us: event time in microseconds; an event that comes late has the latest time so far.

        Raises:
            EventError: a pipe, which can be read once; or the source is closed.
        """
        if self.closed:
            raise EventError(f"{self.name}: the source is closed; open it again to read it")
        if self._reader.can_seek:
            self._reader.seek(int(t_us))
        elif isinstance(self._file, str | os.PathLike) and os.path.isfile(self._file):
            self._reader.close()
            self._reader = self._reopen(self._file)
        else:
            raise EventError(f"{self.name}: is a pipe and cannot go to a time; read it in order")
        self._from_us = int(t_us)
        self._fill = None
        self._iterator = None

    def _decode_into(self, buffer: EventBuffer) -> Iterator[None]:
        self._started_s = time.perf_counter()
        for _ in self._reader.fill(buffer):
            self._count(buffer.n, *buffer.time_range())
            yield
        self._judge()

    def _packets(self) -> Iterator[Events]:
        packets: Iterator[Events] = iter(self._reader)
        if self._from_us is not None:
            packets = since(packets, self._from_us)
        if self._until_us is not None:
            packets = until(packets, self._until_us)
        yield from packets
        self._judge()

    def _judge(self) -> None:
        report = self._reader.report
        if not report.ok:
            message = f"{self.name}: {report.summary()}"
            if self._strict:
                raise EventError(message)
            warnings.warn(EventDataWarning(message), stacklevel=5)

    def _counts(self) -> Mapping[str, Any]:
        report = self._reader.report
        by_kind = {problem.kind: problem.count for problem in report.problems}
        return {
            "bytes": report.bytes_read,
            "out_of_range": by_kind.pop("out_of_range", 0),
            "malformed": sum(by_kind.values()),
            "details": {"bytes_skipped": report.bytes_skipped, **by_kind},
        }

    def _close(self) -> None:
        self._reader.close()


def from_uri(uri: str | os.PathLike[str]) -> FileSource:
    """Open `PATH?format=…&size=…&strict=…&packet=…&start=…&end=…`, or `-` for standard input.

    Args:
        uri: the address, or the path itself.

    Raises:
        UriError: an option that makes no sense.
        EventError: see `FileSource`.
    """
    parsed = parse_uri(uri)
    options = parsed.options
    known = {
        "format": options.text("format"),
        "size": options.size("size"),
        "strict": options.flag("strict", False),
        "packet_bytes": max(options.bytes("packet", PACKET_BYTES), 1),
        "start_us": options.duration_us("start"),
        "end_us": options.duration_us("end"),
    }
    file: Any = parsed.target
    name = parsed.target
    if parsed.scheme == "-":
        file, name = sys.stdin.buffer, "standard input"
    of_format = options.rest(but=("source", "packet_bytes", "extras", "measure"))
    options.done()
    return FileSource(file, name=name, options=of_format, **known)
