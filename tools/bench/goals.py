"""The page of speed goals, made from the published tables: `python -m bench goals`."""

import json
import statistics
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.report import TABLES

GOALS = Path(__file__).with_name("goals.toml")


@dataclass(frozen=True)
class Goal:
    """A speed goal.

    Attributes:
        area: package.
        work: what is timed.
        table: name of the table that times it.
        case: title of the case in the table, or the beginning of it.
        peer: name of the candidate that is to be beaten.
        ratio: the peer's median over ours, at least; of quantities where less is better, ours over
            the peer's is meant the same way.
        remark: why it is missed, where it is.
    """

    area: str
    work: str
    table: str
    case: str
    peer: str
    ratio: float
    remark: str = ""


def read_goals(path: Path = GOALS) -> list[Goal]:
    """Read the goals in their order."""
    return [Goal(**entry) for entry in tomllib.loads(path.read_text("utf-8"))["goal"]]


def page(goals: list[Goal], folder: Path = TABLES) -> str:
    """Write the page.

    Args:
        goals: what was promised.
        folder: the published tables.

    Returns:
        Markdown: a row per goal with goal, peer, ours, ratio, spread, command, date and machine,
        and what was not measured.
    """
    head = ["package", "work", "peer", "goal", "measured", "ours", "peer's", "spread", "table"]
    head += ["command", "date", "machine"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    met = 0
    for goal in goals:
        cells, reached = _row(goal, folder)
        met += reached
        lines.append(f"| {' | '.join(cells)} |")
    remarks = [f"- {goal.work}, {goal.peer}: {goal.remark}" for goal in goals if goal.remark]
    text = "# Goals\n\n*Measured* is the median time of the peer over ours, both from one run. "
    text += "*Spread* is the longest time less the shortest, over the median; one round has none. "
    text += f"{met} of {len(goals)} goals are met. A miss stays in the table.\n\n"
    return text + "\n".join(lines) + "\n" + ("\n" + "\n".join(remarks) + "\n" if remarks else "")


def _row(goal: Goal, folder: Path) -> tuple[list[str], bool]:
    wanted = f"{goal.ratio:g}x"
    path = folder / f"{goal.table}.json"
    link = f"[{goal.table}](tables/{goal.table}.md)"
    data = json.loads(path.read_text("utf-8")) if path.exists() else None
    found = _find(data, goal) if data is not None else None
    if data is None or found is None:
        return [goal.area, goal.work, goal.peer, wanted, "not measured", *[""] * 7], False
    ours, peer, quantity = found
    run = _run(data, path)
    if peer["refused"] is not None:
        reason = f"peer not timed: {peer['refused']}".replace("|", "\\|")
        return [goal.area, goal.work, goal.peer, wanted, reason, "", "", "", link, *run], False
    mine, theirs = (statistics.median(one["seconds"]) for one in (ours, peer))
    ratio = theirs / mine
    rounds = min(len(one["seconds"]) for one in (ours, peer))
    widest = max(_spread(one["seconds"]) for one in (ours, peer))
    spread = f"{widest:.0%}" if rounds > 1 else "one round"
    reached = ratio >= goal.ratio
    shown = f"**{ratio:.3g}x**" if reached else f"{ratio:.3g}x, missed"
    scale = 1e3 if quantity == "ms" else 1.0
    values = [f"{value * scale:.3g} {quantity}" for value in (mine, theirs)]
    cells = [goal.area, goal.work, goal.peer, wanted, shown, *values, spread, link, *run]
    return cells, reached


def _run(data: Mapping[str, Any], path: Path) -> list[str]:
    """Command, date and machine of a table."""
    facts = data.get("facts", {})
    machine = ", ".join(
        text
        for text in (
            facts.get("processor", ""),
            f"{facts['cores']} cores" if "cores" in facts else "",
            f"Python {facts['python']}" if "python" in facts else "",
            f"commit {facts['commit']}" if "commit" in facts else "",
        )
        if text
    )
    command = f"`{data['command']}`" if "command" in data else ""
    return [command, facts.get("date") or _published(path), machine]


def _published(path: Path) -> str:
    """Date of the commit that holds a table which does not say its own."""
    command = ["git", "log", "-1", "--format=%cs", "--", path.name]
    found = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)
    return found.stdout.strip()


def _find(
    data: Mapping[str, Any], goal: Goal
) -> tuple[Mapping[str, Any], Mapping[str, Any], str] | None:
    for case in data["cases"]:
        if not case["title"].startswith(goal.case):
            continue
        ours = next((one for one in case["measurements"] if one["ours"]), None)
        peer = next((one for one in case["measurements"] if one["name"] == goal.peer), None)
        if ours is not None and peer is not None:
            return ours, peer, case.get("quantity", "ms")
    return None


def _spread(seconds: list[float]) -> float:
    return (max(seconds) - min(seconds)) / statistics.median(seconds)
