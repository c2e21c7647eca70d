"""Finding out how a text file of events is laid out."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["TextLayout", "find_layout"]

_NAMES = {
    "t": ("t", "ts", "timestamp", "timestamps", "time"),
    "x": ("x", "xs", "col", "column"),
    "y": ("y", "ys", "row"),
    "p": ("p", "ps", "pol", "polarity", "polarities", "on"),
}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# A column's name, the sensor's side behind @, the unit in brackets or behind a blank or underscore.
_NAME = re.compile(r"\s*\"?([A-Za-z]+)\"?(?:@(\d{1,5}))?\s*(?:[\[(_ ](\S+?)[\])]?)?")
_WORDS = {"true", "false", "on", "off"}
_ORDERS = ("txyp", "xypt", "xytp", "tpxy", "pxyt", "ptxy")
_UNITS = {"s": "s", "sec": "s", "ms": "ms", "us": "us", "µs": "us", "ns": "ns"}
_LINES = 200


@dataclass(frozen=True)
class TextLayout:
    """How the lines of a file are to be read.

    Attributes:
        columns: one letter per field: t, x, y, p or _.
        separator: one character; a blank stands for any run of blanks and tabs.
        unit: unit of the times: "s", "ms", "us" or "ns".
        unit_is_guess: whether only the numbers suggest it.
        size: `(width, height)` that the header line tells, or None.
        header_bytes: bytes before the first event.
        strange_names: whether there is a line of names that are not known.
    """

    columns: str
    separator: str
    unit: str
    unit_is_guess: bool
    size: tuple[int, int] | None
    header_bytes: int
    strange_names: bool = False


_MARK = b"\xef\xbb\xbf"  # some programs put it in front of UTF-8
_NEVER_IN_TEXT = bytes(set(range(32)) - set(b"\t\r\n"))


def find_layout(head: bytes) -> TextLayout | None:
    """The layout of a text file that begins with `head`, or None if it holds no events.

    Example:
        >>> find_layout(b"t,x@64,y@48,on\\n5,1,2,1\\n").size
        (64, 48)
        >>> layout = find_layout(b"0.000012 3 4 1\\n0.000015 5 6 0\\n")
        >>> layout.columns, layout.separator, layout.unit
        ('txyp', ' ', 's')
    """
    at = len(_MARK) if head.startswith(_MARK) else 0
    head = head[at:]
    try:
        text = head.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return None
        text = head[: error.start].decode()
    if len(head.translate(None, _NEVER_IN_TEXT)) < len(head):
        return None
    lines = text.splitlines(keepends=True)
    if len(lines) > 1 and not lines[-1].endswith(("\n", "\r")):
        lines = lines[:-1]  # cut by the end of what was looked at
    while lines and (not lines[0].strip() or lines[0].lstrip()[0] in "#%"):
        at += len(lines.pop(0).encode())
    if not lines:
        return None
    separator = _separator(lines[0])
    names = _fields(lines[0], separator)
    header, strange = None, False
    if not _is_event(names):
        header = _header(names)
        strange = header is None
        if strange and not _are_names(names, lines[1:2], separator):
            return None
        at += len(lines.pop(0).encode())
    rows = [_fields(line, separator) for line in lines[:_LINES]]
    rows = [row for row in rows if _is_event(row)]
    if header is None and len(rows) * 2 < len(lines[:_LINES]):
        return None
    columns, size, unit = header or ("", None, None)
    if not columns:
        columns = _order(rows)
    guess = unit is None
    return TextLayout(columns, separator, unit or _unit(rows, columns), guess, size, at, strange)


def _separator(line: str) -> str:
    return next((c for c in ",;" if c in line), " ")


def _fields(line: str, separator: str) -> list[str]:
    return line.split() if separator == " " else [part.strip() for part in line.split(separator)]


def _is_event(fields: Sequence[str]) -> bool:
    return (
        len(fields) >= 4
        and all(_NUMBER.fullmatch(field) or field.lower() in _WORDS for field in fields[:4])
        and sum(field.lower() in _WORDS for field in fields[:4]) <= 1
    )


def _are_names(fields: Sequence[str], following: Sequence[str], separator: str) -> bool:
    """Whether these are names in front of events, in whatever language."""
    return (
        bool(following)
        and all(field.strip('"')[:1].isalpha() for field in fields)
        and _is_event(events := _fields(following[0], separator))
        and len(events) == len(fields)
    )


def _header(names: Sequence[str]) -> tuple[str, tuple[int, int] | None, str | None] | None:
    """Columns, sensor size and unit that a line of names tells; None if it is none."""
    columns, sides, unit = "", {}, None
    for name in names:
        found = re.fullmatch(
            r"\s*\"?([A-Za-z]+)\"?(?:@(\d{1,5}))?\s*(?:[\[(_ ](\S+?)[\])]?)?", name
        )
        word = found.group(1).lower() if found else ""
        letter = next((k for k, spellings in _NAMES.items() if word in spellings), "_")
        if letter != "_" and letter in columns:
            letter = "_"
        columns += letter
        if found and letter in "xy" and found.group(2):
            sides[letter] = int(found.group(2))
        if found and letter == "t" and found.group(3):
            unit = _UNITS.get(found.group(3).lower())
    if any(letter not in columns for letter in "txyp"):
        return None
    size = (sides["x"], sides["y"]) if len(sides) == 2 and all(sides.values()) else None
    return columns, size, unit


def _order(rows: Sequence[Sequence[str]]) -> str:
    """The first known order that the numbers do not contradict."""

    def fits(order: str) -> bool:
        polarity = {row[order.index("p")].lower() for row in rows}
        if not polarity <= {"0", "1", "-1", "+1", "1.0", "0.0", "-1.0"} | _WORDS and any(
            float(value) not in (-1, 0, 1) for value in polarity - _WORDS
        ):
            return False
        places = [row[order.index(name)] for name in "xy" for row in rows]
        if any(value.lower() in _WORDS for value in places):
            return False
        if any(not 0 <= float(value) < 65536 or float(value) % 1 for value in places):
            return False
        times = [row[order.index("t")] for row in rows]
        if any(value.lower() in _WORDS for value in times):
            return False
        return all(float(a) <= float(b) for a, b in itertools.pairwise(times))

    return next((order for order in _ORDERS if fits(order)), _ORDERS[0])


def _unit(rows: Sequence[Sequence[str]], columns: str) -> str:
    """Seconds where times have fractions, else microseconds."""
    at = columns.index("t")
    times = [row[at] for row in rows if len(row) > at and _NUMBER.fullmatch(row[at])]
    return "s" if any(float(time) % 1 for time in times) else "us"
