"""Tables that directives make."""

from collections.abc import Sequence

from docutils import nodes


def table(rows: Sequence[Sequence[str]]) -> nodes.table:
    """Make a table whose first column is code.

    Args:
        rows: cells as text; the first row holds the headings.
    """
    heads, *rest = rows
    group = nodes.tgroup(cols=len(heads))
    group += [nodes.colspec(colwidth=1) for _ in heads]
    group += nodes.thead("", _row(heads, code=False))
    body = nodes.tbody()
    body += [_row(row, code=True) for row in rest]
    group += body
    return nodes.table("", group)


def _row(cells: Sequence[str], *, code: bool) -> nodes.row:
    row = nodes.row()
    for number, cell in enumerate(cells):
        text = nodes.literal(cell, cell) if code and number == 0 else nodes.Text(cell)
        row += nodes.entry("", nodes.paragraph("", "", text))
    return row
