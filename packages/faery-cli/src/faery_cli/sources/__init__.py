"""Where events come from: memory, files, pipes, and the addresses of aestream-io."""

from faery_cli.sources._address import AddressSource
from faery_cli.sources._base import OpenSource, Source, shape_of
from faery_cli.sources._file import FileSource
from faery_cli.sources._make import make_source
from faery_cli.sources._memory import MemorySource

__all__ = [
    "AddressSource",
    "FileSource",
    "MemorySource",
    "OpenSource",
    "Source",
    "make_source",
    "shape_of",
]
