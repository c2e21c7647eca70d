"""Opening recordings: which format, which file, and what went wrong."""

import difflib
import os
from pathlib import Path
from typing import Any, BinaryIO

from aestream_io._errors import EventError
from aestream_io.formats import (
    ByteSource,
    Format,
    Reader,
    ReadOptions,
    _percent,
    by_extension,
    by_name,
    extension_of,
    formats,
    sniff,
)
from aestream_io.formats._evt_raw import evt_version
from aestream_io.formats._registry import SNIFF_BYTES

__all__ = ["open_reader"]


def open_reader(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    format: str | None = None,
    size: tuple[int, int] | None = None,
    packet_bytes: int = 1 << 18,
    extras: bool = False,
    measure: bool = True,
    **options: Any,
) -> Reader:
    """Open a recording and read its header.

    Args:
        source: path of a file, or an open binary file or pipe; gzip and Zstandard data is
            decompressed.
        format: name of the format; None: found from the first bytes, then from the file name.
        size: `(width, height)` that overrules what the file says.
        packet_bytes: how many bytes of the file make one packet of the iteration.
        extras: keep what is not an event for `Reader.extras`.
        measure: find a size that the file does not tell by reading it twice.
        **options: options of the format.

    Returns:
        A reader: iterate over it for packets of events in constant memory.

    Raises:
        EventError: no such file, an empty one, an unknown format or option, a damaged header.

    Example:
        >>> import io
        >>> words = b"% evt 3.0\\n% end\\n" + bytes([0, 0x80, 7, 0, 5, 0x28])
        >>> with open_reader(io.BytesIO(words)) as reader:
        ...     print(reader.header.format, reader.header.size, [int(e.x[0]) for e in reader])
        evt3 (6, 8) [5]
    """
    name = _name(source)
    file, length = _open(source, name)
    try:
        data = ByteSource.open(file, name=name, length=length)
        entry = by_name(format) if format is not None else _recognise(data)
        if entry.open_reader is None:
            raise EventError(f"{name}: {entry.title} can only be written")
        for option in options:
            if option not in entry.read_options:
                known = ", ".join(entry.read_options) or "none"
                raise EventError(
                    f"{name}: {entry.title} has no option {option!r} for reading (options: {known})"
                )
        wish = ReadOptions(
            size=size, packet_bytes=packet_bytes, extras=extras, measure=measure, values=options
        )
        return entry.open_reader(data, wish)
    except BaseException:
        if file is not source:
            file.close()
        raise


def _name(source: str | os.PathLike[str] | BinaryIO) -> str:
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    return str(getattr(source, "name", "stream"))


def _open(source: str | os.PathLike[str] | BinaryIO, name: str) -> tuple[BinaryIO, int | None]:
    if not isinstance(source, str | os.PathLike):
        return source, None
    path = Path(source)
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError as error:
        raise EventError(f"{name}: no such file{_similar(path)}") from error
    except IsADirectoryError as error:
        raise EventError(f"{name}: is a folder; give the path of one recording") from error
    except OSError as error:
        raise EventError(f"{name}: cannot be opened ({error.strerror})") from error
    status = os.fstat(file.fileno())
    # Pipes and devices say 0 bytes and mean nothing by it.
    return file, status.st_size if path.is_file() else None


def _similar(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f" (there is no folder {os.fspath(path.parent)!r})"
    close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.8)
    return f"; did you mean {os.fspath(path.parent / close[0])!r}?" if close else ""


def _recognise(data: ByteSource) -> Format:
    head = data.look(SNIFF_BYTES)
    extension = extension_of(data.name)
    candidates = by_extension(extension)
    entry = sniff(head) if head else None
    # A format without any mark of its own has none when it has no events either.
    entry = entry or next((entry for entry in candidates if entry.by_name_only), None)
    if entry is not None:
        return entry
    if not head:
        raise EventError(f"{data.name}: the file is empty")
    known = ", ".join(entry.name for entry in formats())
    expected = f", although files named {extension} are {candidates[0].title}" if candidates else ""
    raise EventError(
        f"{data.name}: the format is not recognised{expected}; the file begins with "
        f"{_describe(head)}. Pass format= to say what it is (formats: {known})"
    )


def _describe(head: bytes) -> str:
    """The first bytes as text where they are text, else in hexadecimal."""
    if head.startswith(b"%"):
        version = evt_version(_percent.parse(head).keys)
        return f"a RAW header of EVT {version}" if version else "a RAW header without EVT version"
    wide = sorted((head[0:400:2].count(0), head[1:400:2].count(0)))
    if wide[0] == 0 and wide[1] >= min(200, len(head) // 2) > 3:
        return "text in UTF-16 without its mark; save it as UTF-8"
    line = head[:60].split(b"\n")[0]
    if line and all(32 <= byte < 127 for byte in line.rstrip(b"\r")):
        return f"the text {line.decode().strip()!r}"
    return f"the bytes {head[:16].hex(' ')}"
