"""Zstandard data as a file that can be read, and read again from its beginning."""

import io
from typing import Any, BinaryIO

from aestream_io.formats._zstd import zstandard

__all__ = ["CompressionError", "ZstdFile"]

READ_BYTES = 1 << 17


class CompressionError(Exception):
    """Compressed data that cannot be read on."""


class ZstdFile(io.RawIOBase):
    """The contents of a file of Zstandard frames.

    Args:
        file: open binary file or pipe.
        name: what error messages call it.

    Raises:
        EventError: the extra `zstd` is not installed.
    """

    def __init__(self, file: BinaryIO, *, name: str) -> None:
        self._below = file
        self._library = zstandard(name)
        self._base = file.tell() if file.seekable() else 0
        self._machine: Any = None
        self._ready = b""
        self._at = 0
        self._position = 0
        self._ended = False
        self._error: str | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._below.seekable())

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a byte of the contents; backwards means from the beginning."""
        if whence != 0:
            raise io.UnsupportedOperation("only places from the beginning are known")
        if offset < self._position:
            self._below.seek(self._base)
            self._machine, self._ready, self._at = None, b"", 0
            self._position, self._ended, self._error = 0, False, None
        while self._position < offset and self._fill():
            self._take(offset - self._position)
        return self._position

    def read(self, n: int = -1) -> bytes:
        """Return up to `n` bytes; fewer only at the end.

        Raises:
            CompressionError: the data is damaged or ends inside a frame.
        """
        parts, have = [], 0
        while (n < 0 or have < n) and self._fill():
            parts.append(self._take(READ_BYTES if n < 0 else n - have))
            have += len(parts[-1])
        if not parts and self._error is not None:
            raise CompressionError(self._error)
        return b"".join(parts)

    def readinto(self, buffer: Any) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _take(self, n: int) -> bytes:
        taken = self._ready[self._at : self._at + n]
        self._at += len(taken)
        self._position += len(taken)
        return taken

    def _fill(self) -> bool:
        """Decompress until something waits; False at the end and at damage."""
        while self._at == len(self._ready) and not self._ended:
            data = self._below.read(READ_BYTES)
            if not data:
                self._ended = True
                self._error = None if self._machine is None else "it ends inside a frame"
                break
            self._ready, self._at = self._unpack(data), 0
        return self._at < len(self._ready)

    def _unpack(self, data: bytes) -> bytes:
        out = []
        while data:
            if self._machine is None:
                self._machine = self._library.ZstdDecompressor().decompressobj()
            try:
                out.append(self._machine.decompress(data))
            except self._library.ZstdError as error:
                self._ended, self._error = True, str(error)
                break
            if not self._machine.eof:
                break
            data, self._machine = self._machine.unused_data, None
        return b"".join(out)
