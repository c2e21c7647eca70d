"""Reads docstrings as what they are written for: plain text with Markdown's code spans and tables.

Docstrings are read in a terminal more often than on a page, so they hold no reStructuredText but
Google's sections; what reStructuredText would take for markup is protected here.
"""

import re
from collections.abc import Iterator
from typing import Any

_SPAN = re.compile(r"(``.+?``|`.+?`)")
_RULE = re.compile(r"^[|\s:-]+$")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _protected(line: str) -> str:
    parts = _SPAN.split(line)
    return "".join(
        part if part.startswith("`") else re.sub(r"([*|])|(?<=\w)_(?=\W|$)", r"\\\g<0>", part)
        for part in parts
    )


def _table(rows: list[str]) -> Iterator[str]:
    indent = rows[0][: len(rows[0]) - len(rows[0].lstrip())]
    yield ""
    yield f"{indent}.. list-table::"
    if len(rows) > 1 and _RULE.match(rows[1]):
        del rows[1]
        if any(_cells(rows[0])):
            yield f"{indent}   :header-rows: 1"
        else:
            del rows[0]
    yield ""
    for row in rows:
        for number, cell in enumerate(_cells(row)):
            yield f"{indent}   {'* -' if number == 0 else '  -'} {_protected(cell)}"
    yield ""


def readable(lines: list[str]) -> list[str]:
    """Turn the lines of a docstring into reStructuredText that shows the same.

    Args:
        lines: the docstring, before its Google sections are read.
    """
    out: list[str] = []
    rows: list[str] = []
    example = False
    for line in [*lines, ""]:
        if line.lstrip().startswith("|") and not example:
            rows.append(line)
            continue
        if rows:
            out += _table(rows)
            rows = []
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        out.append(line if example or line.startswith(".. ") else _protected(line))
    return out[:-1]


def _is_inherited(value: Any, lines: list[str]) -> bool:
    """Whether a constant shows the docstring of its type, which says nothing about it."""
    about = type(value).__doc__
    first = about.strip().splitlines() if isinstance(about, str) else []
    return bool(first) and bool(lines) and lines[0].strip() == first[0].strip()


def _process(app: Any, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    if what in ("data", "attribute") and _is_inherited(value, lines):
        lines[:] = []
        if isinstance(value, dict) and value:
            lines[:] = [f"A mapping with the keys {', '.join(f'``{key}``' for key in value)}.", ""]
        return
    lines[:] = readable(lines)


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx, before napoleon."""
    app.connect("autodoc-process-docstring", _process, priority=100)
    return {"parallel_read_safe": True}
