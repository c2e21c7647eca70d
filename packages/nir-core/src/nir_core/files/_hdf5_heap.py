"""Text of varying length, read from the file's global heaps without the HDF5 library.

A damaged heap makes libhdf5 2.0 loop for ever, so these heaps are walked here. Layout: HDF5
File Format Specification 3.0, sections II.A (superblock), III.E (global heap) and IV.B
(variable-length data: 4 bytes length, 8 bytes heap address, 4 bytes index).
"""

from __future__ import annotations

import os
import struct

import numpy as np

from nir_core.errors import NirFileError

__all__ = ["SIGNATURE", "RawFile", "TextHeap", "signature_offset"]

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_REFERENCE = np.dtype([("length", "<u4"), ("heap", "<u8"), ("index", "<u4")])
_OBJECT = struct.Struct("<HHIQ")
_UNDEFINED = (1 << 64) - 1
_PIECE = 1 << 24


class RawFile:
    """Bytes of a file by offset, from memory or from disk."""

    def __init__(self, source: str | bytes) -> None:
        self.data = source if isinstance(source, bytes) else None
        self.file = None
        if self.data is not None:
            self.size = len(self.data)
        else:
            self.file = open(source, "rb", buffering=0)  # noqa: SIM115 - closed by close()
            self.size = os.fstat(self.file.fileno()).st_size

    def at(self, offset: int, count: int) -> bytes:
        """Give `count` bytes, fewer at the end of the file."""
        if self.data is not None:
            return self.data[offset : offset + count]
        assert self.file is not None
        self.file.seek(offset)
        return self.file.read(count) or b""

    def find_all(self, pattern: bytes) -> list[int]:
        """Give the offsets at which a pattern stands."""
        found = []
        overlap = len(pattern) - 1
        for start in range(0, self.size, _PIECE):
            piece = self.at(start, _PIECE + overlap)
            place = piece.find(pattern)
            while place >= 0:
                found.append(start + place)
                place = piece.find(pattern, place + 1)
        return found

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


def signature_offset(raw: RawFile) -> int | None:
    """Give where the signature stands: at 0, 512, 1024, 2048, ...; None when nowhere."""
    offset = 0
    while offset + 8 <= raw.size:
        if raw.at(offset, 8) == SIGNATURE:
            return offset
        offset = offset * 2 or 512
    return None


class TextHeap:
    """The texts of one file."""

    def __init__(self, raw: RawFile) -> None:
        self.raw = raw
        base = signature_offset(raw)
        if base is None:
            raise NirFileError("/: this is not an HDF5 file, so it is not a .nir file")
        self.base = base
        head = raw.at(base + 8, 8)
        sizes = head[5:7] if head[:1] in (b"\0", b"\1") else head[1:3]
        if sizes != b"\x08\x08":
            raise NirFileError("/: the file does not use addresses and lengths of 8 bytes")
        self.heaps: dict[int, dict[int, tuple[int, int]]] = {}
        self.images: dict[int, bytes] = {}
        self.walked = 0

    def texts(self, offset: int, count: int, path: str) -> list[str]:
        """Read `count` texts whose references stand at an offset of the file."""
        stored = self.raw.at(offset, count * 16)
        if len(stored) != count * 16:
            raise NirFileError(f"{path}: the file ends within the text")
        seen: dict[tuple[int, int, int], str] = {}
        result = []
        for reference in np.frombuffer(stored, _REFERENCE).tolist():
            if reference not in seen:
                seen[reference] = self.text(*reference, path)  # type: ignore
            result.append(seen[reference])
        return result

    def text(self, length: int, address: int, index: int, path: str) -> str:
        """Read the text with an index in the heap at an address."""
        if length == 0 and address in (0, _UNDEFINED):
            return ""
        if address not in self.heaps:
            self.heaps[address] = self.walk(address, path)
        place = self.heaps[address].get(index)
        if place is None or length > place[1]:
            raise NirFileError(f"{path}: the text is not where the file says it is")
        start = place[0]
        data = self.images[address][start : start + length]
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NirFileError(f"{path}: the text is not UTF-8: {error}") from error

    def walk_all(self) -> None:
        """Walk every heap of the file, so that the HDF5 library meets no damaged one.

        Raises:
            NirFileError: a heap is damaged.
        """
        for address in self.raw.find_all(b"GCOL\x01"):
            if address >= self.base and address - self.base not in self.heaps:
                self.heaps[address - self.base] = self.walk(address - self.base, "/")

    def walk(self, address: int, path: str) -> dict[int, tuple[int, int]]:
        """Give offset and size of each object of a heap."""
        at = self.base + address
        head = self.raw.at(at, 16) if at < self.raw.size else b""
        size = int.from_bytes(head[8:16], "little")
        if head[:5] != b"GCOL\x01" or not 16 <= size <= self.raw.size - at:
            raise NirFileError(f"{path}: the heap that holds the text is damaged")
        self.walked += size
        if self.walked > self.raw.size:
            raise NirFileError(f"{path}: the heaps of the file overlap")
        image = self.raw.at(at, size)
        objects: dict[int, tuple[int, int]] = {}
        position = 16
        while position + 16 <= size:
            index, _, _, length = _OBJECT.unpack_from(image, position)
            step = length if index == 0 else 16 + (length + 7) // 8 * 8
            if step < 16 or step > size - position:
                raise NirFileError(f"{path}: the heap that holds the text is damaged")
            if index:
                objects[index] = (position + 16, length)
            position += step
        self.images[address] = image
        return objects
