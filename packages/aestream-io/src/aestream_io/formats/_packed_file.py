"""Compressed data as a file that can be read, and read again from its beginning."""

import abc
import io
from typing import Any, BinaryIO

__all__ = ["CompressionError", "PackedFile"]

READ_BYTES = 1 << 17


class CompressionError(Exception):
    """Compressed data that cannot be read on."""


class PackedFile(io.RawIOBase, abc.ABC):
    """The contents of a compressed file.

    A compression fills in `_restart` and `_unpack`. What can be unpacked before damage is read, and
    only then is `CompressionError` raised.

    Args:
        file: open binary file or pipe.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._below = file
        self._base = file.tell() if file.seekable() else 0
        self._begin()

    def _begin(self) -> None:
        self._packed, self._packed_at = b"", 0  # what was read and not unpacked
        self._ready, self._at = b"", 0
        self._position, self._ended = 0, False
        self._error: str | None = None
        self._restart()

    @abc.abstractmethod
    def _restart(self) -> None:
        """Forget what was unpacked before."""

    @abc.abstractmethod
    def _unpack(self, data: bytes) -> tuple[bytes, int]:
        """Unpack some of the bytes: what comes out, and how many were used, at least one.

        At the end `data` is empty: `_error` then tells whether it came too early.
        """

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
            self._begin()
        while self._position < offset and self._fill():
            self._take(offset - self._position)
        return self._position

    def read(self, n: int = -1) -> bytes:
        """Return up to `n` bytes; fewer only at the end, and where a pipe has no more now.

        Raises:
            CompressionError: the data is damaged or ends early.
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
        """Unpack until something waits; False at the end and at damage."""
        while self._at == len(self._ready) and not self._ended:
            if self._packed_at == len(self._packed):
                self._packed, self._packed_at = self._below.read(READ_BYTES), 0
            data = self._packed[self._packed_at : self._packed_at + self._piece_bytes]
            self._ready, used = self._unpack(data)
            self._at = 0
            self._packed_at += used
            self._ended |= not data
        return self._at < len(self._ready)

    # Bytes that are unpacked at once: they may become very many.
    _piece_bytes = 1 << 14
