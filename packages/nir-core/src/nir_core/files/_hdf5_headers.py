"""Groups of small arrays, read from the bytes of a file without the HDF5 library.

Most of a graph with many small layers are groups that hold some arrays of a few bytes, each in an
object header of its own. libhdf5 takes ten times as long for each of them as it takes to look at
the bytes. Here only the plainest headers are read: those with checksums that are right,
of links inside the file, and of numbers or text that stand in the header. Whatever else
there may be is left to libhdf5 and to what `_hdf5_safe` asks of it.

Layout: HDF5 File Format Specification 3.0, IV.A.1.b (object headers, version 2) and IV.A.2
(messages).
"""

# pyright: reportAttributeAccessIssue=false
# The compiled modules of h5py come without type information.
from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from math import prod

import numpy as np

from nir_core.files._hdf5_checksum import lookup3

__all__ = ["PlainGroups"]

_MOST = 1024  # bytes of a header; larger ones are fewer, and libhdf5 takes as long to read them
_PIECES = 16  # of one header
_FEWEST = 16  # headers; below that the checksums take longer than libhdf5
_LINKS_HERE = bytes(2) + b"\xff" * 16  # no creation order, neither heap nor index
_NO_FILL = b"\x03\x05"  # version 3, nothing is filled in
_NIL, _SPACE, _LINK_INFO, _TYPE, _FILL, _LINK, _LAYOUT, _GROUP_INFO = 0, 1, 2, 3, 5, 6, 8, 10
_CONTINUATION = 16

Value = np.ndarray | str
Span = tuple[int, int]
Messages = list[tuple[int, int, int]]  # number, where it begins, its length


@cache
def _number_types() -> dict[bytes, np.dtype]:
    """Give the number types by the message that describes them."""
    from h5py import h5t

    names = ("f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
    types = map(np.dtype, names)
    # What `encode` gives begins with the number of the message and a version of its own.
    return {h5t.py_create(dtype).encode()[2:]: dtype for dtype in types}


class PlainGroups:
    """Reads groups of one file by their addresses.

    Args:
        data: the bytes of the file.
        base: where addresses count from.
    """

    def __init__(self, data: bytes, base: int) -> None:
        self.data, self.base = data, base
        self.spaces: dict[bytes, tuple[int, ...] | None] = {}

    def read(self, addresses: Sequence[int]) -> list[dict[str, Value] | None]:
        """Read groups and all that is in them.

        Args:
            addresses: those of the groups.

        Returns:
            For each group its arrays and texts by name; None where libhdf5 must look at it.
        """
        nothing: list[dict[str, Value] | None] = [None] * len(addresses)
        if len(addresses) < _FEWEST or sys.byteorder != "little":
            return nothing
        links = [self._links(m) if m else None for m in self._headers(addresses)]
        members = [address for found in links if found for address in found.values()]
        if len(members) < _FEWEST:
            return nothing
        values = iter([self._value(m) if m else None for m in self._headers(members)])
        groups: list[dict[str, Value] | None] = []
        for found in links:
            content = {name: next(values) for name in found or ()}
            whole = found and all(value is not None for value in content.values())
            groups.append(content if whole else None)  # type: ignore[arg-type]
        return groups

    def _headers(self, addresses: Sequence[int]) -> list[Messages | None]:
        """Give the messages of each header, None where it is not plain or a checksum is wrong."""
        read = [self._messages(self.base + address) for address in addresses]
        spans = [span for _, own in read for span in own]
        if len(spans) < _FEWEST:
            return [None] * len(addresses)
        data = self.data
        right = [
            found == int.from_bytes(data[end : end + 4], "little")
            for found, (_, end) in zip(lookup3(data, spans).tolist(), spans, strict=True)
        ]
        headers: list[Messages | None] = []
        at = 0
        for messages, own in read:
            whole = own and all(right[at : at + len(own)])
            headers.append(messages if whole else None)
            at += len(own)
        return headers

    def _messages(self, begin: int) -> tuple[Messages, list[Span]]:
        """Give the messages of a header, and its pieces that have checksums; none if not plain."""
        data, messages = self.data, []
        if data[begin : begin + 5] != b"OHDR\x02" or begin + 5 >= len(data):
            return [], []
        flags = data[begin + 5]
        at = begin + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        end = at + width + int.from_bytes(data[at : at + width], "little")
        step = 6 if flags & 4 else 4
        if flags & 0xC0 or not self._piece(begin, at + width, end, step, messages):
            return [], []
        spans = [(begin, end)]
        for number, at, length in messages:  # grows where a piece names a further one
            if number != _CONTINUATION:
                continue
            if length != 16 or len(spans) > _PIECES:
                return [], []
            begin, length = np.frombuffer(data, "<u8", 2, at).tolist()
            begin, end = self.base + begin, self.base + begin + length - 4
            if data[begin : begin + 4] != b"OCHK":
                return [], []
            if not self._piece(begin, begin + 4, end, step, messages):
                return [], []
            spans.append((begin, end))
        return messages, spans

    def _piece(self, begin: int, at: int, end: int, step: int, messages: Messages) -> bool:
        """Add the messages of one piece; False where it is damaged, too large or shares some."""
        data = self.data
        if not at <= end <= begin + _MOST or end + 4 > len(data):
            return False
        while at + step <= end:
            number, length = data[at], data[at + 1] | data[at + 2] << 8
            if data[at + 3] > 1 or at + step + length > end:  # 1: constant; 2: shared; ...
                return False
            messages.append((number, at + step, length))
            at += step + length
        return at == end

    def _links(self, messages: Messages) -> dict[str, int] | None:
        """Give the addresses of the members of a group by name."""
        data = self.data
        found: dict[str, int] = {}
        infos = 0
        for number, at, length in messages:
            if number == _LINK:
                link = self._link(at, at + length)
                if link is None or link[0] in found:
                    return None
                found[link[0]] = link[1]
            elif number == _LINK_INFO:
                infos += 1
                if data[at : at + length] != _LINKS_HERE:
                    return None
            elif number not in (_NIL, _GROUP_INFO, _CONTINUATION):
                return None
        return found if infos == 1 else None

    def _link(self, at: int, end: int) -> tuple[str, int] | None:
        """Give name and address of a hard link."""
        data = self.data
        flags = data[at + 1]
        if data[at] != 1 or flags & 0xE0:
            return None
        at += 2
        if flags & 8:
            if data[at]:  # a soft, an external or a user-defined link
                return None
            at += 1
        at += 8 if flags & 4 else 0
        if flags & 16:
            if data[at] > 1:  # neither ASCII nor UTF-8
                return None
            at += 1
        width = 1 << (flags & 3)
        length = int.from_bytes(data[at : at + width], "little")
        at += width
        if at + length + 8 != end:
            return None
        try:
            name = data[at : at + length].decode("utf-8")
        except UnicodeDecodeError:
            return None
        if not name or "/" in name or "\0" in name:
            return None
        return name, int.from_bytes(data[end - 8 : end], "little")

    def _value(self, messages: Messages) -> Value | None:
        """Give what a dataset holds."""
        data = self.data
        parts: dict[int, tuple[int, int]] = {}
        for number, at, length in messages:
            if number in parts:
                return None
            if number in (_SPACE, _TYPE, _LAYOUT):
                parts[number] = at, length
            elif number == _FILL:
                if data[at : at + length] != _NO_FILL:
                    return None
            elif number not in (_NIL, _CONTINUATION):
                return None
        if len(parts) != 3:
            return None
        at, length = parts[_SPACE]
        shape = self._shape(data[at : at + length])
        at, length = parts[_LAYOUT]
        size = data[at + 2] | data[at + 3] << 8 if length >= 4 else -1
        # Versions 3 and 4 of compact storage, which is class 0, are the same.
        if shape is None or data[at] not in (3, 4) or data[at + 1] or length < 4 + size:
            return None
        content = data[at + 4 : at + 4 + size]
        at, length = parts[_TYPE]
        kind = data[at : at + length]
        dtype = _number_types().get(kind)
        if dtype is None:
            return _text(kind, content) if shape == () else None
        if size != prod(shape) * dtype.itemsize or not size:
            return None
        return np.ndarray(shape, dtype, content)

    def _shape(self, message: bytes) -> tuple[int, ...] | None:
        """Give the shape that a message describes, None for anything but a plain one."""
        if message not in self.spaces:
            shape = None
            if len(message) >= 4 and message[0] == 2:
                _, rank, flags, kind = message[:4]
                dims = message[4 : 4 + 8 * rank]
                most = dims if flags else b""  # what the shape may grow to
                whole = flags < 2 and message[4:] == dims + most and len(dims) == 8 * rank
                if whole and kind == (1 if rank else 0) and rank <= 32:
                    shape = tuple(np.frombuffer(dims, "<u8").tolist())
            self.spaces[message] = shape
        return self.spaces[message]


def _text(kind: bytes, content: bytes) -> str | None:
    """Give a text of fixed length that ends at its first zero byte."""
    padded = len(kind) == 8 and kind[0] == 0x13 and kind[1] in (0, 1, 0x10, 0x11)
    if not padded or kind[2:4] != b"\0\0" or not 0 < len(content) <= 256:
        return None
    if int.from_bytes(kind[4:], "little") != len(content):
        return None
    try:
        return content.split(b"\0", 1)[0].decode("utf-8")
    except UnicodeDecodeError:
        return None
