"""The session `compat` itself turns red for what a sibling or a library of another age breaks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"
requires-python = ">=3.11"
dependencies = [{needs}]

[tool.hatch.build.targets.wheel]
packages = ["src/{name}"]

[dependency-groups]
test = ["pytest>=8"]
"""


# A small library that has gained a function, and lost a method, since 2.0.
LIBRARY = "importlib_metadata"


def write(root: Path, name: str, version: str, needs: str, source: str, test: str) -> None:
    """Write one package."""
    folder = root / "packages" / name
    (folder / "src" / name).mkdir(parents=True, exist_ok=True)
    (folder / "tests").mkdir(exist_ok=True)
    text = PROJECT.format(name=name, version=version, needs=needs)
    (folder / "pyproject.toml").write_text(text, "utf-8")
    (folder / "src" / name / "__init__.py").write_text(f'"""A package."""\n\n{source}', "utf-8")
    (folder / "tests" / f"test_{name}.py").write_text(test, "utf-8")


def git(root: Path, *words: str) -> None:
    """Run git in `root` as somebody."""
    somebody = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", *somebody, "-C", str(root), *words], check=True, capture_output=True)


@pytest.fixture
def repository(root: Path, tmp_path: Path) -> Path:
    """Our own noxfile and tools over two small packages, one of them released."""
    copy = tmp_path / "repository"
    (copy / "tools").mkdir(parents=True)
    for name in ("noxfile.py", "pyproject.toml", "tools/constraints.txt"):
        shutil.copy(root / name, copy / name)
    for name in ("tools/devtools", "tools/requirements"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    old = "def value() -> int:\n    return 1\n"
    write(copy, "base", "0.1.0", "", old, "import base\n\n\ndef test():\n    assert base.value()\n")
    test = "import pytest\nimport user\n\n\ndef test_use():\n    assert user.twice() == 2\n"
    test += "\n\n@pytest.mark.slow\ndef test_left_to_another_session():\n    assert False\n"
    body = "def twice() -> int:\n    return 2 * base.value()\n"
    write(copy, "user", "0.1.0", f'"base>=0.1", "{LIBRARY}>=2.0"', f"import base\n\n\n{body}", test)
    git(copy, "init", "-q")
    git(copy, "add", "-A")
    git(copy, "commit", "-q", "-m", "first")
    git(copy, "tag", "base-v0.1.0")
    return copy


def compat(repository: Path) -> subprocess.CompletedProcess[str]:
    """Run the session for `user`."""
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-m", "nox", "-f", str(repository / "noxfile.py"), "-s", "compat(user)"],
        cwd=repository,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )


def use(repository: Path, expression: str, *, module: str) -> None:
    """Let `user` need an expression besides what it does."""
    source = repository / "packages" / "user" / "src" / "user" / "__init__.py"
    source.write_text(
        f'"""A package."""\n\nimport {module}\n\n\n'
        f"def twice() -> int:\n    return 2 if {expression} is not None else 3\n",
        "utf-8",
    )


def test_a_feature_that_a_released_sibling_lacks_turns_the_session_red(repository: Path) -> None:
    fine = compat(repository)
    assert fine.returncode == 0, fine.stdout + fine.stderr
    told = [line for line in fine.stderr.splitlines() if "user with" in line]
    assert [line.split("user with ")[1] for line in told] == [
        "the newest versions",
        "released base",
        f"the lowest versions: {LIBRARY.replace('_', '-')}==2.0",
    ]

    git(repository, "tag", "-d", "base-v0.1.0")
    untagged = compat(repository)
    assert untagged.returncode == 0, untagged.stdout + untagged.stderr
    assert "base has no release yet" in untagged.stderr
    git(repository, "tag", "base-v0.1.0")

    new = "def value() -> int:\n    return 1\n\n\ndef double() -> int:\n    return 2\n"
    source = repository / "packages" / "base" / "src" / "base" / "__init__.py"
    source.write_text(f'"""A package."""\n\n{new}', "utf-8")
    use(repository, "base.double()", module="base")
    broken = compat(repository)
    assert broken.returncode != 0
    assert "has no attribute 'double'" in broken.stdout
    assert broken.stdout.count("1 passed") == 1


def test_what_a_library_lacks_in_one_of_its_ages_turns_the_session_red(repository: Path) -> None:
    use(repository, f"{LIBRARY}.packages_distributions()", module=LIBRARY)
    too_old = compat(repository)
    assert too_old.returncode != 0
    assert "has no attribute 'packages_distributions'" in too_old.stdout
    assert "the lowest versions" in too_old.stderr

    use(repository, f"{LIBRARY}.entry_points().get('none', ())", module=LIBRARY)
    too_new = compat(repository)
    assert too_new.returncode != 0
    assert "has no attribute 'get'" in too_new.stdout
    assert "the lowest versions" not in too_new.stderr
