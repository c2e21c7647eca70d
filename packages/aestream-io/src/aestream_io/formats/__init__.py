"""File formats: one module each, collected in one table."""

# ruff: noqa: F401, I001
# The order decides which format a shared file name ending is written in by default, and which one
# looks at a file first; formats without a mark of their own come last.
from aestream_io.formats import evt3, evt2, evt21, evt4, camera, dat, es
from aestream_io.formats import aedat4, aedat3, aedat2, hdf5, npz, npy, arrow, rosbag, nmnist
from aestream_io.formats import csv
from aestream_io._report import Header
from aestream_io.formats._packets import PacketReader
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
    "Header",
    "PacketReader",
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
