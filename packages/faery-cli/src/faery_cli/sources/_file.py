"""Recordings in files, and what comes through the standard input."""

import os
import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from faery_cli.operation import Packet
from faery_cli.sources._ahead import read_ahead
from faery_cli.sources._base import input_error

if TYPE_CHECKING:
    from neuro_kernels import Events

__all__ = ["FileSource"]

# Of a shorter file there is nothing worth decoding while earlier events are worked on.
LEAST_AHEAD_BYTES = 1 << 20


class FileSource:
    """A recording in a file, or what comes through the standard input.

    Args:
        path: its name, "-" for the standard input.
        format: name of the format, or None to go by the content.
        size: (width, height) that overrules the file's, or None.
    """

    finite = True
    live = False

    def __init__(
        self, path: str, *, format: str | None = None, size: tuple[int, int] | None = None
    ) -> None:
        self.path = path
        self.name = "standard input" if path == "-" else path
        self.again = path != "-" and os.path.isfile(path)
        self._format, self._size = format, size

    def open(self) -> "_OpenFile":
        """Open it.

        Raises:
            InputError: it is missing, or of no known format.
        """
        import aestream_io

        try:
            source = sys.stdin.buffer if self.path == "-" else self.path
            reader = aestream_io.open_reader(source, format=self._format, size=self._size)
        except (OSError, aestream_io.EventError) as error:
            raise input_error(self.name, error) from error
        return _OpenFile(self.name, reader, os.path.getsize(self.path) if self.again else None)


class _OpenFile:
    def __init__(self, name: str, reader: Any, length: int | None) -> None:
        self._name = name
        self._reader = reader
        self._length = length
        self._report = reader.report  # of the packets that were given
        self._packets: Generator[tuple[Events, Any]] | None = None

    @property
    def size(self) -> tuple[int, int]:
        return self._reader.header.size

    @property
    def header(self) -> Any:
        return self._reader.header

    @property
    def report(self) -> Any:
        return self._report

    def __enter__(self) -> "_OpenFile":
        return self

    def __exit__(self, *_: Any) -> None:
        if self._packets is not None:
            self._packets.close()
        self._reader.close()

    def _decode(self) -> "Generator[tuple[Events, Any]]":
        for events in self._reader:
            yield events, self._reader.report

    def __iter__(self) -> Iterator[Packet]:
        from aestream_io import EventError
        from neuro_kernels import num_threads

        self._packets = self._decode()
        # A pipe is read in step: waiting for it must not outlive an interruption.
        if num_threads() > 1 and (self._length or 0) >= LEAST_AHEAD_BYTES:
            self._packets = read_ahead(self._packets)
        try:
            for events, report in self._packets:
                self._report = report
                yield Packet(events)
        except (OSError, EventError) as error:
            raise input_error(self._name, error) from error
        self._report = self._reader.report

    def problems(self) -> str:
        return "" if self._report.ok else self._report.summary()

    def done(self) -> float | None:
        return self._report.bytes_read / self._length if self._length else None
