"""Text in UTF-16, as some spreadsheets save it, read as UTF-8."""

import codecs
import io
from typing import Any, Protocol

from aestream_io.formats._packed_file import CompressionError

__all__ = ["Utf8File", "is_utf16"]

_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
READ_BYTES = 1 << 17


def is_utf16(head: bytes) -> bool:
    """Whether a file that begins with `head` is text with a mark of UTF-16 in front.

    Example:
        >>> is_utf16("t,x,y,p\\n".encode("utf-16")), is_utf16(b"\\xff\\xfe" + bytes(8))
        (True, False)
    """
    if not head.startswith(_MARKS):
        return False
    text = head[: len(head) & ~1].decode("utf-16", errors="replace")
    return bool(text) and all(sign.isprintable() or sign in "\t\r\n" for sign in text[:-1])


class _Below(Protocol):
    damage: str | None

    @property
    def seekable(self) -> bool: ...
    def read(self, n: int) -> bytes: ...
    def seek(self, offset: int) -> None: ...
    def close(self) -> None: ...


class Utf8File(io.RawIOBase):
    """The text of a source of UTF-16 bytes, as bytes of UTF-8; signs that are none become U+FFFD.

    Args:
        source: at its beginning, where the mark is.
    """

    def __init__(self, source: _Below) -> None:
        self._source = source
        self._restart()

    def _restart(self) -> None:
        self._machine = codecs.getincrementaldecoder("utf-16")(errors="replace")
        self._ready, self._position, self._ended = b"", 0, False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._source.seekable

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a byte of the text; backwards means from the beginning."""
        if whence != 0:
            raise io.UnsupportedOperation("only places from the beginning are known")
        if offset < self._position:
            self._source.seek(0)
            self._restart()
        while self._position < offset and self._fill():
            self._take(offset - self._position)
        return self._position

    def readinto(self, buffer: Any) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        if not self._fill():
            if self._source.damage is not None:
                raise CompressionError(self._source.damage)
            return 0
        data = self._take(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()

    def _take(self, n: int) -> bytes:
        taken, self._ready = self._ready[:n], self._ready[n:]
        self._position += len(taken)
        return taken

    def _fill(self) -> bool:
        """Decode until something waits; False at the end."""
        while not self._ready and not self._ended:
            data = self._source.read(READ_BYTES)
            self._ended = not data
            self._ready = self._machine.decode(data, final=self._ended).encode()
        return bool(self._ready)
