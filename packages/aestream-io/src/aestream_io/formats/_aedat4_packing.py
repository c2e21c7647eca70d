"""Compression of AEDAT 4 packets."""

from typing import Any

import numpy as np

from aestream_io._errors import EventError
from aestream_io.formats._flatbuffer import Damaged
from aestream_io.formats._source import ByteSource
from aestream_io.formats._zstd import zstandard
from neuro_kernels import codecs

__all__ = ["NAMES", "Unpacker"]

NAMES = ("none", "lz4", "lz4 high", "zstd", "zstd high")
_LARGEST = 1 << 26  # bytes of one unpacked packet; larger ones are taken for damage


class Unpacker:
    """Unpacks one packet after the other into memory that is used again.

    Args:
        compression: the header's number.
        name: what errors call the file.

    Raises:
        EventError: an unknown compression, or a library that is missing.
    """

    def __init__(self, compression: int, name: str) -> None:
        if not 0 <= compression < len(NAMES):
            known = ", ".join(f"{i} {one}" for i, one in enumerate(NAMES))
            raise EventError(f"{name}: expected a compression of {known}; got {compression}")
        self.name = NAMES[compression]
        self._loaded = np.empty(1 << 18, np.uint8)
        self._room = np.empty(1 << 20, np.uint8)
        if self.name == "none":
            self.mark, self.mark_at, self.least_bytes = b"EVTS", 8, 16
        elif self.name.startswith("lz4"):
            self.mark, self.mark_at, self.least_bytes = b"\x04\x22\x4d\x18", 0, 2
        else:
            self.mark, self.mark_at, self.least_bytes = b"\x28\xb5\x2f\xfd", 0, 1
            self._zstd = zstandard(name)
            self._machine = self._zstd.ZstdDecompressor()

    @property
    def room(self) -> np.ndarray:
        """Memory that holds one unpacked packet at a time."""
        return self._room

    @property
    def uses_zstd(self) -> bool:
        """Whether packets are Zstandard frames."""
        return self.name.startswith("zstd")

    def begins(self, head: bytes) -> bool:
        """Whether these 12 bytes can be the beginning of a packet's content."""
        if self.name != "none":
            return head.startswith(self.mark)
        return head[8:12].isalpha() and head[8:12].isupper()

    def load(self, source: ByteSource, size: int) -> Any:
        """The next `size` bytes, fewer at the end; in memory that the next call uses again."""
        if len(self._loaded) < size:
            # A size that is wrong must not cost more memory than the file has bytes.
            remaining = source.remaining
            if remaining is None or remaining < size:
                return memoryview(source.read(size))
            self._loaded = np.empty(2 * size, np.uint8)
        view, n = self._loaded.data[:size], 0
        while n < size and (more := source.readinto(view[n:])):
            n += more
        return view[:n]

    def unpack(self, data: Any) -> tuple[Any, int, bool]:
        """Unpack one packet.

        Args:
            data: the packed content.

        Returns:
            The content, valid until the next call; how many bytes of `data` it came from; whether
            it is whole.

        Raises:
            Damaged: nothing of use came out.
        """
        if self.name == "none":
            said = int.from_bytes(data[:4], "little") + 4
            return data, min(said, len(data)), said <= len(data)
        if self.name.startswith("lz4"):
            return self._unpack_lz4(data)
        return self._unpack_zstd(data)

    def _unpack_lz4(self, data: Any) -> tuple[Any, int, bool]:
        while True:
            state, n, used = codecs.lz4_decompress_into(data, self._room)
            if state != "full":
                break
            self._grow()
        if n < 12:
            raise Damaged("an LZ4 frame holds nothing")
        whole = state == "done"
        return self._room.data[:n], used if whole else len(data), whole

    def _unpack_zstd(self, data: Any) -> tuple[Any, int, bool]:
        n, whole = 0, True
        try:
            with self._machine.stream_reader(data, read_size=1 << 20) as stream:
                while more := stream.readinto(self._room.data[n:]):
                    n += more
                    if n == len(self._room):
                        self._grow()
        except self._zstd.ZstdError:
            whole = False
        if n < 12:
            raise Damaged("a Zstandard frame holds nothing")
        content = self._room.data[:n]
        said = int.from_bytes(content[:4], "little") + 4
        return content, len(data), whole and said <= n

    def whole(self, data: Any) -> Any:
        """The content of one Zstandard frame, valid until the next call; None where it is damaged,
        cut, or larger than there is room for."""
        try:
            n = self._machine.stream_reader(data, read_size=1 << 20).readinto(self._room.data)
        except self._zstd.ZstdError:
            return None
        content = self._room.data[:n]
        return content if n >= 12 and int.from_bytes(content[:4], "little") + 4 == n else None

    def _grow(self) -> None:
        if len(self._room) >= _LARGEST:
            raise Damaged(f"a packet holds more than {_LARGEST} bytes")
        self._room = np.concatenate([self._room, np.empty(3 * len(self._room), np.uint8)])
