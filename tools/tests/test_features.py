"""A package may not use what the oldest sibling that it allows does not have."""

import subprocess
from pathlib import Path

import pytest
from devtools import features
from devtools.messages import DevError

PACKAGES = {
    "base": ("0.1.0", "", "def old() -> None: ...\n\n\nfrom base.inner import helper as shown\n"),
    "user": ("0.1.0", 'dependencies = ["base>=0.1"]', "import base\n\nbase.old()\n"),
}


def git(root: Path, *words: str) -> None:
    """Run git in `root` as somebody."""
    somebody = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", *somebody, "-C", str(root), *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """`user` needs `base`, which is tagged as 0.1.0."""
    for name, (version, lines, text) in PACKAGES.items():
        source = tmp_path / "packages" / name / "src" / name
        source.mkdir(parents=True)
        head = f'[project]\nname = "{name}"\nversion = "{version}"\n{lines}\n'
        (source.parents[1] / "pyproject.toml").write_text(head)
        (source / "__init__.py").write_text(text)
    inner = tmp_path / "packages" / "base" / "src" / "base" / "inner.py"
    inner.write_text("def helper() -> None: ...\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    git(tmp_path, "tag", "base-v0.1.0")
    return tmp_path


def append(root: Path, file: str, text: str) -> None:
    """Add to a source file below packages/."""
    path = root / "packages" / file
    path.write_text(path.read_text() + text)


def test_what_the_released_sibling_has_is_fine(repository: Path) -> None:
    append(repository, "user/src/user/__init__.py", "from base.inner import helper\nbase.shown()\n")
    assert features.missing(repository) == []


@pytest.mark.parametrize(
    ("use", "name"),
    [
        ("from base import new\n", "base.new"),
        ("base.new()\n", "base.new"),
        ("from base import later\n", "base.later"),
        ("import base.later as b\nb.thing\n", "base.later"),
        ("def f() -> None:\n    from base.inner import more\n", "base.inner.more"),
    ],
)
def test_a_newer_feature_needs_a_higher_floor(repository: Path, use: str, name: str) -> None:
    append(repository, "base/src/base/__init__.py", "\n\ndef new() -> None: ...\n")
    append(repository, "base/src/base/inner.py", "\n\ndef more() -> None: ...\n")
    (repository / "packages/base/src/base/later.py").write_text("thing = 1\n")
    append(repository, "user/src/user/__init__.py", use)
    found = features.missing(repository)
    assert name in {one.use.name for one in found}
    assert "raise the floor in packages/user/pyproject.toml" in str(found[0])

    for package, old, new in (("base", '"0.1.0"', '"0.2.0"'), ("user", "base>=0.1", "base>=0.2")):
        project = repository / "packages" / package / "pyproject.toml"
        project.write_text(project.read_text().replace(old, new))
    assert features.missing(repository) == []


def test_a_floor_that_was_never_released_is_refused(repository: Path) -> None:
    project = repository / "packages" / "user" / "pyproject.toml"
    project.write_text(project.read_text().replace("base>=0.1", "base>=0.3"))
    with pytest.raises(DevError, match="never released"):
        features.missing(repository)


def test_a_requirement_without_a_floor_is_refused(repository: Path) -> None:
    project = repository / "packages" / "user" / "pyproject.toml"
    project.write_text(project.read_text().replace("base>=0.1", "base"))
    with pytest.raises(DevError, match="no lower bound"):
        features.missing(repository)


def test_lazy_names_count_where_all_lists_them(repository: Path) -> None:
    lazy = '__all__ = ["slow"]\n\n\ndef __getattr__(name: str) -> object: ...\n'
    append(repository, "base/src/base/__init__.py", lazy)
    git(repository, "commit", "-q", "-a", "-m", "second")
    git(repository, "tag", "-f", "base-v0.1.0")
    append(repository, "user/src/user/__init__.py", "base.slow()\nbase.quick()\n")
    assert [one.use.name for one in features.missing(repository)] == ["base.quick"]


def test_this_repository_keeps_its_floors(root: Path) -> None:
    assert features.missing(root) == []
