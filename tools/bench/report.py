"""Tables of a run, as Markdown to read and as JSON with every measurement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from devtools.packages import ROOT

from bench.harness import Measurement, Outcome

TABLES = ROOT / "docs" / "benchmarks" / "tables"


def write(
    name: str,
    title: str,
    text: str,
    outcomes: Sequence[Outcome],
    *,
    facts: Mapping[str, str],
    command: str,
    folder: Path = TABLES,
) -> Path:
    """Write the page and the JSON file of a table.

    Args:
        name: file name without suffix.
        title: heading of the page.
        text: what the reader must know, Markdown.
        outcomes: the measured cases.
        facts: description of the machine and the versions.
        command: what makes this table again.
        folder: where the files go.

    Returns:
        The path of the page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = [f"# {title}", text.strip()]
    parts += [table(outcome) for outcome in outcomes]
    described = ", ".join(f"{key} {value}" for key, value in facts.items())
    parts.append(f"Command: `{command}`. Measured on: {described}.")
    page = folder / f"{name}.md"
    page.write_text("\n\n".join(parts) + "\n", "utf-8")
    data = {"command": command, "facts": dict(facts), "cases": [asdict(one) for one in outcomes]}
    (folder / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    return page


def table(outcome: Outcome) -> str:
    """Draw one case as a Markdown table, ours first in the ratio column.

    A ratio above 1 says how many times longer a peer takes than we do.
    """
    rate = outcome.work > 0
    timed = outcome.quantity == "ms"
    header = ["candidate", f"median {outcome.quantity}", f"min {outcome.quantity}", "spread"]
    header.append("time / ours" if timed else "ratio to ours")
    if rate:
        header.insert(1, f"{outcome.unit}/s")
    lines = [f"## {outcome.title}", "", _row(header), _row(["---"] + ["---:"] * (len(header) - 1))]
    for one in outcome.measurements:
        lines.append(_row(_cells(one, outcome, rate)))
    remarks = [f"- {one.name}: {one.remark}." for one in outcome.measurements if one.remark]
    return "\n".join([*lines, *(["", *remarks] if remarks else [])])


def _cells(one: Measurement, outcome: Outcome, rate: bool) -> list[str]:
    name = f"**{one.name}**" if one.ours else one.name
    if one.refused is not None:
        reason = one.refused.replace("|", "\\|")
        return [name, *(["-"] if rate else []), f"not timed: {reason}", "-", "-", "-"]
    ratio = one.median / outcome.ours.median
    scale = 1e3 if outcome.quantity == "ms" else 1.0
    cells = [_number(one.median * scale), _number(min(one.seconds) * scale)]
    cells += [f"{one.spread * 100:.0f} %", "1" if one.ours else f"**{_number(ratio)}**"]
    return [name, *([_number(outcome.work / one.median)] if rate else []), *cells]


def _number(value: float) -> str:
    """Three digits that count.

    Example:
        >>> [_number(one) for one in (0.01234, 1.2345, 123.45, 12345.6)]
        ['0.0123', '1.23', '123', '12346']
    """
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
