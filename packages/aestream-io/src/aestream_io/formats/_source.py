"""Bytes of a recording with a bounded look-ahead, whatever they come from."""

import io
from typing import BinaryIO

__all__ = ["MAX_HEADER_BYTES", "ByteSource"]

# No known format has a header near this size; a longer one is taken for damage.
MAX_HEADER_BYTES = 1 << 20


class ByteSource:
    """A file, pipe or decompressed stream that format readers consume.

    Args:
        file: anything with `read(n)`; `readinto` and `seek` are used where present.
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
        self._ahead = b""
        self.name = name
        self.length = length
        self.offset = 0

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
            more = self._file.read(n - len(self._ahead))
            if not more:
                break
            self._ahead += more
        return self._ahead[:n]

    def read(self, n: int) -> bytes:
        """Return up to `n` bytes; fewer only at the end, none when it is reached."""
        head, self._ahead = self._ahead[:n], self._ahead[n:]
        parts, have = [head], len(head)
        while have < n:
            more = self._file.read(n - have)
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
        elif isinstance(self._file, io.RawIOBase | io.BufferedIOBase):
            n = self._file.readinto(buffer) or 0
        else:
            data = self._file.read(len(buffer))
            n = len(data)
            buffer[:n] = data
        self.offset += n
        return n

    def seek(self, offset: int) -> None:
        """Continue at byte `offset` of the source; only where `seekable`."""
        self._file.seek(offset)
        self._ahead = b""
        self.offset = offset

    def close(self) -> None:
        """Close the underlying file."""
        self._file.close()
