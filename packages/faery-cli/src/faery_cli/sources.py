"""Where events come from: memory, files, pipes, and the addresses of aestream-io."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from faery_cli.errors import InputError, MissingError, UsageError
from faery_cli.operation import Packet
from faery_cli.shape import Shape

if TYPE_CHECKING:
    from neuro_kernels import Events

__all__ = ["AddressSource", "FileSource", "MemorySource", "OpenSource", "Source", "make_source"]


class OpenSource(Protocol):
    """A source being read."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        ...

    def __iter__(self) -> Iterator[Packet]:
        """Give packets, each once."""
        ...

    def problems(self) -> str:
        """Say in one clause what was damaged up to now; empty if nothing was."""
        ...

    def done(self) -> float | None:
        """Give the part that was read, 0 to 1, or None where nobody knows."""
        ...


class Source(Protocol):
    """A place that events come from; opening it begins at the beginning.

    Attributes:
        name: what messages call it.
        finite: it ends by itself.
        again: it can be opened more than once.
        live: it comes from a network or device: what was lost cannot be had again.
    """

    name: str
    finite: bool
    again: bool
    live: bool

    def open(self) -> AbstractContextManager[OpenSource]:
        """Open it."""
        ...


class MemorySource:
    """Events that are already in memory."""

    finite = True
    again = True
    live = False

    def __init__(self, events: "Events", name: str = "events") -> None:
        self.events = events
        self.name = name
        self._given = 0

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.events.size

    def open(self) -> "MemorySource":
        """Begin at the first event."""
        return MemorySource(self.events, self.name)

    def __enter__(self) -> "MemorySource":
        return self

    def __exit__(self, *_: Any) -> None:
        return None

    def __iter__(self) -> Iterator[Packet]:
        for chunk in self.events:
            self._given += len(chunk)
            yield Packet(chunk)

    def problems(self) -> str:
        """Nothing is ever damaged here."""
        return ""

    def done(self) -> float:
        """Give the part of the events that was given."""
        return self._given / max(1, len(self.events))


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
        self.again = path != "-" and _is_regular(path)
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
            raise _input_error(self.name, error) from error
        return _OpenFile(self.name, reader, os.path.getsize(self.path) if self.again else None)


class _OpenFile:
    def __init__(self, name: str, reader: Any, length: int | None) -> None:
        self._name = name
        self._reader = reader
        self._length = length

    @property
    def size(self) -> tuple[int, int]:
        return self._reader.header.size

    @property
    def header(self) -> Any:
        return self._reader.header

    @property
    def report(self) -> Any:
        return self._reader.report

    def __enter__(self) -> "_OpenFile":
        return self

    def __exit__(self, *_: Any) -> None:
        self._reader.close()

    def __iter__(self) -> Iterator[Packet]:
        from aestream_io import EventError

        try:
            for events in self._reader:
                yield Packet(events)
        except (OSError, EventError) as error:
            raise _input_error(self._name, error) from error

    def problems(self) -> str:
        report = self._reader.report
        return "" if report.ok else report.summary()

    def done(self) -> float | None:
        return self._reader.report.bytes_read / self._length if self._length else None


class AddressSource:
    """A stream that aestream-io opens by its address, such as `udp:0.0.0.0:3333`.

    A live one ends after `for_us` of the wall clock, or at the first Ctrl-C; what came until then
    is kept. A second Ctrl-C interrupts.

    Args:
        address: see `aestream_io.open`.
        for_us: how long a live one is listened to, in microseconds; None for ever.
    """

    def __init__(self, address: str, *, for_us: int | None = None) -> None:
        from aestream_io.uri import parse_uri

        self.name = self.address = address
        self._for_us = for_us
        uri = parse_uri(address)
        # What is generated is the same each time; a network or a camera is not.
        self.again = uri.scheme in ("synth", "file")
        self.live = not self.again
        self.finite = (
            uri.scheme == "file"
            or (uri.scheme == "synth" and "duration" in uri.values)
            or for_us is not None
        )

    def open(self) -> "_OpenAddress":
        """Open it.

        Raises:
            UsageError: an unknown scheme or option.
            MissingError: the device or the package that serves it is not there.
            InputError: it cannot be opened.
        """
        import aestream_io

        try:
            source = aestream_io.open(self.address)
            return _OpenAddress(source, None if self._for_us is None else self._for_us / 1e6)
        except aestream_io.UriError as error:
            if "install" in str(error):
                raise MissingError(str(error)) from error
            raise UsageError(str(error)) from error
        except (OSError, aestream_io.EventError) as error:
            raise _input_error(self.name, error) from error


class _OpenAddress:
    def __init__(self, source: Any, for_s: float | None) -> None:
        self._source = source
        self._timer: threading.Timer | None = None
        self._old_handler: Any = None
        if not source.live:
            return
        if for_s is not None:
            self._timer = threading.Timer(for_s, source.close)
            self._timer.daemon = True
            self._timer.start()
        if threading.current_thread() is threading.main_thread():
            self._old_handler = signal.signal(signal.SIGINT, self._stop)

    def _stop(self, *_: Any) -> None:
        self._restore()
        self._source.close()

    def _restore(self) -> None:
        if self._old_handler is not None:
            signal.signal(signal.SIGINT, self._old_handler)
            self._old_handler = None

    @property
    def size(self) -> tuple[int, int]:
        return self._source.size

    @property
    def stats(self) -> Any:
        return self._source.stats

    def __enter__(self) -> "_OpenAddress":
        return self

    def __exit__(self, *_: Any) -> None:
        self._restore()
        if self._timer is not None:
            self._timer.cancel()
        self._source.close()

    def __iter__(self) -> Iterator[Packet]:
        from aestream_io import EventError

        try:
            for events in self._source:
                yield Packet(events)
        except (OSError, EventError) as error:
            raise _input_error(self._source.name, error) from error

    def problems(self) -> str:
        stats = self._source.stats
        parts = []
        if stats.lost_packets or stats.lost_events:
            parts.append(f"{stats.lost_packets} packets with {stats.lost_events} events were lost")
        if stats.out_of_range:
            parts.append(f"{stats.out_of_range} events outside the sensor were left out")
        if stats.malformed:
            parts.append(f"{stats.malformed} malformed messages were left out")
        return ", ".join(parts)

    def done(self) -> float | None:
        return None


def _is_regular(path: str) -> bool:
    return os.path.isfile(path)


def _input_error(name: str, error: Exception) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(f"{name}: no such file")
    if isinstance(error, IsADirectoryError):
        return InputError(f"{name}: this is a folder, expected an event file")
    if isinstance(error, OSError):
        return InputError(f"{name}: cannot be read ({error.strerror or error})")
    text = str(error).replace("<stdin>", name)
    return InputError(text if name in text else f"{name}: {text}")


def make_source(
    source: Any,
    *,
    format: str | None = None,
    size: tuple[int, int] | None = None,
    for_us: int | None = None,
) -> Source:
    """Make a source of what a user names.

    Args:
        source: path, address, "-", `Events`, or what `as_events` takes.
        format: name of a file's format, or None to go by its content.
        size: (width, height) that overrules the file's, or None.
        for_us: how long a live source is listened to, in microseconds; None for ever.

    Raises:
        UsageError: an address that makes no sense.
    """
    if isinstance(source, os.PathLike):
        return FileSource(os.fspath(source), format=format, size=size)
    if not isinstance(source, str):
        from neuro_kernels import as_events

        return MemorySource(as_events(source, size=size))
    from aestream_io import UriError
    from aestream_io.uri import parse_uri

    try:
        uri = parse_uri(source)
    except UriError as error:
        raise UsageError(str(error)) from error
    if uri.scheme in ("-", "file") and not uri.values:
        return FileSource(uri.target if uri.scheme == "file" else "-", format=format, size=size)
    if uri.scheme == "file" and not os.path.exists(uri.target):
        raise InputError(f"{uri.target}: no such file")
    if format is not None:
        raise UsageError(f"{source}: a format belongs to a file, not to an address")
    if size is not None:
        mark = "&" if "?" in source else "?"
        source = f"{source}{mark}size={size[0]}x{size[1]}"
    return AddressSource(source, for_us=for_us)


def shape_of(source: Source, size: tuple[int, int]) -> Shape:
    """Give the shape of a source's stream."""
    return Shape(size, finite=source.finite, again=source.again)
