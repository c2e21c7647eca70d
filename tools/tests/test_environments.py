"""Environments that are kept, healed, or left alone; wheels that are built once."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from devtools import installers, stack, stamps, venvs, wheelhouse
from devtools.messages import DevError
from devtools.packages import load_packages


def made(path: Path) -> None:
    """Stand in for the making of an environment: the folder and the note that it has begun."""
    path.mkdir(parents=True)
    stamps.begin(path)


def test_a_stamp_counts_only_when_finished_and_equal(tmp_path: Path) -> None:
    assert not stamps.is_finished(tmp_path, {"a": "1"})
    stamps.begin(tmp_path)
    assert not stamps.is_finished(tmp_path, {"a": "1"})
    stamps.finish(tmp_path, {"a": "1"})
    assert stamps.is_finished(tmp_path, {"a": "1"})
    assert not stamps.is_finished(tmp_path, {"a": "2"})
    assert not stamps.is_finished(tmp_path, {"a": "1", "b": "1"})


def test_a_damaged_stamp_reads_as_none(tmp_path: Path) -> None:
    stamps.finish(tmp_path, {})
    (tmp_path / "dev-stamp.json").write_text("{")
    assert stamps.read_stamp(tmp_path) is None


def test_an_environment_of_someone_else_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / ".venv"
    mine.mkdir()
    (mine / "precious.txt").write_text("keep")
    with pytest.raises(DevError, match=r"\.venv is in the way"):
        venvs.prepare(mine)
    assert (mine / "precious.txt").read_text() == "keep"


def test_an_interrupted_environment_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = tmp_path / ".venv"
    made(environment)
    (environment / "half.txt").write_text("half")
    calls: list[Path] = []
    monkeypatch.setattr(venvs, "create", calls.append)
    venvs.prepare(environment)
    assert calls == [environment]


def test_a_finished_environment_of_this_python_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = tmp_path / ".venv"
    monkeypatch.delenv(installers.INSTALLER_VARIABLE, raising=False)
    venvs.create(environment)
    stamps.finish(environment, {"a": "1"})
    calls: list[Path] = []
    monkeypatch.setattr(venvs, "create", calls.append)
    assert venvs.prepare(environment) == venvs.interpreter(environment)
    assert calls == []
    monkeypatch.setattr(venvs, "_version", lambda path: "3.0")
    venvs.prepare(environment)
    assert calls == [environment]


class Installs:
    """Records what would be installed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, failing: bool = False) -> None:
        self.calls: list[list[str]] = []
        self.failing = failing
        monkeypatch.setattr(stack, "install", self)
        monkeypatch.setattr(stack, "check_compiler", lambda: None)
        monkeypatch.setattr(stack, "wheel", lambda package, python: Path(f"{package.name}.whl"))
        monkeypatch.setattr(venvs, "create", made)
        monkeypatch.setattr(
            venvs, "_version", lambda path: ".".join(map(str, sys.version_info[:2]))
        )

    def __call__(self, python: Path, arguments: Sequence[str]) -> None:
        self.calls.append([Path(word).name for word in arguments])
        if self.failing:
            raise DevError("no")


def test_the_stack_is_installed_once_and_then_only_what_changed(
    tmp_path: Path, small_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = load_packages(small_repository)
    monkeypatch.setattr(stack, "load_packages", lambda: packages)
    installs = Installs(monkeypatch)
    environment = tmp_path / ".venv"
    stack.install_stack(environment)
    assert installs.calls[0] == ["-c", "constraints.txt", "torch"]
    assert installs.calls[1][-4:] == ["base", "middle", "side", "top"]

    stack.install_stack(environment)
    assert len(installs.calls) == 2

    (packages["middle"].path / "src" / "middle" / "new.py").write_text("x = 1\n")
    stack.install_stack(environment)
    assert len(installs.calls) == 3
    assert installs.calls[2][-1] == "middle"
    assert "base" not in installs.calls[2]


def test_a_compiled_package_replaces_another_build_of_its_version(
    tmp_path: Path, small_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (small_repository / "packages" / "base" / "CMakeLists.txt").write_text("")
    packages = load_packages(small_repository)
    monkeypatch.setattr(stack, "load_packages", lambda: packages)
    installs = Installs(monkeypatch)
    stack.install_stack(tmp_path / ".venv")
    assert installs.calls[1] == ["--no-deps", "--force-reinstall", "base.whl"]
    assert installs.calls[2][-4:] == ["base.whl", "middle", "side", "top"]


def test_a_failed_installation_is_begun_again_in_full(
    tmp_path: Path, small_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = load_packages(small_repository)
    monkeypatch.setattr(stack, "load_packages", lambda: packages)
    installs = Installs(monkeypatch, failing=True)
    environment = tmp_path / ".venv"
    with pytest.raises(DevError, match="no"):
        stack.install_stack(environment)
    installs.failing = False
    made_again: list[Path] = []
    monkeypatch.setattr(venvs, "create", lambda path: made_again.append(path))
    stack.install_stack(environment)
    assert made_again == [environment]
    assert installs.calls[1] == ["-c", "constraints.txt", "torch"]


def test_pip_settings_are_translated_for_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("UV_FIND_LINKS", "UV_INDEX", "UV_DEFAULT_INDEX", "UV_NO_INDEX"):
        monkeypatch.delenv(variable, raising=False)
    listed = "global.find-links='wheels more'\nglobal.extra-index-url='one two'\nlist.format='x'\n"
    monkeypatch.setattr(installers, "ask", lambda command: listed)
    settings = installers.uv_settings()
    assert settings["UV_FIND_LINKS"] == "wheels,more"
    assert settings["UV_INDEX"] == "one two"
    assert settings["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    monkeypatch.setenv("UV_FIND_LINKS", "mine")
    assert "UV_FIND_LINKS" not in installers.uv_settings()


def test_a_wheel_is_built_once_per_content(
    tmp_path: Path, small_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = load_packages(small_repository)["base"]
    built: list[str] = []

    def build(package: object, python: Path, into: Path) -> None:
        built.append("one")
        (into / f"base-{len(built)}-py3-none-any.whl").write_bytes(b"")

    monkeypatch.setattr(wheelhouse, "_build", build)
    python = Path(sys.executable)
    house = tmp_path / "house"
    first = wheelhouse.wheel(package, python, wheelhouse=house)
    assert wheelhouse.wheel(package, python, wheelhouse=house) == first
    (package.path / "src" / "base" / "__init__.py").write_text("x = 1\n")
    second = wheelhouse.wheel(package, python, wheelhouse=house)
    assert second != first
    assert len(built) == 2
    assert not list(house.glob("building-*"))


def test_a_failed_build_leaves_nothing_behind(
    tmp_path: Path, small_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheelhouse, "run", lambda *arguments, **options: 1)
    package = load_packages(small_repository)["base"]
    with pytest.raises(DevError, match="base could not be built"):
        wheelhouse.wheel(package, Path(sys.executable), wheelhouse=tmp_path / "house")
    assert list((tmp_path / "house").iterdir()) == []
