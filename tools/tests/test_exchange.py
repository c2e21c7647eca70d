"""The record of what frameworks make of networks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from exchange import report
from exchange.matrix import Row, attempt, compare


def row(outcome: str, network: str = "LIF", peer: str = "norse 1.1.0") -> Row:
    return Row(peer, "nir 1.0.8", "to the peer", network, outcome, "1 | <2>")


def test_outputs_are_the_same_only_in_every_element() -> None:
    a = np.eye(3)
    assert compare(a, a)[0] == "same"
    outcome, detail = compare(a, np.zeros((3, 3)))
    assert (outcome, detail) == ("different", "3 of 9 elements differ, 3 spikes there, 0 here")
    assert compare(a[:, :2], a)[0] == "different"


def test_an_error_on_either_side_becomes_a_row() -> None:
    def fails() -> tuple[str, str]:
        print("not to be seen")
        raise ValueError("first line\nsecond line")

    assert attempt(fails) == ("refused", "ValueError: first line")


def test_a_changed_outcome_is_told() -> None:
    assert report.changes([row("same")], [row("same")]) == []
    (told,) = report.changes([row("same")], [row("different")])
    assert "was same, now different" in told
    (told,) = report.changes([], [row("refused")])
    assert "not on record" in told


def test_new_rows_replace_those_of_their_framework_and_no_others() -> None:
    old = [row("same"), row("same", "IF"), row("same", peer="sinabs 3.1.3")]
    rows = report.merged(old, [row("different", peer="norse 1.2.0")])
    assert [(r.peer, r.outcome) for r in rows] == [
        ("sinabs 3.1.3", "same"),
        ("norse 1.2.0", "different"),
    ]


def test_the_page_and_the_record_hold_the_rows(tmp_path: Path) -> None:
    (tmp_path / "exchange.md").write_text(
        "before\n<!-- rows -->\nold\n<!-- end of rows -->\nafter\n"
    )
    report.write([row("same")], tmp_path)
    page = (tmp_path / "exchange.md").read_text()
    assert page.startswith("before\n<!-- rows -->\n\n| framework")
    assert "old" not in page
    assert page.endswith("<!-- end of rows -->\nafter\n")
    assert "1 \\| &lt;2>" in page
    assert report.load(tmp_path / "exchange.json") == [row("same")]
    assert report.load(tmp_path / "none.json") == []


def test_the_published_page_is_made_of_the_published_record() -> None:
    rows = report.load(report.FOLDER / "exchange.json")
    assert rows
    assert report.table(rows) in (report.FOLDER / "exchange.md").read_text("utf-8")
    assert json.loads((report.FOLDER / "exchange.json").read_text("utf-8"))[0]["peer"]
