"""Columns of Arrow tables, packed or not."""

import struct
from typing import Any

import numpy as np

from aestream_io.formats import _arrow_parts as parts
from aestream_io.formats._flatbuffer import Damaged
from aestream_io.formats._zstd import zstandard
from neuro_kernels import codecs

__all__ = ["Columns"]


class Columns:
    """Unpacks columns.

    Args:
        name: what error messages call the file.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._zstd: Any = None

    def check(self, data: memoryview, compression: int | None, rows: int, kind: str) -> None:
        """Refuse a column that says another length than its rows, before room is made for them.

        Raises:
            Damaged: it does.
        """
        wanted = (rows + 7) // 8 if kind == "bit" else rows * np.dtype(kind).itemsize
        have = len(data)
        if compression is not None and wanted:
            said = struct.unpack_from("<q", data)[0] if len(data) >= 8 else 0
            have = said if said != -1 else len(data) - 8
            if have == said and have != wanted:
                raise Damaged("a column has another length than its rows")
        if have < wanted:
            raise Damaged("a column is too short")

    def unpack(self, data: memoryview, compression: int | None, out: np.ndarray) -> None:
        """Fill `out` with the bytes of one column.

        Raises:
            Damaged: there are fewer, or more.
        """
        if compression is None:
            if len(data) < len(out):
                raise Damaged("a column is too short")
            out[:] = np.frombuffer(data[: len(out)], np.uint8)
            return
        if len(out) == 0:
            return
        if len(data) < 8 or (said := struct.unpack_from("<q", data)[0]) not in (-1, len(out)):
            raise Damaged("a column has another length than its rows")
        if said == -1:
            self.unpack(data[8:], None, out)
            return
        if compression == parts.COMPRESSIONS["lz4"]:
            state, n, _ = codecs.lz4_decompress_into(data[8:], out)
            if state != "done" or n != len(out):
                raise Damaged("a column cannot be unpacked")
        elif compression == parts.COMPRESSIONS["zstd"]:
            self._unpack_zstd(data[8:], out)
        else:
            raise Damaged("an unknown compression")

    def _unpack_zstd(self, data: memoryview, out: np.ndarray) -> None:
        if self._zstd is None:
            self._zstd = zstandard(self._name)
            self._machine = self._zstd.ZstdDecompressor()
        n = 0
        try:
            with self._machine.stream_reader(data) as stream:
                while n < len(out) and (more := stream.readinto(out[n:].data)):
                    n += more
        except self._zstd.ZstdError as error:
            raise Damaged("a column cannot be unpacked") from error
        if n < len(out):
            raise Damaged("a column is too short")
