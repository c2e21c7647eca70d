"""The results as Markdown and JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.score import Score, as_data, read_index

VERDICTS = ("pass", "wrong", "refuses", "crashes", "accepted")
GROUPS = ("primitive", "topology")


def write_report(scores: Sequence[Score], suite: Path, folder: Path) -> None:
    """Write `table.md` and `results.json`; `page` makes the HTML of the latter.

    Args:
        scores: one per framework.
        suite: folder of the suite.
        folder: where the files go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ordered = sorted(scores, key=lambda one: (-one.points(), one.name))
    labels = read_index(suite)
    (folder / "table.md").write_text(markdown(ordered, labels), "utf-8")
    cases = [json.dumps(label) for label in labels]
    frameworks = [_framework(one) for one in ordered]
    text = '{"cases": [\n' + ",\n".join(cases) + '\n],\n"frameworks": [\n'
    (folder / "results.json").write_text(text + ",\n".join(frameworks) + "\n]}\n", "utf-8")


def _framework(score: Score) -> str:
    """A score with its failures alone, a line each: what passes needs no line."""
    data = as_data(score)
    data["exact"] = sum(one.exact for one in score.outcomes)
    tried = [one for one in score.outcomes if one.export != "absent"]
    data["exports"] = [sum(one.export == "pass" for one in tried), len(tried)]
    failed = [
        {"case": one.case, "verdict": one.verdict, "detail": one.detail[:84]}
        for one in score.outcomes
        if one.verdict != "pass"
    ]
    del data["outcomes"]
    lines = ",\n".join(json.dumps(one) for one in failed)
    return json.dumps(data)[:-1] + f', "failures": [\n{lines}\n]}}'


def markdown(scores: Sequence[Score], labels: Sequence[Mapping[str, Any]]) -> str:
    """The tables of the documentation."""
    head = ["framework", "version", "score", *VERDICTS, "as the equations", "exports right"]
    rows = [_summary(one) for one in scores]
    parts = [_table(head, rows)]
    for group in GROUPS:
        kinds = list(dict.fromkeys(label[group] for label in labels))
        parts.append(f"Cases that pass, of those of each {group}:\n")
        body = [[kind, *_passes(scores, labels, group, kind)] for kind in kinds]
        parts.append(_table([group, *(one.name for one in scores)], body))
    return "\n".join(parts)


def _summary(score: Score) -> list[str]:
    count = score.count()
    exact = sum(one.exact for one in score.outcomes)
    tried = [one for one in score.outcomes if one.export != "absent"]
    exported = f"{sum(one.export == 'pass' for one in tried)} of {len(tried)}" if tried else "-"
    version = score.versions.get(score.name, "")
    verdicts = [str(count.get(verdict, 0)) for verdict in VERDICTS]
    return [score.name, version, f"{score.points():+.2f}", *verdicts, str(exact), exported]


def _passes(
    scores: Sequence[Score], labels: Sequence[Mapping[str, Any]], group: str, kind: str
) -> list[str]:
    names = [label["name"] for label in labels if label[group] == kind]
    return [f"{one.count(names).get('pass', 0)} of {len(names)}" for one in scores]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"
