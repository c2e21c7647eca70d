"""The benchmark harness: it compares before it times, takes turns, and shows misses."""

import json
from pathlib import Path

import numpy as np
import pytest

from bench.__main__ import main
from bench.harness import BenchError, Candidate, Case, measure
from bench.machine import describe
from bench.recordings import SIZE, moving_edges
from bench.report import table, write


def six(result: object) -> str | None:
    return None if result == 6 else f"{result} is not 6"


def crash() -> object:
    raise ValueError("no | such\nfile")


OURS = Candidate("ours", lambda: 2 * 3, six, ours=True)


def test_a_wrong_peer_is_named_and_not_timed() -> None:
    outcome = measure(Case("x", [OURS, Candidate("peer", lambda: 5, six)]), rounds=2)
    assert [len(one.seconds) for one in outcome.measurements] == [2, 0]
    assert "not timed: 5 is not 6" in table(outcome)


def test_a_peer_that_raises_is_named_and_not_timed() -> None:
    outcome = measure(Case("x", [OURS, Candidate("peer", crash, six)]), rounds=1)
    assert "ValueError: no \\| such |" in table(outcome)


def test_our_own_wrong_result_is_no_benchmark() -> None:
    wrong = Candidate("ours", lambda: 7, six, ours=True)
    with pytest.raises(BenchError, match="our own result is wrong: 7 is not 6"):
        measure(Case("x", [wrong]), rounds=1)


@pytest.mark.parametrize("candidates", [[], [OURS, OURS]])
def test_exactly_one_candidate_is_ours(candidates: list[Candidate]) -> None:
    with pytest.raises(BenchError, match="exactly one"):
        measure(Case("x", candidates), rounds=1)


def test_candidates_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.harness.SHORTEST_S", 0.0)
    calls: list[str] = []

    def named(name: str, *, ours: bool = False) -> Candidate:
        return Candidate(name, lambda: calls.append(name) or 6, six, ours=ours)

    measure(Case("x", [named("a", ours=True), named("b"), named("c")]), rounds=3)
    assert "".join(calls) == "abc" + "abc" + "abc" + "bca" + "cab"


def test_what_comes_before_a_run_is_outside_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.harness.SHORTEST_S", 0.0)
    now = [0.0]

    def passes(seconds: float) -> int:
        now[0] += seconds
        return 6

    monkeypatch.setattr("bench.harness.time.perf_counter", lambda: now[0])
    one = Candidate("ours", lambda: passes(2.0), six, ours=True, before=lambda: passes(5.0))
    assert measure(Case("x", [one]), rounds=2).ours.seconds == (2.0, 2.0)
    assert now[0] == 4 * 7.0
    gauged = Case("x", [one], gauge=lambda run: float(str(run())))
    assert measure(gauged, rounds=1).ours.seconds == (6.0,)
    assert now[0] == 6 * 7.0


def test_a_table_shows_rate_ratio_and_remark(tmp_path: Path) -> None:
    peer = Candidate("peer", lambda: sum(range(4)), six, remark="slower by nature")
    outcome = measure(Case("sum", [OURS, peer], work=2.0, unit="Mev"), rounds=3)
    page = write("t", "T", "Text.", [outcome], facts={"a": "1"}, command="c", folder=tmp_path)
    text = page.read_text("utf-8")
    assert "| candidate | Mev/s |" in text
    assert "- peer: slower by nature." in text
    assert "Command: `c`. Measured on: a 1." in text
    stored = json.loads((tmp_path / "t.json").read_text("utf-8"))
    assert len(stored["cases"][0]["measurements"][1]["seconds"]) == 3


def test_a_case_may_measure_something_else_than_time() -> None:
    case = Case("x", [OURS], gauge=lambda run: float(str(run())) / 2, quantity="halves")
    outcome = measure(case, rounds=2)
    assert outcome.ours.seconds == (3.0, 3.0)
    assert "| candidate | median halves | min halves | spread | ratio to ours |" in table(outcome)
    assert "| **ours** | 3 | 3 | 0 % | 1 |" in table(outcome)


def test_an_unknown_table_gets_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["absent"]) == 2
    assert "choose from: lif, training" in capsys.readouterr().err


def test_the_machine_is_described() -> None:
    described = describe(["numpy", "no-such-distribution"])
    assert described["numpy"] == np.__version__
    assert described["processor"]
    assert "no-such-distribution" not in described


def test_the_recording_is_in_time_order_inside_its_size() -> None:
    events = moving_edges(10_000, seed=3)
    assert len(events) == 10_000
    assert (np.diff(events.t) >= 0).all()
    assert events.x.max() < SIZE[0]
    assert events.y.max() < SIZE[1]
    assert events == moving_edges(10_000, seed=3)
    assert events != moving_edges(10_000, seed=4)
