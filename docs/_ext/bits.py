"""The directive `bits`: words of a format, drawn to scale with the numbers of their bits.

Each line is a word, `name: field [high:low] | field [bit] | ...`, from the highest bit down; bits
that no field names stay blank. The argument is the number of bits.
"""

import re
from dataclasses import dataclass
from html import escape
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive

_LABEL, _WIDTH, _ROW, _BAR = 150, 640, 46, 26
_FIELD = re.compile(r"^(?P<text>.*?)\s*\[(?P<high>\d+)(:(?P<low>\d+))?\]$")


@dataclass(frozen=True)
class Field:
    """A part of a word: what it holds, and its bits."""

    text: str
    high: int
    low: int


def parse(line: str, bits: int) -> tuple[str, tuple[Field, ...]]:
    """Read the line of one word.

    Args:
        line: the word's name, a colon, and fields between bars.
        bits: length of the word.

    Raises:
        ValueError: a field cannot be read, lies outside the word, or above the one before it.
    """
    name, _, rest = line.partition(":")
    fields = []
    above = bits
    for part in rest.split("|"):
        match = _FIELD.match(part.strip())
        if match is None:
            raise ValueError(f"{part.strip()!r} in {line!r}: expected `text [high:low]`")
        high = int(match["high"])
        low = int(match["low"] or high)
        if not low <= high < above:
            raise ValueError(f"{part.strip()!r} in {line!r}: bits out of place")
        fields.append(Field(match["text"], high, low))
        above = low
    return name.strip(), tuple(fields)


def drawing(words: list[tuple[str, tuple[Field, ...]]], bits: int) -> str:
    """Draw words below each other.

    Args:
        words: names and fields.
        bits: length of each word.

    Returns:
        An SVG element in the colours of the text around it.
    """
    unit = _WIDTH / bits
    size = f"{_LABEL + _WIDTH + 2} {_ROW * len(words)}"
    out = [f'<svg class="bits" viewBox="0 0 {size}" role="img" font-size="12">']
    for row, (name, fields) in enumerate(words):
        top = row * _ROW + 14
        middle = top + _BAR / 2 + 4
        frame = f'y="{top}" height="{_BAR}" stroke="currentColor"'
        out.append(f'<text x="0" y="{middle}" font-weight="600">{escape(name)}</text>')
        out.append(f'<rect x="{_LABEL}" width="{_WIDTH}" fill="none" {frame} opacity="0.5"/>')
        for number, one in enumerate(fields):
            x = _LABEL + (bits - 1 - one.high) * unit
            width = (one.high - one.low + 1) * unit
            shade = 0.1 + 0.12 * (number % 2)
            out.append(
                f'<rect x="{x:g}" width="{width:g}" fill="currentColor" {frame} '
                f'fill-opacity="{shade:g}" stroke-opacity="0.6"/>'
            )
            center = x + width / 2
            text = f'<text text-anchor="middle" x="{center:g}"'
            out.append(f'{text} y="{middle}">{escape(one.text)}</text>')
            ends = str(one.high) if one.high == one.low else f"{one.high}–{one.low}"
            out.append(f'{text} y="{top - 3}" font-size="9" opacity="0.7">{ends}</text>')
    text = "; ".join(f"{name}: " + ", ".join(one.text for one in fields) for name, fields in words)
    out.append(f"<title>{escape(text)}</title></svg>")
    return "".join(out).replace("<svg ", '<svg fill="currentColor" ', 1)


class Bits(Directive):
    """Draws the words of its content."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Give the drawing's node."""
        bits = int(self.arguments[0])
        try:
            words = [parse(line, bits) for line in self.content if line.strip()]
        except ValueError as error:
            raise self.error(str(error)) from None
        return [nodes.raw("", f'<div class="bits">{drawing(words, bits)}</div>', format="html")]


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.add_directive("bits", Bits)
    return {"parallel_read_safe": True}
