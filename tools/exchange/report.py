"""The page of exchanges: committed rows, a table for people, and what changed since."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from exchange.matrix import Row

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "conformance"
_BEGIN, _END = "<!-- rows -->", "<!-- end of rows -->"


def load(file: Path) -> list[Row]:
    """Read rows; none where the file does not exist."""
    if not file.exists():
        return []
    return [Row(**row) for row in json.loads(file.read_text("utf-8"))]


def merged(old: Iterable[Row], new: Iterable[Row]) -> list[Row]:
    """Give the old rows with the new ones in their places."""
    by_key = {row.key: row for row in old}
    fresh = {row.key: row for row in new}
    names = {(row.peer.split()[0], row.nir) for row in fresh.values()}
    kept = {k: r for k, r in by_key.items() if (r.peer.split()[0], r.nir) not in names}
    return [*kept.values(), *fresh.values()]


def changes(old: Iterable[Row], new: Iterable[Row]) -> list[str]:
    """Say which outcomes are not those on record."""
    known = {row.key: row for row in old}
    told = []
    for row in new:
        before = known.get(row.key)
        if before is None:
            told.append(f"{' / '.join(row.key)}: not on record, now {row.outcome} ({row.detail})")
        elif before.outcome != row.outcome:
            told.append(
                f"{' / '.join(row.key)}: was {before.outcome}, now {row.outcome} ({row.detail})"
            )
    return told


def table(rows: Iterable[Row]) -> str:
    """Give rows as a Markdown table."""
    lines = ["| framework | with | direction | network | outcome | |", "|---|---|---|---|---|---|"]
    for row in rows:
        detail = row.detail.replace("|", "\\|").replace("<", "&lt;")
        cells = (row.peer, row.nir, row.direction, row.network, row.outcome, detail)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def write(rows: list[Row], folder: Path = FOLDER) -> None:
    """Put rows into the JSON file and into the page beside it."""
    text = json.dumps([row.as_dict() for row in rows], indent=1) + "\n"
    (folder / "exchange.json").write_text(text, "utf-8")
    page = folder / "exchange.md"
    before, _, rest = page.read_text("utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    page.write_text(f"{before}{_BEGIN}\n\n{table(rows)}\n\n{_END}{after}", "utf-8")
