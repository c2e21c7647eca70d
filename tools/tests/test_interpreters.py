"""Finding other versions of Python, and environments made with them."""

import sys
from pathlib import Path

import pytest
from devtools import venvs
from devtools.interpreters import find_python


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No Python on PATH, and an empty folder of pyenv's."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="scripts of a shell stand for interpreters")
def test_an_interpreter_on_path_or_of_pyenv_is_found_if_it_starts(nowhere: Path) -> None:
    assert find_python("9.8") is None
    versions = nowhere / "pyenv" / "versions"
    script(versions / "9.8.1" / "bin" / "python", "exit 1")
    assert find_python("9.8") is None
    good = script(versions / "9.8.0" / "bin" / "python", "echo 9.8")
    script(versions / "9.80.0" / "bin" / "python", "echo 9.80")
    assert find_python("9.8") == good
    first = script(nowhere / "bin" / "python9.8", "echo 9.8")
    assert find_python("9.8") == first


def test_an_environment_is_made_anew_for_another_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(venvs, "create", lambda path, python=None: made.append(str(python)))
    monkeypatch.setattr(venvs, "_version", lambda path: "3.11")
    monkeypatch.setattr(venvs.stamps, "read_stamp", lambda path: {"state": "finished"})
    environment = tmp_path / "environment"
    environment.mkdir()
    monkeypatch.setattr(venvs, "version_of", lambda python: "3.11")
    venvs.prepare(environment, python=Path("python3.11"))
    assert made == []
    monkeypatch.setattr(venvs, "version_of", lambda python: "3.12")
    venvs.prepare(environment, python=Path("python3.12"))
    assert made == ["python3.12"]
