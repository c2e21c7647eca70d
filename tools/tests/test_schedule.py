"""All sessions run, some at once, and one that fails is neither hidden nor stops the others."""

import threading
from pathlib import Path

import pytest
from devtools.schedule import Outcome, run_sessions, summary


def test_sessions_run_at_once_and_a_failure_is_shown_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    together = threading.Barrier(2, timeout=60)
    order: list[str] = []

    def run_one(session: str) -> Outcome:
        order.append(session)
        if session in ("tests(a)", "tests(b)"):
            together.wait()  # passes only where the two run at the same time
        status = 3 if session == "tests(b)" else 0
        return Outcome(session, status, 1.0, f"first line\n{session}: 7 passed\nlast line\n")

    names = ["tests(a)", "tests(b)", "typecheck", "lint"]
    outcomes = run_sessions(names, run_one, jobs=2, folder=tmp_path / "logs")
    assert order[:2] == ["lint", "typecheck"]
    assert {one.session: one.status for one in outcomes} == dict.fromkeys(names, 0) | {
        "tests(b)": 3
    }
    printed = capsys.readouterr().out
    assert "tests(b): FAILED with status 3" in printed
    assert printed.count("first line") == 1
    assert "tests(a): 7 passed" in printed
    assert sorted(file.name for file in (tmp_path / "logs").iterdir()) == [
        "lint.log",
        "tests-a.log",
        "tests-b.log",
        "typecheck.log",
    ]
    assert summary(outcomes).endswith("1 of 4 sessions failed: tests(b)")
