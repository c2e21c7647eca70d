"""A ring of messages in memory that two processes share: one writes, one reads."""

import mmap
import os
import re
import secrets
import struct
import tempfile
from contextlib import suppress
from pathlib import Path

from aestream_io._errors import EventError

__all__ = ["Ring", "ring_path"]

_MAGIC = b"NEVRING1"
_HEAD = struct.Struct("<8sqq")  # magic, bytes of the ring, process of the writer
# Each counter is written by one side alone and lies in a cache line of its own.
_WRITTEN, _READ, _ENDED, _READER = 64, 128, 192, 256
_DATA = 4096
_COUNT = struct.Struct("<q")
_WRAP = -1  # in place of a length: the next message lies at the beginning


def ring_path(name: str) -> Path:
    """Where the ring of a name lies: in memory where the system has a place for that.

    Raises:
        EventError: a name with other characters than letters, digits, `-`, `_` and dots.

    Example:
        >>> ring_path("camera").name
        'camera.events'
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise EventError(f"shm:{name}: expected a name of letters, digits, '-', '_' and dots")
    memory = Path("/dev/shm")
    folder = memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    return folder / f"{name}.events"


class Ring:
    """Messages from one process to another.

    Args:
        path: the file that both map.
        data: its mapping.
    """

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self._path = path
        self._data = data
        self._capacity = _HEAD.unpack_from(data, 0)[1]
        self._writer = _HEAD.unpack_from(data, 0)[2]

    @classmethod
    def create(cls, path: Path, capacity: int) -> "Ring":
        """Make a ring; one of the same name that is still there is left to its reader."""
        capacity = max(capacity, 1 << 16) // 8 * 8
        new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with new.open("xb+") as file:
            file.truncate(_DATA + capacity)
            data = mmap.mmap(file.fileno(), _DATA + capacity)
        _HEAD.pack_into(data, 0, _MAGIC, capacity, os.getpid())
        os.replace(new, path)
        return cls(path, data)

    @classmethod
    def attach(cls, path: Path) -> "Ring | None":
        """Open a ring that a writer has made; None if there is none that is not being read."""
        try:
            with path.open("rb+") as file:
                size = os.fstat(file.fileno()).st_size
                data = mmap.mmap(file.fileno(), size) if size > _DATA else None
        except OSError:
            return None
        if data is None:
            return None
        magic, capacity, _ = _HEAD.unpack_from(data, 0)
        if magic != _MAGIC or capacity != size - _DATA:
            data.close()
            return None
        ring = cls(path, data)
        if ring._count(_READER):
            ring.close()
            return None
        ring._set(_READER, os.getpid())
        return ring

    def _count(self, place: int) -> int:
        return _COUNT.unpack_from(self._data, place)[0]

    def _set(self, place: int, value: int) -> None:
        _COUNT.pack_into(self._data, place, value)

    @property
    def largest(self) -> int:
        """Bytes of the longest message that fits."""
        return self._capacity // 2 - 16

    def push(self, message: bytes) -> bool:
        """Write a message; False if there is no room for it now."""
        need = 8 + (len(message) + 7) // 8 * 8
        written, read = self._count(_WRITTEN), self._count(_READ)
        at = written % self._capacity
        skipped = self._capacity - at if self._capacity - at < need else 0
        if written + skipped + need - read > self._capacity:
            return False
        if skipped:
            self._set(_DATA + at, _WRAP)
            at = 0
        begin = _DATA + at
        self._data[begin + 8 : begin + 8 + len(message)] = message
        self._set(begin, len(message))
        # Last, so that a reader never sees a message before its bytes.
        self._set(_WRITTEN, written + skipped + need)
        return True

    def pop(self) -> bytes | None:
        """Read the next message; None if there is none now."""
        read = self._count(_READ)
        if read >= self._count(_WRITTEN):
            return None
        at = read % self._capacity
        length = self._count(_DATA + at) if at <= self._capacity - 8 else -2
        if length == _WRAP:
            read += self._capacity - at
            at = 0
            length = self._count(_DATA)
        if not 0 <= length <= self._capacity - at - 8:
            raise EventError(f"{self._path}: the ring is damaged; restart the writer")
        message = self._data[_DATA + at + 8 : _DATA + at + 8 + length]
        self._set(_READ, read + 8 + (length + 7) // 8 * 8)
        return message

    @property
    def drained(self) -> bool:
        """Whether everything written has been read."""
        return self._count(_READ) >= self._count(_WRITTEN)

    @property
    def ended(self) -> bool:
        """Whether nothing more will be written: the writer says so, or has died."""
        if self._count(_ENDED):
            return True
        if os.name == "nt":
            return False
        try:
            os.kill(self._writer, 0)
        except ProcessLookupError:
            return True
        except OSError:
            pass
        return False

    def end(self) -> None:
        """Say that nothing more will be written."""
        self._set(_ENDED, 1)

    def remove(self) -> None:
        """Take the name away; a reader that has the ring keeps it."""
        with suppress(OSError):
            self._path.unlink()

    def close(self) -> None:
        """Let go of the memory."""
        self._data.close()
