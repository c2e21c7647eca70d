"""Parts of Arrow IPC files: messages, schemas, batches of columns; read and written.

Numbers of fields are those of Arrow's FlatBuffers definitions (Message.fbs, Schema.fbs, File.fbs).
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aestream_io.formats._flatbuffer import (
    Damaged,
    Nested,
    Scalar,
    Structs,
    Table,
    build_plain,
    plain_root,
)

__all__ = [
    "COMPRESSIONS",
    "END",
    "MAGIC",
    "MARK",
    "Batch",
    "Block",
    "Column",
    "batch_of",
    "footer_of",
    "message_of",
    "schema_of",
    "spell_batch",
    "spell_footer",
    "spell_schema",
    "texts_of",
]

MAGIC = b"ARROW1"
MARK = b"\xff\xff\xff\xff"  # in front of every message
END = MARK + bytes(4)
COMPRESSIONS = {"lz4": 0, "zstd": 1}
_VERSION = 4  # V5
_SCHEMA, _BATCH = 1, 3  # kinds of messages
_INT, _FLOAT, _BOOL, _TIMESTAMP, _DURATION = 2, 3, 6, 10, 18  # kinds of columns
_FLOATS = {0: "<f2", 1: "<f4", 2: "<f8"}


@dataclass(frozen=True)
class Column:
    """Name of a column, and the type of its numbers: None for what is no number, `"bit"` for
    bits."""

    name: str
    kind: str | None


@dataclass(frozen=True)
class Batch:
    """One batch: rows, places and lengths of its buffers in the body, compression."""

    rows: int
    nulls: tuple[int, ...]
    buffers: tuple[tuple[int, int], ...]
    compression: int | None
    body: int
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Block:
    """Where a batch lies in the file: its place, and the bytes of its head and body."""

    place: int
    head: int
    body: int


def message_of(head: bytes) -> tuple[int, Table, Table, int]:
    """Kind, content, message and bytes of the body of a message.

    Raises:
        Damaged: it is not one.
    """
    message = plain_root(head)
    kind, content = message.scalar(1, "<B"), message.table(2)
    body = message.scalar(3, "<q")
    if content is None or body < 0 or message.scalar(0, "<h") > _VERSION:
        raise Damaged("no message of Arrow")
    return kind, content, message, body


def texts_of(table: Table, field: int) -> dict[str, str]:
    """A list of keys and values."""
    return {one.text(0): one.text(1) for one in table.tables(field)}


def schema_of(head: bytes) -> tuple[list[Column], dict[str, str]]:
    """Columns and texts of a schema.

    Raises:
        Damaged: it is not one.
    """
    kind, schema, _, _ = message_of(head)
    if kind != _SCHEMA:
        raise Damaged("no schema of Arrow")
    return _columns_of(schema)


def footer_of(footer: bytes) -> tuple[list[Column], dict[str, str], list[int]]:
    """Columns and texts of the schema, and the places of the batches.

    Raises:
        Damaged: it is not a footer.
    """
    table = plain_root(footer)
    schema = table.table(1)
    if schema is None:
        raise Damaged("a footer without schema")
    at, n = table.vector(3, 24)
    places = [struct.unpack_from("<q", footer, at + 24 * i)[0] for i in range(n)]
    return *_columns_of(schema), places


def _columns_of(schema: Table) -> tuple[list[Column], dict[str, str]]:
    if schema.scalar(0, "<h") != 0:
        raise Damaged("a schema of big-endian numbers")
    columns = []
    for field in schema.tables(1):
        name, dictionary = field.text(0), field.table(4)
        numbers = None if dictionary or field.tables(5) else _numbers(field)
        columns.append(Column(name, numbers))
    return columns, texts_of(schema, 2)


def _numbers(field: Table) -> str | None:
    kind, inner = field.scalar(2, "<B"), field.table(3)
    if inner is None:
        return None
    if kind == _INT:
        width, signed = inner.scalar(0, "<i"), inner.scalar(1, "<B")
        return f"<{'i' if signed else 'u'}{width // 8}" if width in (8, 16, 32, 64) else None
    if kind == _FLOAT:
        return _FLOATS.get(inner.scalar(0, "<h"))
    if kind in (_TIMESTAMP, _DURATION):
        return "<i8"
    return "bit" if kind == _BOOL else None


def batch_of(head: bytes) -> Batch | None:
    """A batch; None for another kind of message.

    Raises:
        Damaged: it is not one.
    """
    kind, content, message, body = message_of(head)
    if kind != _BATCH:
        return None
    at, n = content.vector(1, 16)
    nulls = tuple(struct.unpack_from("<q", head, at + 16 * i + 8)[0] for i in range(n))
    at, n = content.vector(2, 16)
    buffers = tuple(struct.unpack_from("<qq", head, at + 16 * i) for i in range(n))
    if any(place < 0 or length < 0 or place + length > body for place, length in buffers):
        raise Damaged("a buffer leads out of its batch")
    packing = content.table(3)
    return Batch(
        rows=content.scalar(0, "<q"),
        nulls=nulls,
        buffers=buffers,
        compression=None if packing is None else packing.scalar(0, "<b"),
        body=body,
        texts=texts_of(message, 4),
    )


def _texts(texts: Mapping[str, str]) -> list[list[str]]:
    return [[key, value] for key, value in texts.items()]


def _framed(message: bytes) -> bytes:
    return MARK + struct.pack("<i", len(message)) + message


def _schema(columns: Sequence[Column], texts: Mapping[str, str]) -> Nested:
    fields = []
    for one in columns:
        kind = np.dtype(one.kind)
        number = [Scalar("<i", 8 * kind.itemsize), Scalar("<B", int(kind.kind == "i"))]
        fields.append([one.name, Scalar("<B", 0), Scalar("<B", _INT), Nested(number), None, []])
    return Nested([Scalar("<h", 0), fields, _texts(texts)])


def spell_schema(columns: Sequence[Column], texts: Mapping[str, str]) -> bytes:
    """The message with the schema of columns of whole numbers."""
    head = [Scalar("<h", _VERSION), Scalar("<B", _SCHEMA), _schema(columns, texts)]
    return _framed(build_plain([*head, Scalar("<q", 0)]))


def spell_batch(
    rows: int, packed: Sequence[bytes], compression: int | None, texts: Mapping[str, str]
) -> tuple[bytes, bytes]:
    """The message with a batch, without its body; and the body.

    Args:
        rows: number of rows.
        packed: the data of each column, as it is stored.
        compression: number of the compression, or None.
        texts: keys and values.
    """
    body, buffers = bytearray(), bytearray()
    for data in packed:
        buffers += struct.pack("<qqqq", len(body), 0, len(body), len(data))
        body += data + bytes(-len(data) % 8)
    nodes = struct.pack("<qq", rows, 0) * len(packed)
    packing = None
    if compression is not None:
        packing = Nested([Scalar("<b", compression), Scalar("<b", 0)])
    batch = [
        Scalar("<q", rows),
        Structs(len(packed), nodes),
        Structs(2 * len(packed), bytes(buffers)),
        packing,
    ]
    head = [Scalar("<h", _VERSION), Scalar("<B", _BATCH), Nested(batch)]
    return _framed(build_plain([*head, Scalar("<q", len(body)), _texts(texts)])), bytes(body)


def spell_footer(
    columns: Sequence[Column],
    texts: Mapping[str, str],
    blocks: Sequence[Block],
    own: Mapping[str, str],
) -> bytes:
    """The end of a file behind the last message: end mark, footer, its length, magic."""
    packed = b"".join(struct.pack("<qiiq", b.place, b.head, 0, b.body) for b in blocks)
    footer = build_plain(
        [
            Scalar("<h", _VERSION),
            _schema(columns, texts),
            Structs(0, b""),
            Structs(len(blocks), packed),
            _texts(own),
        ]
    )
    return END + footer + struct.pack("<i", len(footer)) + MAGIC
