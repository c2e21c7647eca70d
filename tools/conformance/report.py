"""The results as Markdown, HTML and JSON."""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.reproduce import reproducer
from conformance.score import Score, as_data, read_index

VERDICTS = ("pass", "wrong", "refuses", "crashes", "accepted")
GROUPS = ("primitive", "topology", "parameters", "reset")
_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; display: block; overflow-x: auto }
td, th { padding: .25rem .6rem; border-bottom: 1px solid #8884; text-align: right }
td:first-child, th:first-child { text-align: left }
.pass { color: #0a7f4f } .wrong { color: #c22 } .crashes { color: #b60 }
pre { overflow-x: auto; padding: .6rem; border: 1px solid #8884 }
summary { cursor: pointer }
"""


def write_report(scores: Sequence[Score], suite: Path, folder: Path) -> None:
    """Write `table.md`, `results.json` and `report.html`.

    Args:
        scores: one per framework.
        suite: folder of the suite.
        folder: where the files go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ordered = sorted(scores, key=lambda one: (-one.points(), one.name))
    labels = read_index(suite)
    (folder / "table.md").write_text(markdown(ordered, labels), "utf-8")
    data = [_short(one) for one in ordered]
    (folder / "results.json").write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    (folder / "report.html").write_text(page(ordered, labels), "utf-8")


def _short(score: Score) -> dict[str, Any]:
    """A score with its failures alone: what passes needs no line."""
    data = as_data(score)
    data["exact"] = sum(one.exact for one in score.outcomes)
    data["outcomes"] = [
        {"case": one["case"], "verdict": one["verdict"], "detail": one["detail"][:200]}
        for one in data["outcomes"]
        if one["verdict"] != "pass"
    ]
    return data


def markdown(scores: Sequence[Score], labels: Sequence[Mapping[str, Any]]) -> str:
    """The tables of the documentation."""
    head = ["framework", "version", "score", *VERDICTS, "as the equations", "exports right"]
    rows = [_summary(one) for one in scores]
    parts = [_table(head, rows)]
    for group in GROUPS[:2]:
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


def page(scores: Sequence[Score], labels: Sequence[Mapping[str, Any]]) -> str:
    """One page with the table and, folded, every failure with a script that shows it."""
    by_name = {label["name"]: label for label in labels}
    head = ["framework", "version", "score", *VERDICTS, "as the equations", "exports right"]
    cells = "".join(f"<th>{html.escape(word)}</th>" for word in head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _summary(one)) + "</tr>"
        for one in scores
    )
    sections = "".join(_section(one, by_name) for one in scores)
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>NIR conformance</title><style>{_STYLE}</style>"
        f"<h1>NIR conformance</h1><p>{len(labels)} cases. A case passes where the outputs are "
        "those of the rules that the framework is known to follow; <em>as the equations</em> "
        "counts those that are also the solution of NIR's equations. A wrong result costs a "
        "point, because nobody notices it; a crash costs half a point; a refusal in clear words "
        f"costs nothing.</p><table><tr>{cells}</tr>{rows}</table>{sections}</html>\n"
    )


def _section(score: Score, labels: Mapping[str, Mapping[str, Any]]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in score.versions.items())
    parts = [f"<h2>{html.escape(score.name)}</h2><p>{html.escape(versions)}; compared with "]
    parts.append(f"the profile <code>{html.escape(score.profile)}</code></p>")
    for one in score.outcomes:
        if one.verdict in ("pass", "accepted"):
            continue
        label = labels[one.case]
        script = reproducer(score.name, score.profile, one, label["dt"], label["steps"])
        parts.append(
            f"<details><summary><b class='{one.verdict}'>{one.verdict}</b> "
            f"{html.escape(one.case)}: {html.escape(one.detail[:160])}</summary>"
            f"<pre>{html.escape(script)}</pre></details>"
        )
    return "".join(parts)
