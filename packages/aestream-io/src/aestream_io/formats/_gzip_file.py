"""Gzip data as a file (RFC 1952), read up to the byte where it is damaged."""

import zlib

from aestream_io.formats._packed_file import PackedFile

__all__ = ["GzipFile"]

_MOST_OUT = 1 << 20  # bytes that come out at once
_HEAD, _TAIL = 10, 8
_HAS_CRC, _HAS_EXTRA, _HAS_NAME, _HAS_COMMENT = 2, 4, 8, 16
_MOST_HEAD = 1 << 17


class GzipFile(PackedFile):
    """The contents of a file of gzip members, one behind the other.

    Unlike that of the standard library it gives everything that comes before damage; a check sum
    that is wrong is told at the end.
    """

    def _restart(self) -> None:
        self._waiting = b""  # a head or a tail that is not whole
        self._machine = None
        self._members = 0
        self._crc = self._size = 0

    def _unpack(self, data: bytes) -> tuple[bytes, int]:
        if not data:
            inside = self._machine is not None or self._waiting.strip(b"\0")
            if inside and self._error is None:
                self._error = "it ends inside a member"
            return b"", 0
        if self._machine is None:
            return b"", self._read_head(data)
        if self._machine.eof:
            return b"", self._read_tail(data)
        return self._inflate(data)

    def _read_head(self, data: bytes) -> int:
        before = len(self._waiting)
        self._waiting += data
        head = self._waiting
        if self._members and not head.strip(b"\0"):
            self._waiting = b""  # zeros that fill up a tape or disk
            return len(data)
        if not head.startswith(b"\x1f\x8b"[: len(head)]) or len(head) > _MOST_HEAD:
            self._fail("what follows is no gzip member")
            return len(data)
        length = _head_length(head)
        if length is None:
            return len(data)
        self._waiting = b""
        self._machine = zlib.decompressobj(-zlib.MAX_WBITS)
        self._crc = self._size = 0
        return length - before

    def _read_tail(self, data: bytes) -> int:
        used = min(_TAIL - len(self._waiting), len(data))
        self._waiting += data[:used]
        if len(self._waiting) == _TAIL:
            told = (int.from_bytes(self._waiting[:4], "little"), self._waiting[4:])
            if told != (self._crc, (self._size & 0xFFFFFFFF).to_bytes(4, "little")):
                self._error = "its check sum is wrong"
            self._waiting, self._machine = b"", None
            self._members += 1
        return used

    def _inflate(self, data: bytes) -> tuple[bytes, int]:
        assert self._machine is not None
        before = self._machine.copy()
        try:
            out = self._machine.decompress(data, _MOST_OUT)
        except zlib.error as error:
            self._fail(str(error))
            return _up_to_damage(before, data), len(data)
        left = self._machine.unused_data if self._machine.eof else self._machine.unconsumed_tail
        self._crc = zlib.crc32(out, self._crc)
        self._size += len(out)
        return out, len(data) - len(left)

    def _fail(self, why: str) -> None:
        self._ended, self._error = True, why


def _up_to_damage(machine: "zlib._Decompress", data: bytes) -> bytes:
    """What comes out byte by byte: an error costs the output of its own call."""
    parts = []
    for at in range(len(data)):
        try:
            parts.append(machine.decompress(data[at : at + 1]))
        except zlib.error:
            break
    return b"".join(parts)


def _head_length(head: bytes) -> int | None:
    """Bytes of the head of a member, None if it is not whole."""
    if len(head) < _HEAD:
        return None
    flags, at = head[3], _HEAD
    if flags & _HAS_EXTRA:
        if len(head) < at + 2:
            return None
        at += 2 + int.from_bytes(head[at : at + 2], "little")
    for flag in (_HAS_NAME, _HAS_COMMENT):
        if flags & flag:
            end = head.find(b"\0", at)
            if end < 0:
                return None
            at = end + 1
    at += 2 * bool(flags & _HAS_CRC)
    return at if len(head) >= at else None
