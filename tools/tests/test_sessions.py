"""What the nox sessions install: wheels, pinned versions, released siblings; and only on change."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from devtools import sessions, stamps
from devtools.packages import Package, load_packages


@pytest.fixture
def installed(small_repository: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Every call of the installer, with file names instead of paths."""
    calls: list[list[str]] = []

    def install(python: Path, arguments: Sequence[str]) -> None:
        calls.append([Path(word).name for word in arguments])

    packages = load_packages(small_repository)
    monkeypatch.setattr(sessions, "load_packages", lambda root=None: packages)
    monkeypatch.setattr(sessions, "install", install)
    monkeypatch.setattr(
        sessions, "wheel", lambda package, python: package.path / f"{package.name}.whl"
    )
    return calls


def test_an_environment_gets_wheels_and_outside_requirements(
    tmp_path: Path, installed: list[list[str]]
) -> None:
    sessions.fill(tmp_path, ["middle"], requirements=["pytest"])
    assert installed == [["-c", "constraints.txt", "pytest", *_outside(), "base.whl", "middle.whl"]]


def _outside() -> list[str]:
    return ["numpy>=1.26", "numpy>=2.0", "torch>=2.6"]


def test_an_unchanged_environment_is_not_touched(
    tmp_path: Path, installed: list[list[str]]
) -> None:
    sessions.fill(tmp_path, ["middle"], requirements=["pytest"])
    sessions.fill(tmp_path, ["middle"], requirements=["pytest"])
    assert len(installed) == 1
    sessions.fill(tmp_path, ["middle"], requirements=["pytest", "hypothesis"])
    assert len(installed) == 3
    assert installed[2] == ["--no-deps", "--force-reinstall", "base.whl", "middle.whl"]


def test_a_changed_requirement_file_counts(tmp_path: Path, installed: list[list[str]]) -> None:
    file = tmp_path / "more.txt"
    file.write_text("one\n")
    sessions.fill(tmp_path, requirements=["-r", str(file)])
    file.write_text("two\n")
    sessions.fill(tmp_path, requirements=["-r", str(file)])
    assert len(installed) == 2


def test_an_interrupted_installation_is_done_again(
    tmp_path: Path, installed: list[list[str]]
) -> None:
    sessions.fill(tmp_path, ["base"])
    stamps.begin(tmp_path)
    sessions.fill(tmp_path, ["base"])
    assert len(installed) == 3


def test_a_released_sibling_replaces_the_one_at_hand(
    tmp_path: Path,
    small_repository: Path,
    installed: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    git = [
        "git",
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.org",
        "-C",
        str(small_repository),
    ]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True)
    subprocess.run([*git, "tag", "base-v0.9.0"], check=True)
    subprocess.run([*git, "tag", "base-v0.10.0"], check=True)
    source = small_repository / "packages" / "base" / "src" / "base" / "__init__.py"
    before = source.read_text()
    source.write_text("broken = True\n")

    unpacked = tmp_path / "released"
    unpacked.mkdir()
    released = sessions.previous_release("base", unpacked, root=small_repository)
    assert released is not None
    assert (released.path / "src" / "base" / "__init__.py").read_text() == before
    assert sessions.previous_release("middle", unpacked, root=small_repository) is None

    environment = tmp_path / "environment"
    environment.mkdir()
    taken: list[Path] = []
    recorded = sessions.wheel

    def wheel(package: Package, python: Path) -> Path:
        taken.append(package.path)
        return recorded(package, python)

    monkeypatch.setattr(sessions, "wheel", wheel)
    sessions.fill(environment, ["middle"], replaced={"base": released})
    assert taken == [released.path, small_repository / "packages" / "middle"]


def test_files_whose_tests_ask_for_a_library_are_found(tmp_path: Path) -> None:
    texts = {
        "test_marked.py": "@pytest.mark.interop\ndef test(): ...",
        "test_module.py": "np = pytest.importorskip('numpy')",
        "test_plain.py": "def test(): ...",
        "helper.py": "importlib.util.find_spec('numpy')",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert [file.name for file in sessions.asking(tmp_path)] == ["test_marked.py", "test_module.py"]
