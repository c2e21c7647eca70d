"""The page of speed goals, made from the published tables: `python -m bench goals`."""

import json
import statistics
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
        Markdown: a row per goal with goal, peer, ours, ratio and spread, and what was not measured.
    """
    head = ["package", "work", "peer", "goal", "measured", "ours", "peer's", "spread", "table"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    met = 0
    for goal in goals:
        cells, reached = _row(goal, folder)
        met += reached
        lines.append(f"| {' | '.join(cells)} |")
    remarks = [f"- {goal.work}, {goal.peer}: {goal.remark}" for goal in goals if goal.remark]
    text = "# Goals\n\n*Measured* is the median time of the peer over ours, both from one run. "
    text += f"{met} of {len(goals)} goals are met. A miss stays in the table.\n\n"
    return text + "\n".join(lines) + "\n" + ("\n" + "\n".join(remarks) + "\n" if remarks else "")


def _row(goal: Goal, folder: Path) -> tuple[list[str], bool]:
    wanted = f"{goal.ratio:g}x"
    path = folder / f"{goal.table}.json"
    link = f"[{goal.table}](tables/{goal.table}.md)"
    found = _find(json.loads(path.read_text("utf-8")), goal) if path.exists() else None
    if found is None:
        return [goal.area, goal.work, goal.peer, wanted, "not measured", "", "", "", ""], False
    ours, peer, quantity = found
    if peer["refused"] is not None:
        reason = f"peer not timed: {peer['refused']}".replace("|", "\\|")
        return [goal.area, goal.work, goal.peer, wanted, reason, "", "", "", link], False
    mine, theirs = (statistics.median(one["seconds"]) for one in (ours, peer))
    ratio = theirs / mine
    spread = max(_spread(one["seconds"]) for one in (ours, peer))
    reached = ratio >= goal.ratio
    shown = f"**{ratio:.3g}x**" if reached else f"{ratio:.3g}x, missed"
    scale = 1e3 if quantity == "ms" else 1.0
    values = [f"{value * scale:.3g} {quantity}" for value in (mine, theirs)]
    return [goal.area, goal.work, goal.peer, wanted, shown, *values, f"{spread:.0%}", link], reached


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
