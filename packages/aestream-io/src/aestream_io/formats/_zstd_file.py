"""Zstandard data as a file."""

from typing import Any, BinaryIO

from aestream_io.formats._packed_file import PackedFile
from aestream_io.formats._zstd import zstandard

__all__ = ["ZstdFile"]

_CHECK_BYTES = 4


class ZstdFile(PackedFile):
    """The contents of a file of Zstandard frames.

    Args:
        file: open binary file or pipe.
        name: what error messages call it.

    Raises:
        EventError: the extra `zstd` is not installed.
    """

    # Four bytes may stand for 128 KiB of equal ones, all of which come out at once.
    _piece_bytes = 1 << 11

    def __init__(self, file: BinaryIO, *, name: str) -> None:
        self._library = zstandard(name)
        super().__init__(file)

    def _restart(self) -> None:
        self._machine: Any = None

    def _unpack(self, data: bytes) -> tuple[bytes, int]:
        if not data:
            self._error = None if self._machine is None else "it ends inside a frame"
            return b"", 0
        if self._machine is None:
            self._machine = self._library.ZstdDecompressor().decompressobj()
        # The check sum that a frame may end with goes in by itself: an error costs what comes out
        # of its call.
        data = data[:-_CHECK_BYTES] or data
        try:
            out = self._machine.decompress(data)
        except self._library.ZstdError as error:
            self._ended, self._error = True, str(error)
            return b"", len(data)
        used = len(data)
        if self._machine.eof:
            used -= len(self._machine.unused_data)
            self._machine = None
        return out, used
