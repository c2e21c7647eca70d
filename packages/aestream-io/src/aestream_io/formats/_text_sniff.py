"""Finding out how a text file of events is laid out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aestream_io.formats._text_order import WORDS, likely_order

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
_UNITS = {"s": "s", "sec": "s", "ms": "ms", "us": "us", "µs": "us", "ns": "ns"}
_LINES = 1000
_QUOTES = str.maketrans("\"'", "  ")


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
        others: further orders of the columns that the numbers do not contradict.
        quoted: whether there are quotation marks around fields.
        decimal_comma: whether fractions stand behind a comma.
    """

    columns: str
    separator: str
    unit: str
    unit_is_guess: bool
    size: tuple[int, int] | None
    header_bytes: int
    strange_names: bool = False
    others: tuple[str, ...] = ()
    quoted: bool = False
    decimal_comma: bool = False

    def translation(self) -> bytes | None:
        """The table for `bytes.translate` that turns such text into plain numbers."""
        if not (self.quoted or self.decimal_comma):
            return None
        return bytes.maketrans(b"\"',", b"  ." if self.decimal_comma else b"  ,")


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
    # Single damaged bytes make lines that are skipped, not another format.
    text = head.decode("utf-8", errors="surrogateescape")
    odd = len(head) - len(head.translate(None, _NEVER_IN_TEXT))
    if (odd + sum("\ud800" <= sign <= "\udfff" for sign in text)) * 100 > len(head):
        return None
    lines = text.splitlines(keepends=True)
    if len(lines) > 1 and not lines[-1].endswith(("\n", "\r")):
        lines = lines[:-1]  # cut by the end of what was looked at
    while lines and (not lines[0].strip() or lines[0].lstrip()[0] in "#%"):
        at += len(_bytes(lines.pop(0)))
    if not lines:
        return None
    quoted = any(mark in line for mark in "\"'" for line in lines[:_LINES])
    first_bytes = len(_bytes(lines[0]))
    if quoted:
        lines = [line.translate(_QUOTES) for line in lines]
    separator = _separator(lines[0])
    names = _fields(lines[0], separator)
    if separator == " " and "\t" in lines[0]:
        names = lines[0].split("\t")  # a name may have its unit behind a blank
    header, strange = None, False
    if not _is_event(_fields(lines[0], separator)):
        header = _header(names)
        strange = header is None
        if strange and not _are_names(names, lines[1:2], separator):
            separator = _separator(lines[min(1, len(lines) - 1)])
            if not _are_events(lines[1:_LINES], separator):
                return None
        at += first_bytes
        lines.pop(0)
    decimal_comma = separator != "," and any("," in line for line in lines[:_LINES])
    rows = [_fields(line, separator) for line in lines[:_LINES]]
    rows = [row for row in rows if _is_event(row)]
    if header is None and len(rows) * 2 < len(lines[:_LINES]):
        return None
    columns, size, unit = header or ("", None, None)
    others: tuple[str, ...] = ()
    if not columns:
        columns, others = likely_order(rows)
    return TextLayout(
        columns=columns,
        separator=separator,
        unit=unit or _unit(rows, columns),
        unit_is_guess=unit is None,
        size=size,
        header_bytes=at,
        strange_names=strange,
        others=others,
        quoted=quoted,
        decimal_comma=decimal_comma,
    )


def _separator(line: str) -> str:
    """What makes numbers of the line; of a line of names, the sign that it holds."""
    held = [sign for sign in ",;" if sign in line]
    for sign in (*held, " "):
        if _is_event(_fields(line, sign)):
            return sign
    return held[-1] if held else " "


def _fields(line: str, separator: str) -> list[str]:
    """The fields of a line; numbers with a decimal point where they may have a comma."""
    if separator == ",":
        return [part.strip() for part in line.split(separator)]
    line = line.replace(",", ".")
    return line.split() if separator == " " else [part.strip() for part in line.split(separator)]


def _is_event(fields: Sequence[str]) -> bool:
    return (
        len(fields) >= 4
        and all(_NUMBER.fullmatch(field) or field.lower() in WORDS for field in fields[:4])
        and sum(field.lower() in WORDS for field in fields[:4]) <= 1
    )


def _are_events(lines: Sequence[str], separator: str) -> bool:
    """Whether nearly all of many lines are events, so that what is in front does not matter."""
    n = sum(_is_event(_fields(line, separator)) for line in lines)
    return n >= 8 and n * 10 >= len(lines) * 9


def _bytes(line: str) -> bytes:
    return line.encode(errors="surrogateescape")


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


def _unit(rows: Sequence[Sequence[str]], columns: str) -> str:
    """Seconds where times have fractions, else microseconds."""
    at = columns.index("t")
    times = [row[at] for row in rows if len(row) > at and _NUMBER.fullmatch(row[at])]
    return "s" if any(float(time) % 1 for time in times) else "us"
