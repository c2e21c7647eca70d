"""Bytes of a recording with a bounded look-ahead, whatever they come from."""

import io
import select
from typing import BinaryIO

from aestream_io.formats._gzip_file import GzipFile
from aestream_io.formats._packed_file import CompressionError
from aestream_io.formats._utf16 import Utf8File, is_utf16
from aestream_io.formats._zstd_file import ZstdFile

__all__ = ["MAX_HEADER_BYTES", "ByteSource"]

_SILENCE_S = 0.05
_AT_ONCE = 1 << 22  # bytes asked for where nobody knows how many there are

# No known format has a header near this size; a longer one is taken for damage.
MAX_HEADER_BYTES = 1 << 20


class ByteSource:
    """A file, pipe or decompressed stream that format readers consume.

    Args:
        file: open binary file or pipe; offsets count from where it stands now.
        name: what error messages call it.
        length: total number of bytes where known, else None.

    Example:
        >>> import io
        >>> source = ByteSource(io.BytesIO(b"% evt 3.0"), name="x.raw", length=9)
        >>> source.peek(3), source.offset
        (b'% e', 0)
        >>> source.read(2), source.offset, source.remaining
        (b'% ', 2, 7)
    """

    def __init__(self, file: BinaryIO, *, name: str, length: int | None = None) -> None:
        self._file = file
        self._below: BinaryIO | None = None  # what a decompressor reads from
        self._table: bytes | None = None  # what the bytes are replaced by
        self._ahead = b""
        self._base = file.tell() if file.seekable() else 0
        self.name = name
        self.length = length
        self.offset = 0
        self.damage: str | None = None  # why compressed data ended before its end

    @classmethod
    def open(cls, file: BinaryIO, *, name: str, length: int | None = None) -> "ByteSource":
        """Make a source of an open file.

        Gzip and Zstandard data are decompressed on the way, and text in UTF-16 comes as UTF-8.
        """
        return cls._unpack(file, name, length)._as_utf8()

    @classmethod
    def _unpack(cls, file: BinaryIO, name: str, length: int | None) -> "ByteSource":
        source = cls(file, name=name, length=length)
        head = source.peek(4)
        is_gzip, is_zstd = head[:2] == b"\x1f\x8b", head == b"\x28\xb5\x2f\xfd"
        if not (is_gzip or is_zstd):
            return source
        packed: BinaryIO = file
        if source.seekable:
            file.seek(source._base)
        else:
            packed = _Again(source)  # type: ignore[assignment]
        plain: BinaryIO
        if is_gzip:
            plain = GzipFile(packed)  # type: ignore[assignment]
        else:
            plain = ZstdFile(packed, name=name)  # type: ignore[assignment]
        unpacked = cls(plain, name=name)
        unpacked._below = file
        return unpacked

    def _as_utf8(self) -> "ByteSource":
        # Live streams may be shorter than what is worth a look.
        if self.peek(4)[:1] not in (b"\xff", b"\xfe") or not is_utf16(self.peek(1024)):
            return self
        text = ByteSource(Utf8File(self), name=self.name)  # type: ignore[arg-type]
        text._below = self._file
        return text

    @property
    def remaining(self) -> int | None:
        """Bytes still to come where the length is known, else None."""
        return None if self.length is None else max(0, self.length - self.offset)

    @property
    def seekable(self) -> bool:
        """True when `seek` works."""
        return bool(self._file.seekable())

    def peek(self, n: int) -> bytes:
        """Return up to `n` bytes (at most `MAX_HEADER_BYTES`) without consuming them."""
        n = min(n, MAX_HEADER_BYTES)
        while len(self._ahead) < n:
            more = self._take(n - len(self._ahead))
            if not more:
                break
            self._ahead += more
        return self._ahead[:n]

    def look(self, n: int) -> bytes:
        """Return what there is of the next `n` bytes without consuming it.

        A pipe that is silent for a while is not waited for once something has come.
        """
        if self.seekable or self._below is not None or not _can_wait(self._file):
            return self.peek(n)
        while len(self._ahead) < min(n, MAX_HEADER_BYTES):
            if self._ahead and not select.select([self._file], [], [], _SILENCE_S)[0]:
                break
            more = self._take(n - len(self._ahead))
            if not more:
                break
            self._ahead += more
        return self._ahead[:n]

    def _take(self, n: int) -> bytes:
        try:
            # Of a pipe, what is there now: the rest may come much later. Room for what is read is
            # taken beforehand, so no more is asked for than there can be.
            data = self._read(min(n, max(self.remaining or 0, _AT_ONCE)))
        except CompressionError as error:
            self.damage = f"compressed data cannot be read to its end ({error})"
            return b""
        return data if self._table is None else data.translate(self._table)

    def _read(self, n: int) -> bytes:
        file = self._file
        if isinstance(file, io.BufferedReader) and not self.seekable:
            return file.read1(n)
        return file.read(n)

    def translate(self, table: bytes) -> None:
        """Replace each byte that comes by that of a table, see `bytes.translate`."""
        self._table = table
        self._ahead = self._ahead.translate(table)

    def read(self, n: int) -> bytes:
        """Return up to `n` bytes; fewer only at the end, none when it is reached."""
        head, self._ahead = self._ahead[:n], self._ahead[n:]
        parts, have = [head], len(head)
        while have < n:
            more = self._take(n - have)
            if not more:
                break
            parts.append(more)
            have += len(more)
        self.offset += have
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readinto(self, buffer: memoryview) -> int:
        """Fill `buffer` with what one read gives; return the byte count, 0 at the end."""
        if self._ahead:
            n = min(len(buffer), len(self._ahead))
            buffer[:n] = self._ahead[:n]
            self._ahead = self._ahead[n:]
        elif (
            self._below is None
            and self._table is None
            and isinstance(self._file, io.RawIOBase | io.BufferedReader)
        ):
            live = isinstance(self._file, io.BufferedReader) and not self.seekable
            fill = self._file.readinto1 if live else self._file.readinto
            n = fill(buffer) or 0
        else:
            data = self._take(len(buffer))
            n = len(data)
            buffer[:n] = data
        self.offset += n
        return n

    def whole_file(self) -> BinaryIO | None:
        """The file itself, at its beginning, for libraries that jump about in it; None where the
        bytes come from a pipe, from a decompressor, or from behind something else."""
        if self._below is not None or not self.seekable or self._base or self.offset:
            return None
        self._file.seek(0)
        self._ahead = b""
        return self._file

    def seek(self, offset: int) -> None:
        """Continue at byte `offset` of the source; only where `seekable`."""
        self._file.seek(self._base + offset)
        self._ahead = b""
        self.offset = offset

    def close(self) -> None:
        """Close the underlying file."""
        self._file.close()
        if self._below is not None:
            self._below.close()


def _can_wait(file: BinaryIO) -> bool:
    """Whether the system tells when a file has something to read."""
    try:
        select.select([file], [], [], 0)
    except (OSError, ValueError, TypeError):
        return False
    return True


class _Again(io.RawIOBase):
    """A source as a file, so that a decompressor can read what was already looked at."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return self._source.readinto(memoryview(buffer))
