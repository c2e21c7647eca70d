"""`tools/dev.py` as a person meets it: one clear sentence when something is missing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from devtools import checks
from devtools.messages import DevError


def dev(root: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a program."""
    return subprocess.run(
        [sys.executable, str(root / "tools" / "dev.py"), *arguments],
        capture_output=True,
        text=True,
        env={"PATH": "", "HOME": str(root)} | env,
        check=False,
    )


def test_without_a_command_the_commands_are_listed(root: Path) -> None:
    result = dev(root)
    assert result.returncode == 2
    for name in ("demo", "setup", "test", "install"):
        assert f"\n  {name} " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("dmeo",), "There is no command 'dmeo'; choose from: demo, "),
        (("demo", "--recording", "absent.raw"), "There is no file absent.raw: "),
        (("install", "absent", "--into", "x"), "There is no package 'absent' here; "),
    ],
)
def test_a_mistake_gets_one_sentence(root: Path, arguments: tuple[str, ...], sentence: str) -> None:
    result = dev(root, *arguments)
    assert result.returncode == 1
    assert result.stderr.startswith(f"dev.py: {sentence}")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


def test_a_folder_that_is_no_environment_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("keep")
    result = dev(root, "install", "nir-core", "--into", str(tmp_path))
    assert result.returncode == 1
    assert "is not a virtual environment" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_missing_compiler_is_noticed_before_anything_is_made(root: Path, tmp_path: Path) -> None:
    result = dev(root, "install", "neuro-kernels", "--into", str(tmp_path / "new"))
    assert result.returncode == 1
    assert result.stderr.startswith("dev.py: No C++ compiler was found")
    assert "apt install g++" in result.stderr or "xcode-select" in result.stderr
    assert not (tmp_path / "new").exists()


def test_a_compiler_without_cpp20_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old-compiler"
    old.write_text('#!/bin/sh\n[ "$1" = --version ]\n')
    old.chmod(0o755)
    monkeypatch.setenv("CXX", str(old))
    with pytest.raises(DevError, match=r"does not compile C\+\+20"):
        checks.check_compiler()


def test_missing_python_headers_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks.sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(DevError, match="python3-dev"):
        checks.check_compiler()


def test_an_unknown_installer_is_refused(root: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "new")
    result = dev(root, "install", "nir-core", "--into", target, DEV_INSTALLER="conda")
    assert result.returncode == 1
    assert "set it to pip or uv" in result.stderr


def test_the_script_starts_with_what_any_python_understands(root: Path) -> None:
    source = (root / "tools" / "dev.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 4))
    checked = source.index("sys.version_info")
    assert "import" not in source[checked:].split("\n\n")[0]
    assert 'f"' not in source
    assert " -> " not in source
