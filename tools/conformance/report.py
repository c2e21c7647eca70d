"""The results as Markdown and JSON."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.score import POINTS, Outcome, Score, as_data, read_index

VERDICTS = ("pass", "wrong", "refuses", "crashes", "accepted")
GROUPS = ("primitive", "topology")


def write_report(scores: Sequence[Score], suite: Path, folder: Path) -> None:
    """Write `table.md` and `results.json`; `page` makes the HTML of the latter.

    Frameworks that were published before on the same cases and did not run now keep their results.

    Args:
        scores: one per framework.
        suite: folder of the suite.
        folder: where the files go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    labels = read_index(suite)
    entries = {one["name"]: one for one in _published(folder / "results.json", labels)}
    entries |= {one.name: entry(one) for one in scores}
    ordered = sorted(entries.values(), key=lambda one: (-one["points"], one["name"]))
    (folder / "table.md").write_text(markdown(ordered, labels), "utf-8")
    cases = [json.dumps(label) for label in labels]
    frameworks = [_lines(one) for one in ordered]
    text = '{"cases": [\n' + ",\n".join(cases) + '\n],\n"frameworks": [\n'
    (folder / "results.json").write_text(text + ",\n".join(frameworks) + "\n]}\n", "utf-8")


def _published(path: Path, labels: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    data = json.loads(path.read_text("utf-8"))
    return data["frameworks"] if data["cases"] == list(labels) else []


def entry(score: Score) -> dict[str, Any]:
    """A score with its failures alone: what passes needs no word."""
    data = as_data(score)
    data["exact"] = sum(one.exact for one in score.outcomes)
    tried = [one for one in score.outcomes if one.export != "absent"]
    data["exports"] = [sum(one.export == "pass" for one in tried), len(tried)]
    data["exports_differ"] = _grouped(one for one in tried if one.export != "pass")
    shown = [one for one in score.outcomes if one.voltage != "absent"]
    data["voltages"] = [sum(one.voltage == "pass" for one in shown), len(shown)]
    data["voltages_differ"] = [one.case for one in shown if one.voltage != "pass"]
    data["failures"] = [
        {"case": one.case, "verdict": one.verdict, "detail": one.detail[:84]}
        for one in score.outcomes
        if one.verdict != "pass"
    ]
    del data["outcomes"]
    return data


def _grouped(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Exports that went wrong, those with the same words together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in outcomes:
        # Shapes and counts differ from case to case where the reason does not.
        words = re.sub(r"(?<!\w)\d+", "N", one.export_detail.replace(one.case, "CASE"))[:84]
        groups.setdefault((one.export, words), []).append(one.case)
    return [
        {"verdict": verdict, "detail": detail, "cases": cases}
        for (verdict, detail), cases in groups.items()
    ]


def _lines(found: Mapping[str, Any]) -> str:
    """An entry as JSON, a line for each failure."""
    head = {key: value for key, value in found.items() if key != "failures"}
    lines = ",\n".join(json.dumps(one) for one in found["failures"])
    return json.dumps(head)[:-1] + f', "failures": [\n{lines}\n]}}'


def markdown(entries: Sequence[Mapping[str, Any]], labels: Sequence[Mapping[str, Any]]) -> str:
    """The tables of the documentation."""
    head = ["framework", "version", "score", *VERDICTS, "as the equations", "exports right"]
    head.append("voltages right")
    parts = [_table(head, [_summary(one) for one in entries])]
    for group in GROUPS:
        kinds = list(dict.fromkeys(label[group] for label in labels))
        parts.append(f"Cases that pass, of those of each {group}:\n")
        body = [[kind, *_passes(entries, labels, group, kind)] for kind in kinds]
        parts.append(_table([group, *(one["name"] for one in entries)], body))
    return "\n".join(parts)


def _summary(found: Mapping[str, Any]) -> list[str]:
    verdicts = [str(found["verdicts"].get(verdict, 0)) for verdict in VERDICTS]
    shares = [_share(found["exports"]), _share(found.get("voltages", (0, 0)))]
    version = found["versions"].get(found["name"], "")
    cases = max(sum(found["verdicts"].values()), 1)
    points = sum(POINTS[verdict] * count for verdict, count in found["verdicts"].items()) / cases
    return [found["name"], version, f"{points:+.2f}", *verdicts, str(found["exact"]), *shares]


def _share(counts: Sequence[int]) -> str:
    right, tried = counts
    return f"{right} of {tried}" if tried else "-"


def _passes(
    entries: Sequence[Mapping[str, Any]],
    labels: Sequence[Mapping[str, Any]],
    group: str,
    kind: str,
) -> list[str]:
    names = {label["name"] for label in labels if label[group] == kind}
    failed = ({one["case"] for one in found["failures"]} for found in entries)
    return [f"{len(names - cases)} of {len(names)}" for cases in failed]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"
