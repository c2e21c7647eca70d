"""Text for SVG and HTML, whatever characters a name is made of."""

from __future__ import annotations

import html
import re

__all__ = ["escape"]

# XML 1.0, section 2.2: these characters cannot stand in a document, not even escaped.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def escape(text: str) -> str:
    """Escape a text for XML; control characters become their pictures.

    Example:
        >>> escape("a<b\\x1f")
        'a&lt;b\u241f'
    """
    return html.escape(_FORBIDDEN.sub(_picture, text))


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"
