"""The formats that exist, and the two interfaces each of them fills in.

A format is one module in this folder that ends in one `register(Format(...))` call. Everything else
(files, gzip, pipes, atomic writing, warnings, streams, the command line) works on this table:

- `Format.sniff(head)` looks at the first bytes of a file and says whether they are its own.
- `Format.open_reader(source, options)` parses the header and returns a `Reader`. A reader knows its
  `header` (format, version, size, t0, metadata), gives events packet by packet in constant memory
  (`for events in reader`) or all at once (`read_all`), and counts what it skipped (`report`).
- `Format.open_writer(file, options)` writes the header and returns a `Writer`: `feed(events)` any
  number of times, then `finish()` once.

To open a path, use `aestream_io.open_reader(path)` and `aestream_io.open_writer(path, size=...)`;
they choose the format, open the file and add what all formats share.
"""

import abc
import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from aestream_io._errors import EventError
from aestream_io._report import DecodeReport, Header
from aestream_io.formats._source import ByteSource

if TYPE_CHECKING:
    from neuro_kernels import Events
    from neuro_kernels.codecs import EventBuffer

__all__ = [
    "Extras",
    "Format",
    "ReadOptions",
    "Reader",
    "WriteOptions",
    "Writer",
    "by_extension",
    "by_name",
    "extension_of",
    "formats",
    "register",
    "sniff",
]

SNIFF_BYTES = 4096
# The name of a file while it is being written, and after its writer has crashed.
_UNFINISHED = re.compile(r"\.(.+)\.[0-9a-f]{8}\.part")


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """What a caller asks of a reader.

    Attributes:
        size: `(width, height)` that overrules the file's, or None.
        packet_bytes: how many bytes of the file make one packet.
        extras: keep what is not an event (triggers, frames, colours, payloads) for `Reader.extras`;
            off for endless streams, where it would pile up.
        measure: find a size that the file does not tell by reading it twice; where that cannot be
            done, `EventError`. When off, `Reader.header.size` may be None until `read_all`.
        values: options of this format alone, by name (see `Format.read_options`).
    """

    size: tuple[int, int] | None = None
    packet_bytes: int = 1 << 18
    extras: bool = False
    measure: bool = True
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """What a caller asks of a writer.

    Attributes:
        size: `(width, height)` of the sensor in pixels.
        t0: absolute time of `t == 0`, stored where the format has a place for it.
        values: options of this format alone, by name (see `Format.write_options`).
    """

    size: tuple[int, int]
    t0: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Extras:
    """What a recording holds besides events; None where the format has none.

    Attributes:
        triggers: external trigger edges, columns `t` (n,) int64 us, `id` and `value` (n,) uint8.
        frames: images, in the order of the file.
        imu: inertial samples.
        colors: uint8 (n, 3), row i is the red, green and blue of event i.
        payloads: `.t` (n,) int64 us and `.data`, a list of `bytes`.
        exposures: exposure edges of an ATIS sensor as Events, `p` 0 at the start and 1 at the end.
    """

    triggers: Any = None
    frames: Any = None
    imu: Any = None
    colors: np.ndarray | None = None
    payloads: Any = None
    exposures: "Events | None" = None


class Reader(abc.ABC):
    """Events of one open recording, in file order.

    Attributes:
        header: what the recording says of itself; `header.size` is known unless
            `ReadOptions.measure` is off, or there are no events in such a file.
    """

    header: Header

    @abc.abstractmethod
    def __iter__(self) -> Iterator["Events"]:
        """Give the events packet by packet, each once; memory does not grow with the file."""

    @abc.abstractmethod
    def read_all(self) -> "Events | None":
        """Give all events that are left as one `Events`; None if the format has no events."""

    can_seek = False  # whether `seek` works
    can_fill = False  # whether `fill` works

    def seek(self, t_us: int) -> None:
        """Go on before the first event of a time; events that come first may be earlier.

        Args:
            t_us: event time in microseconds.
        """
        raise TypeError(f"{type(self).__name__} reads from its beginning alone")

    def fill(self, buffer: "EventBuffer") -> Iterator[None]:
        """Decode the events packet by packet into one memory that is used again.

        Args:
            buffer: cleared before each step, which leaves the next events in it.
        """
        raise TypeError(f"{type(self).__name__} gives its events as packets alone")

    @property
    @abc.abstractmethod
    def report(self) -> DecodeReport:
        """Counts up to now."""

    def facts(self) -> Mapping[str, Any]:
        """Fields of `RecordingInfo` that are known without going through the events."""
        return {}

    def extras(self) -> Extras:
        """What was met besides events, when `ReadOptions.extras` asked to keep it."""
        return Extras()

    @abc.abstractmethod
    def close(self) -> None:
        """Release the source; may be called twice."""

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Writer(abc.ABC):
    """Encodes events into an open binary file."""

    @abc.abstractmethod
    def feed(self, events: "Events", *, extras: Extras | None = None) -> None:
        """Append events, and what belongs to them; times continue those of earlier calls."""

    @abc.abstractmethod
    def finish(self) -> tuple[str, ...]:
        """Write what is still held back; return remarks for the `WriteReport`."""

    def abort(self) -> None:  # noqa: B027  (most hold nothing)
        """Release what is held; called instead of `finish`, or when that failed."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """One file format.

    Attributes:
        name: unique lower-case name, the value of `format=` everywhere.
        title: how people call it.
        extensions: lower-case file name endings with the dot; the first one is the usual one. Where
            two formats share an ending, the one registered first is written by default.
        sniff: whether the first `SNIFF_BYTES` bytes of a file are of this format.
        open_reader: parse the header and return a `Reader`, or raise `EventError`; None if the
            format is only written.
        open_writer: write the header and return a `Writer`; None if the format is only read.
        by_name_only: nothing in such files marks them: they are known by their ending alone.
        holds: fields of `Extras` that the writer can store.
        read_options: option name -> one line of help.
        write_options: option name -> one line of help.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    open_reader: Callable[[ByteSource, ReadOptions], Reader] | None = None
    open_writer: Callable[[BinaryIO, WriteOptions], Writer] | None = None
    by_name_only: bool = False
    holds: frozenset[str] = frozenset()
    read_options: Mapping[str, str] = field(default_factory=dict)
    write_options: Mapping[str, str] = field(default_factory=dict)


_FORMATS: dict[str, Format] = {}


def register(entry: Format) -> Format:
    """Add a format to the table; its name must be new."""
    if entry.name in _FORMATS:
        raise ValueError(f"format {entry.name!r} is registered twice")
    _FORMATS[entry.name] = entry
    return entry


def formats() -> tuple[Format, ...]:
    """All formats, in the order of registration."""
    return tuple(_FORMATS.values())


def by_name(name: str) -> Format:
    """The format called `name`.

    Raises:
        EventError: there is none; the message names those that exist and the closest one.
    """
    entry = _FORMATS.get(name.lower())
    if entry is None:
        close = difflib.get_close_matches(name.lower(), _FORMATS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise EventError(f"unknown format {name!r}{hint} (formats: {', '.join(_FORMATS)})")
    return entry


def extension_of(path: str) -> str:
    """Lower-case ending of a file name with the dot, without the ending of a compression.

    Example:
        >>> extension_of("a/b.RAW"), extension_of("c.es.gz"), extension_of("noending")
        ('.raw', '.es', '')
    """
    name = path.replace("\\", "/").rsplit("/", 1)[-1].lower()
    if unfinished := _UNFINISHED.fullmatch(name):
        name = unfinished.group(1)
    for packed in (".gz", ".zst"):
        name = name.removesuffix(packed)
    dot = name.rfind(".")
    return name[dot:] if dot > 0 else ""


def by_extension(extension: str) -> tuple[Format, ...]:
    """Formats whose files end in `extension` (with the dot, lower case), the default one first."""
    return tuple(entry for entry in _FORMATS.values() if extension in entry.extensions)


def sniff(head: bytes) -> Format | None:
    """The first format that recognises the beginning of a file, or None."""
    return next((entry for entry in _FORMATS.values() if entry.sniff(head)), None)
