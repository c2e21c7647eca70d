"""From what a user names to a source."""

import os
from typing import Any

from faery_cli.errors import InputError, UsageError
from faery_cli.sources._address import AddressSource
from faery_cli.sources._base import Source
from faery_cli.sources._file import FileSource
from faery_cli.sources._memory import MemorySource

__all__ = ["make_source"]


def make_source(
    source: Any,
    *,
    format: str | None = None,
    size: tuple[int, int] | None = None,
    for_us: int | None = None,
) -> Source:
    """Make a source of what a user names.

    Args:
        source: path, address, "-", `Events`, or what `as_events` takes.
        format: name of a file's format, or None to go by its content.
        size: (width, height) that overrules the file's, or None.
        for_us: how long a live source is listened to, in microseconds; None for ever.

    Raises:
        UsageError: an address that makes no sense.
    """
    if isinstance(source, os.PathLike):
        return FileSource(os.fspath(source), format=format, size=size)
    if not isinstance(source, str):
        from neuro_kernels import as_events

        return MemorySource(as_events(source, size=size))
    from aestream_io import UriError
    from aestream_io.uri import parse_uri

    try:
        uri = parse_uri(source)
    except UriError as error:
        raise UsageError(str(error)) from error
    if uri.scheme in ("-", "file") and not uri.values:
        return FileSource(uri.target if uri.scheme == "file" else "-", format=format, size=size)
    if uri.scheme == "file" and not os.path.exists(uri.target):
        raise InputError(f"{uri.target}: no such file")
    if format is not None:
        raise UsageError(f"{source}: a format belongs to a file, not to an address")
    if size is not None:
        mark = "&" if "?" in source else "?"
        source = f"{source}{mark}size={size[0]}x{size[1]}"
    return AddressSource(source, for_us=for_us)
