"""FlatBuffers as AEDAT 4 uses them: reading that trusts no offset, and writing."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Damaged",
    "Nested",
    "Scalar",
    "Structs",
    "Table",
    "build",
    "build_plain",
    "plain_root",
    "root",
]

_Buffer = bytes | bytearray | memoryview


class Damaged(ValueError):
    """An offset or a length leads out of the buffer."""


def _unpack(layout: str, data: _Buffer, at: int) -> Any:
    # struct takes negative places for places from the end, and raises for those beyond it.
    if at < 0:
        raise Damaged("an offset leads out of the buffer")
    try:
        return struct.unpack_from(layout, data, at)[0]
    except struct.error as error:
        raise Damaged("an offset leads out of the buffer") from error


class Table:
    """One table in a buffer.

    Args:
        data: the whole buffer.
        at: place of the table.

    Raises:
        Damaged: it leads out of the buffer.

    Example:
        >>> data = build(b"TEST", [Scalar("<q", 7), None, "name"])
        >>> table = root(data, b"TEST")
        >>> table.scalar(0, "<q"), table.scalar(1, "<i", -1), table.text(2)
        (7, -1, 'name')
    """

    __slots__ = ("_at", "_data", "_fields")

    def __init__(self, data: _Buffer, at: int) -> None:
        self._data = data
        self._at = at
        v_table = at - _unpack("<i", data, at)
        size = _unpack("<H", data, v_table)
        if size < 4 or v_table + size > len(data):
            raise Damaged("a table of fields leads out of the buffer")
        self._fields = struct.unpack_from(f"<{size // 2 - 2}H", data, v_table + 4)

    def place(self, field: int) -> int | None:
        """Where field number `field` begins; None if it is not there."""
        if field >= len(self._fields) or self._fields[field] == 0:
            return None
        return self._at + self._fields[field]

    def scalar(self, field: int, layout: str, default: Any = 0) -> Any:
        """A number, in a layout of `struct`."""
        place = self.place(field)
        return default if place is None else _unpack(layout, self._data, place)

    def _reference(self, field: int) -> int | None:
        place = self.place(field)
        return None if place is None else place + _unpack("<I", self._data, place)

    def vector(self, field: int, item_size: int) -> tuple[int, int]:
        """Place of the first item of a vector, and the number of items; all lie in the buffer."""
        at = self._reference(field)
        if at is None:
            return 0, 0
        n = _unpack("<I", self._data, at)
        if n * item_size > len(self._data) - at - 4:
            raise Damaged(f"a vector of {n} items leads out of the buffer")
        return at + 4, n

    def vector_start(self, field: int) -> tuple[int, int]:
        """`vector`, without the check that the items are there."""
        at = self._reference(field)
        return (0, 0) if at is None else (at + 4, _unpack("<I", self._data, at))

    def bytes(self, field: int) -> memoryview:
        """A vector of bytes."""
        at, n = self.vector(field, 1)
        return memoryview(self._data)[at : at + n]

    def table(self, field: int) -> "Table | None":
        """A table in a field of its own."""
        at = self._reference(field)
        return None if at is None else Table(self._data, at)

    def text(self, field: int) -> str:
        """A string."""
        return bytes(self.bytes(field)).decode("utf-8", errors="replace")

    def tables(self, field: int) -> "list[Table]":
        """A vector of tables."""
        at, n = self.vector(field, 4)
        places = range(at, at + 4 * n, 4)
        return [Table(self._data, at + _unpack("<I", self._data, at)) for at in places]


def root(data: _Buffer, identifier: bytes | None) -> Table:
    """The outermost table of a buffer that begins with its size.

    Args:
        data: the buffer.
        identifier: the four letters it must have; None for a buffer that may have none.

    Raises:
        Damaged: too short, or with another identifier.
    """
    if identifier is not None and bytes(data[8:12]) != identifier:
        raise Damaged(f"expected {identifier.decode()}, found {bytes(data[8:12])!r}")
    return Table(data, 4 + _unpack("<I", data, 4))


@dataclass(frozen=True)
class Scalar:
    """A number and its layout."""

    layout: str
    value: Any


@dataclass(frozen=True)
class Structs:
    """A vector of items of a fixed size, as bytes."""

    n: int
    data: bytes


@dataclass(frozen=True)
class Nested:
    """A table in a field of its own."""

    fields: Sequence[Any]


Field = Nested | Scalar | Structs | bytes | str | Sequence[Any] | None


def build(identifier: bytes, fields: Sequence[Field]) -> bytes:
    """A buffer that begins with its size.

    Args:
        identifier: four letters.
        fields: of the outermost table: `Scalar`, a string, a vector of bytes, `Structs`, or a list
            of the fields of tables, which makes a vector of tables; None for a field that is left
            out.

    Returns:
        The bytes; `len(...) - 4` is the size at their beginning.
    """
    out = bytearray(8) + identifier
    at = _put_table(out, fields)
    struct.pack_into("<I", out, 4, at - 4)
    out += bytes(-len(out) % 8)
    struct.pack_into("<I", out, 0, len(out) - 4)
    return bytes(out)


def build_plain(fields: Sequence[Field]) -> bytes:
    """A buffer without size and letters in front, as Arrow has them; a multiple of 8 bytes."""
    out = bytearray(4)
    struct.pack_into("<I", out, 0, _put_table(out, fields))
    return bytes(out + bytes(-len(out) % 8))


def plain_root(data: _Buffer) -> Table:
    """The outermost table of such a buffer.

    Raises:
        Damaged: too short.
    """
    return Table(data, _unpack("<I", data, 0))


def _put_table(out: bytearray, fields: Sequence[Field]) -> int:
    """Append a table and what it refers to; return its place."""
    widths = [
        0 if f is None else struct.calcsize(f.layout) if isinstance(f, Scalar) else 4
        for f in fields
    ]
    # The table begins 4 bytes before a multiple of 8: numbers of 8 bytes follow at once.
    places, end = [0] * len(fields), 4
    for width in (8, 4, 2, 1):
        for i, one in enumerate(widths):
            if one == width:
                places[i], end = end, end + width
    v_table = struct.pack(f"<HH{len(fields)}H", 4 + 2 * len(fields), end, *places)
    out += bytes((4 - len(out) - len(v_table)) % 8) + v_table
    at = len(out)
    out += struct.pack("<i", len(v_table)) + bytes(end - 4)
    for field, place in zip(fields, places, strict=True):
        if field is None:
            continue
        if isinstance(field, Scalar):
            struct.pack_into(field.layout, out, at + place, field.value)
        else:
            nested = isinstance(field, Nested)
            target = _put_table(out, field.fields) if nested else _put_vector(out, field)
            struct.pack_into("<I", out, at + place, target - at - place)
    return at


def _put_vector(out: bytearray, field: Any) -> int:
    """Append a string or vector, aligned so that its items begin at a multiple of 8."""
    out += bytes((4 - len(out)) % 8)
    at = len(out)
    if isinstance(field, str):
        text = field.encode()
        out += struct.pack("<I", len(text)) + text + b"\0"
    elif isinstance(field, bytes):
        out += struct.pack("<I", len(field)) + field
    elif isinstance(field, Structs):
        out += struct.pack("<I", field.n) + field.data
    else:
        out += struct.pack("<I", len(field)) + bytes(4 * len(field))
        for i, fields in enumerate(field):
            place = at + 4 + 4 * i
            struct.pack_into("<I", out, place, _put_table(out, fields) - place)
    return at
