"""The text header of Prophesee files: lines that begin with `%`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aestream_io._errors import EventError
from aestream_io.formats._source import MAX_HEADER_BYTES, ByteSource

__all__ = ["PercentHeader", "parse", "parse_from", "sensor_size"]

_USUAL_BYTES = 1 << 15  # nearly every header is shorter
_LONGEST_LINE = 1 << 12  # a header that ends this near to what was looked at may go on
_PRINTABLE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*\r?")


@dataclass(frozen=True)
class PercentHeader:
    """Keys of the header and its length in bytes."""

    keys: Mapping[str, str]
    length: int


def parse(head: bytes, *, name: str = "header") -> PercentHeader:
    """Read the lines `% key value` at the beginning of a file.

    The header ends with the line `% end` or before the first line that is not one. Only `%`, a
    blank and text up to a line end make a line: binary data that happens to begin with `%` is not
    taken for one.

    Args:
        head: the beginning of the file, at least the header.
        name: what errors call the file.

    Returns:
        Keys with their values (a key that is repeated keeps its last value), and the length.

    Raises:
        EventError: longer than any header is.

    Example:
        >>> parse(b"% evt 3.0\\n% end\\n\\x00\\x80").keys["evt"]
        '3.0'
    """
    keys: dict[str, str] = {}
    at = 0
    while head[at : at + 2] in (b"% ", b"%\n", b"%\r"):
        end = head.find(b"\n", at)
        if end < 0:
            if len(head) >= MAX_HEADER_BYTES:
                raise EventError(
                    f"{name}: the header is longer than {MAX_HEADER_BYTES} bytes; no known format "
                    "has such a header"
                )
            end = len(head) - 1  # the file ends inside its header
        line = head[at + 1 : end]
        if _PRINTABLE.fullmatch(line) is None:
            break
        text = line.decode("utf-8", errors="replace").strip()
        at = end + 1
        if text.lower() == "end":
            break
        key, _, value = text.partition(" ")
        if key:
            keys[key] = value.strip()
    return PercentHeader(keys, at)


def parse_from(source: ByteSource) -> PercentHeader:
    """Read the header of a source, without consuming it.

    Raises:
        EventError: longer than any header is.
    """
    n = _USUAL_BYTES
    while True:
        head = source.peek(n)
        if len(head) < n or n == MAX_HEADER_BYTES:
            return parse(head, name=source.name)
        found = parse(head, name=source.name)
        if found.length < n - _LONGEST_LINE:
            return found
        n = MAX_HEADER_BYTES


# Sensor sizes by what old headers name instead of a geometry: parts of plug-in names, then the
# first two digits of the system's number, which say the sensor's generation.
_BY_PLUGIN = (
    ("genx320", (320, 320)),
    ("imx636", (1280, 720)),
    ("gen41", (1280, 720)),
    ("gen4", (1280, 720)),
    ("gen31", (640, 480)),
    ("gen3", (640, 480)),
)
_BY_GENERATION = {"3": (640, 480), "4": (1280, 720)}


def sensor_size(keys: Mapping[str, str]) -> tuple[tuple[int, int] | None, str | None]:
    """The size of the sensor as far as the header tells, and where it comes from.

    Example:
        >>> sensor_size({"format": "EVT3;height=720;width=1280"})
        ((1280, 720), 'header')
        >>> sensor_size({"system_ID": "28"})
        ((640, 480), 'generation')
    """
    lower = {key.lower(): value for key, value in keys.items()}
    fields = dict(part.split("=", 1) for part in lower.get("format", "").split(";") if "=" in part)
    geometry = re.fullmatch(r"\s*(\d{1,6})\s*[xX]\s*(\d{1,6})\s*", lower.get("geometry", ""))
    for width, height in (
        (fields.get("width"), fields.get("height")),
        geometry.groups() if geometry else (None, None),
        (lower.get("width"), lower.get("height")),
    ):
        size = _size(width, height)
        if size is not None:
            return size, "header"
    plugin = lower.get("plugin_name", "").lower()
    for part, size in _BY_PLUGIN:
        if part in plugin:
            return size, "plugin"
    generation = lower.get("generation", lower.get("sensor_generation", ""))[:1]
    if generation in _BY_GENERATION:
        return _BY_GENERATION[generation], "generation"
    system = lower.get("system_id", "")
    if system.isascii() and system.isdigit():
        for first, last, size in ((21, 29, (640, 480)), (40, 49, (1280, 720))):
            if len(system) <= 6 and first <= int(system) <= last:
                return size, "generation"
    return None, None


def _size(width: str | None, height: str | None) -> tuple[int, int] | None:
    values = []
    for text in (width, height):
        text = (text or "").strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 6):
            return None
        values.append(int(text))
    if not all(0 < value <= 65536 for value in values):
        return None
    return values[0], values[1]
