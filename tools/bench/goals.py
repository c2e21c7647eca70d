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
    """A speed goal: exactly one of `ratio`, `least`, `most`, `above_ms` and `whole` is given.

    Attributes:
        area: package.
        work: what is measured.
        table: name of the table that measures it.
        case: title of the case in the table, or the beginning of it.
        peer: name of the candidate that ours is compared with.
        ratio: the peer's median over ours, at least; of quantities where less is better, ours over
            the peer's is meant the same way.
        least: our own figure at least, in `unit`.
        most: our own figure at most, in `unit`.
        above_ms: our time at most the peer's and so many milliseconds.
        whole: nothing is lost; the table refuses to time a run that lost something.
        unit: what `least` and `most` count: "ms" or "s" of a timed case, work per second of one
            that tells its work (for example "Mev/s"), or the words for what a case measures.
        candidate: which row is ours, where it is not the one that its table compares with.
        remark: why it is missed, where it is.
    """

    area: str
    work: str
    table: str
    case: str
    peer: str = ""
    ratio: float | None = None
    least: float | None = None
    most: float | None = None
    above_ms: float | None = None
    whole: bool = False
    unit: str = ""
    candidate: str = ""
    remark: str = ""

    def __post_init__(self) -> None:
        """Refuse a goal that says nothing, or several things.

        Raises:
            ValueError: if not exactly one kind of goal is given, or one that needs a peer or a
                unit has none.
        """
        kinds = (self.ratio, self.least, self.most, self.above_ms, self.whole or None)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError(f"{self.work}: give one of ratio, least, most, above_ms, whole.")
        if (self.ratio is not None or self.above_ms is not None) != bool(self.peer):
            raise ValueError(f"{self.work}: a ratio and above_ms, and only they, need a peer.")
        if (self.least is not None or self.most is not None) != bool(self.unit):
            raise ValueError(f"{self.work}: least and most, and only they, need a unit.")

    @property
    def wanted(self) -> str:
        """The goal in words, for example "at most 2 ms"."""
        if self.ratio is not None:
            return f"{self.ratio:g}x"
        if self.least is not None:
            return f"at least {self.least:g} {self.unit}"
        if self.most is not None:
            return f"at most {self.most:g} {self.unit}"
        if self.above_ms is not None:
            return f"the peer's + {self.above_ms:g} ms"
        return "nothing lost"


@dataclass(frozen=True)
class _Found:
    """What a table tells about a goal."""

    case: Mapping[str, Any]
    ours: Mapping[str, Any]
    peer: Mapping[str, Any] | None


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
    remarks = [
        f"- {', '.join(filter(None, (goal.work, goal.peer)))}: {goal.remark}"
        for goal in goals
        if goal.remark
    ]
    text = "# Goals\n\nWhere the goal is a number of times, *measured* is the median time of the "
    text += "peer over ours, both from one run; elsewhere it is our own figure. "
    text += "*Spread* is the longest time less the shortest, over the median; one round has none. "
    text += f"{met} of {len(goals)} goals are met. A miss stays in the table.\n\n"
    return text + "\n".join(lines) + "\n" + ("\n" + "\n".join(remarks) + "\n" if remarks else "")


def _row(goal: Goal, folder: Path) -> tuple[list[str], bool]:
    path = folder / f"{goal.table}.json"
    link = f"[{goal.table}](tables/{goal.table}.md)"
    data = json.loads(path.read_text("utf-8")) if path.exists() else None
    found = _find(data, goal) if data is not None else None
    begin = [goal.area, goal.work, goal.peer, goal.wanted]
    if data is None or found is None:
        return [*begin, "not measured", *[""] * 7], False
    run = _run(data, path)
    for who, one in (("ours", found.ours), ("peer", found.peer)):
        if one is not None and one["refused"] is not None:
            reason = f"{who} not timed: {one['refused']}".replace("|", "\\|")
            return [*begin, reason, "", "", "", link, *run], False
    shown, reached = _judge(goal, found)
    measured = f"**{shown}**" if reached else f"{shown}, missed"
    rows = [one for one in (found.ours, found.peer) if one is not None]
    values = [_value(one, found.case) for one in rows] + [""] * (2 - len(rows))
    rounds = min(len(one["seconds"]) for one in rows)
    widest = max(_spread(one["seconds"]) for one in rows)
    spread = f"{widest:.0%}" if rounds > 1 else "one round"
    return [*begin, measured, *values, spread, link, *run], reached


def _judge(goal: Goal, found: _Found) -> tuple[str, bool]:
    """Say what was measured, and whether that is enough."""
    mine = statistics.median(found.ours["seconds"])
    if goal.whole:
        return "nothing lost", True
    if found.peer is not None:
        theirs = statistics.median(found.peer["seconds"])
        if goal.above_ms is not None:
            above = (mine - theirs) * 1e3
            return f"the peer's {above:+.3g} ms", above <= goal.above_ms
        assert goal.ratio is not None
        return f"{theirs / mine:.3g}x", theirs / mine >= goal.ratio
    figure = _figure(goal, found.case, mine)
    if goal.least is not None:
        return f"{figure:.3g} {goal.unit}", figure >= goal.least
    assert goal.most is not None
    return f"{figure:.3g} {goal.unit}", figure <= goal.most


def _figure(goal: Goal, case: Mapping[str, Any], median: float) -> float:
    """Our figure in the unit of the goal.

    Raises:
        ValueError: if the case measures something else.
    """
    quantity = case.get("quantity", "ms")
    if quantity == goal.unit and quantity != "ms":
        return median
    if quantity == "ms" and goal.unit in ("ms", "s"):
        return median * (1e3 if goal.unit == "ms" else 1.0)
    if quantity == "ms" and case.get("work") and goal.unit == f"{case['unit']}/s":
        return case["work"] / median
    raise ValueError(f"{goal.work}: {case['title']} of {goal.table} has no figure in {goal.unit}.")


def _value(one: Mapping[str, Any], case: Mapping[str, Any]) -> str:
    quantity = case.get("quantity", "ms")
    scale = 1e3 if quantity == "ms" else 1.0
    return f"{statistics.median(one['seconds']) * scale:.3g} {quantity}"


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


def _find(data: Mapping[str, Any], goal: Goal) -> _Found | None:
    for case in data["cases"]:
        if not case["title"].startswith(goal.case):
            continue
        rows = {one["name"]: one for one in case["measurements"]}
        marked = next((one for one in case["measurements"] if one["ours"]), None)
        ours = rows.get(goal.candidate) if goal.candidate else marked
        peer = rows.get(goal.peer)
        if ours is not None and (peer is not None or not goal.peer):
            return _Found(case, ours, peer)
    return None


def _spread(seconds: list[float]) -> float:
    return (max(seconds) - min(seconds)) / statistics.median(seconds)
