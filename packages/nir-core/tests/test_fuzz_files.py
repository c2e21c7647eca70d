"""The fuzz session of the readers: it passes, and it finds faults that are put in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parents[1] / "fuzz" / "run.py"


def fuzz(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RUN), "--keep", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_damaged_files_are_refused_or_right(tmp_path: Path) -> None:
    done = fuzz(tmp_path, "--seconds", "2", "--seed", "7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("damaged files") == 4
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("fault", "told"), [("traceback", "IndexError behind"), ("accept", "accepted, although")]
)
def test_a_planted_fault_is_found_and_its_file_kept(tmp_path: Path, fault: str, told: str) -> None:
    done = fuzz(tmp_path, "--seconds", "60", "--seed", "1", "--plant", fault)
    assert done.returncode == 1
    assert told in done.stdout
    assert (tmp_path / "fault-1.bin").stat().st_size > 0
