"""The text header of AEDAT 1 to 3: lines that begin with `#`."""

import re
from dataclasses import dataclass

from aestream_io.formats._source import MAX_HEADER_BYTES, ByteSource

__all__ = ["HashHeader", "read", "sensor_of", "version_of"]

# Chips by parts of their names, and the size of their sensors; longer names come first.
_CHIPS = (
    ("davis240", (240, 180)),
    ("davis346", (346, 260)),
    ("davis640", (640, 480)),
    ("davis208", (208, 192)),
    ("davis128", (128, 128)),
    ("davisrgb", (640, 480)),
    ("dvxplorer", (640, 480)),
    ("dvs128", (128, 128)),
    ("dvs132", (132, 104)),
    ("tmpdiff128", (128, 128)),
)
_END = "!END-HEADER"


@dataclass(frozen=True)
class HashHeader:
    """Lines without their `#`, and the length in bytes."""

    lines: tuple[str, ...]
    length: int

    def value(self, key: str) -> str:
        """What follows `key:` in the first line that has it, or an empty text."""
        for line in self.lines:
            name, _, value = line.partition(":")
            if name.strip().lower() == key.lower():
                return value.strip()
        return ""

    def metadata(self) -> dict[str, str]:
        """Lines `key: value`; further lines of the same key are left out."""
        found: dict[str, str] = {}
        for line in self.lines:
            key, colon, value = line.partition(":")
            if colon and key.strip() and len(key) < 60:
                found.setdefault(key.strip(), value.strip())
        return found


def version_of(head: bytes) -> str | None:
    """The version that the first line names, for example `"2.0"`, or None.

    Example:
        >>> version_of(b"#!AER-DAT2.0\\r\\n# more")
        '2.0'
    """
    found = re.match(rb"#!AER-DAT(\d\.\d)[\r\n]", head)
    return found.group(1).decode() if found else None


def read(source: ByteSource, *, has_end: bool) -> HashHeader:
    """Read the lines of a header and leave the source behind it.

    Args:
        source: at its beginning.
        has_end: whether a line says that the header ends; if not, it ends before the first line
            that is not one: without `#`, or with bytes that are no text.
    """
    head = source.peek(MAX_HEADER_BYTES)
    lines: list[str] = []
    at = 0
    while head[at : at + 1] == b"#":
        end = head.find(b"\n", at)
        if end < 0:
            break
        raw = head[at + 1 : end].rstrip(b"\r")
        if not has_end and re.fullmatch(rb"[\t\x20-\x7e\x80-\xff]*", raw) is None:
            break
        text = raw.decode("utf-8", errors="replace").strip()
        lines.append(text)
        at = end + 1
        if text == _END:
            break
    source.read(at)
    return HashHeader(tuple(lines), at)


def sensor_of(text: str) -> tuple[str, tuple[int, int]] | None:
    """The chip that a text names, and the size of its sensor.

    Example:
        >>> sensor_of("eu.seebetter.ini.chips.davis.DAVIS240C")
        ('davis240', (240, 180))
    """
    lower = text.lower()
    return next(((name, size) for name, size in _CHIPS if name in lower), None)
