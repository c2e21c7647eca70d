"""A recording being written: under a temporary name until it is complete, compressed or not."""

import contextlib
import gzip
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from aestream_io._errors import EventError
from aestream_io._report import WriteReport
from aestream_io.formats import Extras, Format, WriteOptions, Writer
from aestream_io.formats._zstd import zstandard
from neuro_kernels import Events, codecs

__all__ = ["FileWriter", "Target"]

Target = str | os.PathLike[str] | BinaryIO

_SMALL = 1 << 20  # bytes up to which a file asks for no room ahead
_FIRST_ROOM, _MOST_ROOM = 8 << 20, 256 << 20  # bytes asked for at once


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
        self._writer: Writer | None = None
        packs_zstd = self._path is not None and self._path.lower().endswith(".zst")
        zstd = zstandard(str(self._path)) if packs_zstd else None
        raw = self._open(target)
        self._counting = _Counting(raw, grows=self._temporary is not None)
        self._file: BinaryIO = self._counting  # type: ignore[assignment]
        if self._path is not None and self._path.lower().endswith(".gz"):
            # Without a time stamp, so that equal recordings are equal files.
            self._file = gzip.GzipFile(  # type: ignore[assignment]
                filename="", fileobj=self._counting, mode="wb", compresslevel=6, mtime=0
            )
        elif zstd is not None:
            machine = zstd.ZstdCompressor(level=3, write_checksum=True)
            self._file = machine.stream_writer(self._counting, closefd=False)
        assert entry.open_writer is not None
        try:
            with self._told():
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
        except OSError as error:
            if not path.parent.is_dir():
                raise EventError(
                    f"{self._path}: there is no folder {os.fspath(path.parent)!r}; make it first"
                ) from error
            raise EventError(f"{self._path}: cannot be written ({error.strerror})") from error
        self._temporary, self._final = os.fspath(temporary), os.fspath(path)
        return file

    def feed(self, events: Events, *, extras: Extras | None = None) -> None:
        """Append events, and what belongs to them; times continue those of earlier calls."""
        assert self._writer is not None, "open until finish or abort"
        with self._told():
            self._writer.feed(events, extras=extras)
        self._n += len(events)

    def finish(self) -> WriteReport:
        """Complete the file and give it its name."""
        assert self._writer is not None, "open until finish or abort"
        with self._told():
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

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Say which file cannot be written, and why."""
        try:
            yield
        except BrokenPipeError:
            raise  # whoever read the pipe has seen enough
        except OSError as error:
            if self._path is None:
                raise
            reason = error.strerror or error
            raise EventError(f"{self._path}: cannot be written ({reason})") from error

    def abort(self) -> None:
        """Leave nothing behind; may be called at any time."""
        if self._closed:
            return
        self._closed = True
        if self._writer is not None:
            self._writer.abort()
        if self._file is not self._counting:
            with contextlib.suppress(OSError, ValueError):
                self._file.close()
        with contextlib.suppress(OSError):
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
    """Counts the bytes that pass; keeps the file below open for its owner.

    Args:
        file: where the bytes go.
        grows: whether it is a new file on a disk, for which room may be asked for ahead.
    """

    def __init__(self, file: BinaryIO, *, grows: bool) -> None:
        self._below = file
        self._at = 0
        self._room = _SMALL if grows else None  # up to where nothing needs to be asked for
        self._asked = False
        self.n = 0  # size of what was written; going back does not add to it

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # type: ignore[override]
        view = memoryview(data)
        if self._room is not None and self._at + view.nbytes > self._room:
            self._ask(self._at + view.nbytes)
        self._below.write(view)
        self._at += view.nbytes
        self.n = max(self.n, self._at)
        return view.nbytes

    def _ask(self, end: int) -> None:
        """Reserve blocks ahead: that costs the system less than one by one."""
        room = max(_FIRST_ROOM, min(2 * end, end + _MOST_ROOM))
        if codecs.reserve_file(self._below.fileno(), self._at, room - self._at):
            self._room, self._asked = room, True
        else:
            self._room = None

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
        if self._asked and not self._below.closed:
            self._below.flush()
            self._below.truncate(self.n)  # gives back the room that was not needed
        if close:
            self._below.close()
        else:
            self._below.flush()
