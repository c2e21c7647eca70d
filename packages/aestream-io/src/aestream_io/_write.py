"""Writing recordings: whole, or packet by packet, and never half."""

import contextlib
import difflib
import gzip
import io
import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from aestream_io._errors import EventError
from aestream_io._recording import Recording
from aestream_io._report import WriteReport
from aestream_io.formats import (
    Extras,
    Format,
    WriteOptions,
    by_extension,
    by_name,
    extension_of,
    formats,
)
from aestream_io.formats._zstd import zstandard
from neuro_kernels import Events, as_events

__all__ = ["FileWriter", "open_writer", "write"]

Target = str | os.PathLike[str] | BinaryIO


class FileWriter:
    """A recording being written; made by `open_writer`.

    The file appears under its name when `finish` is called, complete; until then, and after
    `abort`, nothing is there. As a context manager it finishes, or aborts on an exception.
    """

    def __init__(self, target: Target, entry: Format, options: WriteOptions) -> None:
        self.format = entry.name
        self._path = os.fspath(target) if isinstance(target, str | os.PathLike) else None
        self._temporary: str | None = None
        self._final: str | None = None
        self._n = 0
        self._closed = False
        packs_zstd = self._path is not None and self._path.lower().endswith(".zst")
        zstd = zstandard(str(self._path)) if packs_zstd else None
        raw = self._open(target)
        self._counting = _Counting(raw)
        self._file: BinaryIO = self._counting  # type: ignore[assignment]
        if self._path is not None and self._path.lower().endswith(".gz"):
            # Without a time stamp, so that equal recordings are equal files.
            self._file = gzip.GzipFile(  # type: ignore[assignment]
                filename="", fileobj=self._counting, mode="wb", compresslevel=6, mtime=0
            )
        elif zstd is not None:
            self._file = zstd.ZstdCompressor(level=3).stream_writer(self._counting, closefd=False)
        assert entry.open_writer is not None
        try:
            self._writer = entry.open_writer(self._file, options)
        except BaseException:
            self.abort()
            raise

    def _open(self, target: Target) -> BinaryIO:
        if not isinstance(target, str | os.PathLike):
            return target
        path = Path(os.path.realpath(target))
        if path.is_dir():
            raise EventError(f"{self._path}: is a folder; give the path of the file to write")
        if path.exists() and not path.is_file():
            return path.open("wb")  # a device or pipe cannot be renamed to
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            file = temporary.open("xb")
        except FileNotFoundError as error:
            raise EventError(
                f"{self._path}: there is no folder {os.fspath(path.parent)!r}; make it first"
            ) from error
        except OSError as error:
            raise EventError(f"{self._path}: cannot be written ({error.strerror})") from error
        self._temporary, self._final = os.fspath(temporary), os.fspath(path)
        return file

    def feed(self, events: Events, *, extras: Extras | None = None) -> None:
        """Append events, and what belongs to them; times continue those of earlier calls."""
        self._writer.feed(events, extras=extras)
        self._n += len(events)

    def finish(self) -> WriteReport:
        """Complete the file and give it its name."""
        notes = self._writer.finish()
        if self._file is not self._counting:
            self._file.close()
        self._counting.release(close=self._path is not None)
        if self._temporary is not None and self._final is not None:
            os.replace(self._temporary, self._final)
        self._closed = True
        return WriteReport(
            path=self._path,
            format=self.format,
            events=self._n,
            bytes=self._counting.n,
            notes=notes,
        )

    def abort(self) -> None:
        """Leave nothing behind; may be called at any time."""
        if self._closed:
            return
        self._closed = True
        if self._file is not self._counting:
            with contextlib.suppress(OSError, ValueError):
                self._file.close()
        self._counting.release(close=self._path is not None)
        if self._temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)

    def __enter__(self) -> "FileWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.abort()
        elif not self._closed:
            try:
                self.finish()
            except BaseException:
                self.abort()
                raise


class _Counting(io.RawIOBase):
    """Counts the bytes that pass; keeps the file below open for its owner."""

    def __init__(self, file: BinaryIO) -> None:
        self._below = file
        self._at = 0
        self.n = 0  # size of what was written; going back does not add to it

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # type: ignore[override]
        view = memoryview(data)
        self._below.write(view)
        self._at += view.nbytes
        self.n = max(self.n, self._at)
        return view.nbytes

    def seekable(self) -> bool:
        return bool(self._below.seekable())

    def seek(self, offset: int, whence: int = 0) -> int:
        before, after = self._below.tell(), self._below.seek(offset, whence)
        self._at += after - before
        return after

    def tell(self) -> int:
        return self._below.tell()

    def release(self, *, close: bool) -> None:
        """Flush, and close the file below if it is ours."""
        if close:
            self._below.close()
        else:
            self._below.flush()


def open_writer(
    target: Target,
    *,
    size: tuple[int, int],
    format: str | None = None,
    t0: int | None = None,
    **options: Any,
) -> FileWriter:
    """Open a recording for writing packet by packet.

    Args:
        target: path of the file, or an open binary file or pipe (then `format` is needed); a path
            that ends in `.gz` or `.zst` is compressed.
        size: `(width, height)` of the sensor in pixels.
        format: name of the format; None: the one of the file name's ending.
        t0: absolute time of `t == 0`, stored where the format has a place for it.
        **options: options of the format.

    Returns:
        A writer: `feed(events)` any number of times, then `finish()`.

    Raises:
        EventError: unknown ending, format or option, or a path that cannot be written.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> writer = open_writer(file, size=(640, 480), format="es")
        >>> writer.feed(Events([5], [1], [2], [1], size=(640, 480)))
        >>> writer.finish().bytes
        25
    """
    entry = by_name(format) if format is not None else _of_name(target)
    if entry.open_writer is None:
        raise EventError(f"{_name(target)}: {entry.title} can only be read; choose another format")
    for option in options:
        if option not in entry.write_options:
            known = ", ".join(entry.write_options) or "none"
            raise EventError(
                f"{_name(target)}: {entry.title} has no option {option!r} for writing "
                f"(options: {known})"
            )
    return FileWriter(target, entry, WriteOptions(size=size, t0=t0, values=options))


def write(
    path: Target,
    events: "Events | Recording | Any",
    *,
    format: str | None = None,
    size: tuple[int, int] | None = None,
    **options: Any,
) -> WriteReport:
    """Write a recording; it appears under its name complete or not at all.

    Args:
        path: the file; its ending chooses the format, and `.gz` or `.zst` behind it compresses.
        events: Events, a `Recording` (with what else the format can hold), or anything that
            `as_events` takes.
        format: name of the format, whatever the ending.
        size: `(width, height)` of the sensor, if not that of the events.
        **options: options of the format.

    Returns:
        What was written, with notes on what the format could not hold.

    Raises:
        EventError: unknown ending, format or option, a path that cannot be written, or events that
            the format cannot hold; no file is left then.

    Example:
        >>> import tempfile
        >>> events = Events([10, 20], [1, 2], [3, 4], [1, 0], size=(64, 48))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     report = write(f"{folder}/two.dat", events)
        >>> report.format, report.events, report.bytes
        ('dat', 2, 87)
    """
    extras, notes = Extras(), ()
    if isinstance(events, Recording):
        recording = events
        entry = by_name(format) if format is not None else _of_name(path)
        extras, notes = _held_extras(recording, entry)
        if entry.name == "es" and "kind" not in options:
            options["kind"] = _es_kind(extras)
        events = recording.events
        if events is None:
            events = Events.empty(size or (1, 1))
    events = as_events(events)
    with open_writer(
        path, size=size or events.size, format=format, t0=events.t0, **options
    ) as writer:
        writer.feed(events, extras=extras)
        report = writer.finish()
    if not notes:
        return report
    return WriteReport(
        path=report.path,
        format=report.format,
        events=report.events,
        bytes=report.bytes,
        notes=(*notes, *report.notes),
    )


def _held_extras(recording: Recording, entry: Format) -> tuple[Extras, tuple[str, ...]]:
    """What of a recording the format holds, and remarks on the rest."""
    held, notes = {}, []
    for name in ("triggers", "frames", "imu", "colors", "payloads", "exposures"):
        value = getattr(recording, name)
        if value is None or len(value) == 0:
            continue
        if name in entry.holds:
            held[name] = value
        else:
            notes.append(f"{entry.title} cannot hold {name}: {len(value)} left out")
    return Extras(**held), tuple(notes)


def _es_kind(extras: Extras) -> str:
    if extras.payloads is not None:
        return "generic"
    if extras.colors is not None:
        return "color"
    return "atis" if extras.exposures is not None else "dvs"


def _name(target: Target) -> str:
    if isinstance(target, str | os.PathLike):
        return os.fspath(target)
    return str(getattr(target, "name", "stream"))


def _of_name(target: Target) -> Format:
    name = _name(target)
    if not isinstance(target, str | os.PathLike):
        raise EventError(f"{name}: pass format= to say how to write to an open file")
    extension = extension_of(name)
    found = [entry for entry in by_extension(extension) if entry.open_writer is not None]
    if found:
        return found[0]
    known = sorted({e for entry in formats() if entry.open_writer for e in entry.extensions})
    close = difflib.get_close_matches(extension, known, n=1)
    hint = f"; did you mean {close[0]}? Or" if close else ""
    said = f"files named {extension!r} are of no known format" if extension else "has no ending"
    raise EventError(f"{name}: {said}{hint or ';'} use one of {', '.join(known)}, or pass format=")
