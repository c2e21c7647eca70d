"""The page of goals shows what was reached, what was missed, and what nobody measured."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench import goals
from bench.goals import Goal


def one(
    name: str, seconds: list[float], ours: bool = False, refused: str | None = None
) -> dict[str, object]:
    """A measurement as the tables hold it."""
    return {"name": name, "seconds": seconds, "refused": refused, "remark": "", "ours": ours}


def test_goals_are_met_missed_or_not_measured(tmp_path: Path) -> None:
    rows = [one("we", [1.0, 1.0, 2.0], ours=True), one("they", [5.0, 4.0, 6.0])]
    case = {"title": "work, in full", "quantity": "ms", "measurements": rows}
    facts = {"date": "2026-01-02", "processor": "Some CPU", "cores": "2"}
    data = {"command": "nox -s bench -- table", "facts": facts, "cases": [case]}
    (tmp_path / "table.json").write_text(json.dumps(data), "utf-8")
    wanted = [
        Goal("package", "work", "table", "work", "they", 5.0),
        Goal("package", "work", "table", "work", "they", 5.1),
        Goal("package", "work", "table", "work", "nobody", 2.0),
        Goal("package", "work", "absent", "work", "they", 2.0),
    ]
    text = goals.page(wanted, tmp_path)
    assert "1 of 4 goals are met" in text
    lines = [line for line in text.splitlines() if line.startswith("| package | work")][1:]
    assert "**5x**" in lines[0]
    assert "5x, missed" in lines[1]
    assert all("not measured" in line for line in lines[2:])
    for line in lines[:2]:
        assert "| 100% |" in line
        assert line.endswith("| `nox -s bench -- table` | 2026-01-02 | Some CPU, 2 cores |")
    columns = {line.count(" | ") for line in text.splitlines() if line.startswith("| package")}
    assert columns == {11}


def goal(case: str, **what: Any) -> Goal:
    """A goal of the table below."""
    return Goal("package", "work", "table", case, **what)


@pytest.fixture
def figures(tmp_path: Path) -> Path:
    """Tables whose cases are a time with its work, a number of something, and a loss."""
    timed = {"title": "timed", "quantity": "ms", "work": 5.0, "unit": "Mev"}
    rows = [one("we", [0.1], ours=True), one("we too", [0.25]), one("they", [0.2])]
    counted = {"title": "counted", "quantity": "tensors", "work": 0.0, "unit": ""}
    lost = {"title": "lost", "quantity": "ms", "work": 0.0, "unit": ""}
    cases = [
        {**timed, "measurements": rows},
        {**counted, "measurements": [one("we", [2.5], ours=True)]},
        {**lost, "measurements": [one("we", [], True, "lost 3 % of the events")]},
    ]
    (tmp_path / "table.json").write_text(json.dumps({"cases": cases}), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (goal("timed", most=100.0, unit="ms"), "| at most 100 ms | **100 ms** |"),
        (goal("timed", most=99.0, unit="ms"), "| at most 99 ms | 100 ms, missed |"),
        (goal("timed", most=0.1, unit="s"), "| at most 0.1 s | **0.1 s** |"),
        (goal("timed", least=50.0, unit="Mev/s"), "| at least 50 Mev/s | **50 Mev/s** |"),
        (goal("timed", least=50.1, unit="Mev/s"), "| at least 50.1 Mev/s | 50 Mev/s, missed |"),
        (goal("counted", most=2.5, unit="tensors"), "| at most 2.5 tensors | **2.5 tensors** |"),
        (goal("counted", least=3.0, unit="tensors"), "| at least 3 tensors | 2.5 tensors, missed"),
        (goal("timed", peer="they", above_ms=1.0), "| the peer's + 1 ms | **the peer's -100 ms**"),
        (
            goal("timed", peer="they", above_ms=49.0, candidate="we too"),
            "| the peer's + 49 ms | the peer's +50 ms, missed |",
        ),
        (goal("timed", whole=True), "| nothing lost | **nothing lost** |"),
        (goal("lost", whole=True), "| nothing lost | ours not timed: lost 3 % of the events |"),
    ],
)
def test_goals_that_are_no_ratio(figures: Path, wanted: Goal, words: str) -> None:
    text = goals.page([wanted], figures)
    assert words in text
    assert f"{words.count('**') // 2} of 1 goals are met" in text
    columns = {line.count(" | ") for line in text.splitlines() if line.startswith("| package")}
    assert columns == {11}


def test_a_figure_in_another_unit_is_refused(figures: Path) -> None:
    with pytest.raises(ValueError, match="no figure in Mev/s"):
        goals.page([goal("counted", least=1.0, unit="Mev/s")], figures)


@pytest.mark.parametrize(
    "what",
    [
        {},
        {"ratio": 2.0},
        {"most": 2.0},
        {"most": 2.0, "least": 1.0, "unit": "ms"},
        {"whole": True, "unit": "ms"},
        {"most": 2.0, "unit": "ms", "peer": "they"},
    ],
)
def test_a_goal_says_one_thing_in_full(what: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="work: "):
        goal("timed", **what)


def test_one_round_has_no_spread(tmp_path: Path) -> None:
    rows = [
        {"name": name, "seconds": [1.0], "refused": None, "remark": "", "ours": name == "we"}
        for name in ("we", "they")
    ]
    case = {"title": "work", "quantity": "ms", "measurements": rows}
    (tmp_path / "table.json").write_text(json.dumps({"cases": [case]}), "utf-8")
    text = goals.page([Goal("package", "work", "table", "work", "they", 1.0)], tmp_path)
    assert "| one round |" in text


def test_every_measured_goal_of_the_page_says_command_date_and_machine(root: Path) -> None:
    page = (root / "docs" / "benchmarks" / "goals.md").read_text("utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.count(" | ") == 11]
    measured = [row for row in rows[1:] if "tables/" in row[8]]
    assert len(measured) >= 60
    for row in measured:
        assert row[9].startswith("`nox -s bench -- ")
        assert len(row[10]) == 10
        assert "cores" in row[11]


def test_every_goal_names_a_table_that_the_benchmarks_make(root: Path) -> None:
    tables = {file.stem for file in (root / "tools" / "bench" / "tables").glob("*.py")}
    read = goals.read_goals()
    assert len(read) >= 100
    assert {goal.table for goal in read} <= tables
    keys = [(goal.work, goal.peer, goal.case, goal.wanted) for goal in read]
    assert len(set(keys)) == len(keys)
