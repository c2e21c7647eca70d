"""File formats: one module each, collected in one table."""

from aestream_io.formats._registry import (
    Extras,
    Format,
    Reader,
    ReadOptions,
    WriteOptions,
    Writer,
    by_extension,
    by_name,
    extension_of,
    formats,
    register,
    sniff,
)
from aestream_io.formats._source import ByteSource

__all__ = [
    "ByteSource",
    "Extras",
    "Format",
    "ReadOptions",
    "Reader",
    "WriteOptions",
    "Writer",
    "by_extension",
    "by_name",
    "extension_of",
    "formats",
    "register",
    "sniff",
]
