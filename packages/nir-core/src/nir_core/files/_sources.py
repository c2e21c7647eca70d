"""What readers and writers of all kinds of files share: sources, guards, options."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import IO, Any, Literal, TypeVar

from nir_core.errors import NirFileError, NirTypeError

__all__ = ["Check", "PathLike", "emptied", "guarded", "known_compression", "opened", "seekable"]

Check = Literal["strict", "lenient", "off"]
PathLike = str | os.PathLike[str]
T = TypeVar("T")


def opened(source: PathLike | IO[bytes] | bytes) -> tuple[str | bytes, str]:
    """Give what can be opened, and a name for messages."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source), "the given bytes"
    if hasattr(source, "read"):
        if seekable(source):
            source.seek(0)  # type: ignore
        return source.read(), str(getattr(source, "name", "the given stream"))  # type: ignore
    path = os.fspath(source)  # type: ignore[arg-type]
    with open(path, "rb"):  # a missing or forbidden file speaks for itself
        return path, path


def seekable(stream: Any) -> bool:
    """Whether a stream can be moved; h5py looks at such a file as a whole, wherever it stands."""
    return hasattr(stream, "seekable") and stream.seekable()


def emptied(stream: Any) -> Any:
    """Give a stream that is open for reading and writing as an empty one, as h5py takes it."""
    if seekable(stream) and hasattr(stream, "truncate") and stream.readable():
        stream.seek(0)
        stream.truncate()
    return stream


def guarded(name: str, action: Callable[[], T]) -> T:
    """Run a reader of untrusted data and put the name of the file before its messages."""
    try:
        return action()
    except NirFileError as error:
        raise NirFileError(f"{name}: {error}") from error.__cause__
    except Exception as error:
        text = " ".join(str(error).split()) or type(error).__name__
        raise NirFileError(f"{name}: the file is damaged: {text}") from error


def known_compression(compression: Any) -> None:
    """Refuse a compression that HDF5 files do not have."""
    if not (
        compression in ("auto", "gzip", "lzf", "szip", None)
        or (isinstance(compression, int) and 0 <= compression <= 9)
    ):
        raise NirTypeError(
            "compression is 'auto', 'gzip', 'lzf', 'szip', None or a level 0 to 9, "
            f"got {compression!r}"
        )
