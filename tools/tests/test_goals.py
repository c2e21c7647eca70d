"""The page of goals shows what was reached, what was missed, and what nobody measured."""

import json
from pathlib import Path

from bench import goals
from bench.goals import Goal


def test_goals_are_met_missed_or_not_measured(tmp_path: Path) -> None:
    def one(name: str, seconds: list[float], ours: bool = False) -> dict[str, object]:
        return {"name": name, "seconds": seconds, "refused": None, "remark": "", "ours": ours}

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
    assert len(read) >= 60
    assert {goal.table for goal in read} <= tables
    assert all(goal.ratio > 0 for goal in read)
