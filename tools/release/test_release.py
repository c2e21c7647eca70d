"""What is wrong stops a release, a rehearsal changes nothing, a release is a commit and a tag."""

import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from devtools.messages import DevError
from devtools.packages import load_packages

from release import artifacts, changelog, inventory, plan, trial

PROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "small"
version = "0.1.0"
description = "A small package."
readme = "README.md"
license = "Apache-2.0"
requires-python = ">=3.11"

[tool.hatch.build.targets.wheel]
packages = ["src/small"]
"""
README = """\
# small

```text
pip install small
```

```python
import small
assert small.answer == 42
```
"""
CHANGELOG = """\
# Changelog of small

Versions follow semantic versioning.

## 0.1.0 (unreleased)

- The answer.
"""


def git(root: Path, *words: str) -> str:
    """Run git in `root` as somebody."""
    result = subprocess.run(
        ["git", "-C", str(root), *words], check=True, capture_output=True, text=True
    )
    return result.stdout


@pytest.fixture
def repository(root: Path, tmp_path: Path) -> Path:
    """A repository with one package that can be released."""
    repository = tmp_path / "repository"
    folder = repository / "packages" / "small"
    (folder / "src" / "small").mkdir(parents=True)
    (folder / "tests").mkdir()
    texts = {
        "pyproject.toml": PROJECT,
        "README.md": README,
        "CHANGELOG.md": CHANGELOG,
        "LICENSE": (root / "LICENSE").read_text("utf-8"),
        "src/small/__init__.py": '"""The answer."""\n\nanswer = 42\n',
        "src/small/py.typed": "",
        "tests/test_small.py": "import small\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    git(repository, "init", "-q")
    git(repository, "config", "user.name", "x")
    git(repository, "config", "user.email", "x@example.org")
    commit(repository)
    return repository


def commit(repository: Path) -> None:
    """Commit everything."""
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "A state")


def small(repository: Path) -> Path:
    """The folder of the package."""
    return repository / "packages" / "small"


def test_a_rehearsal_changes_nothing_and_a_release_is_a_commit_and_a_tag(
    repository: Path, tmp_path: Path
) -> None:
    before = git(repository, "rev-parse", "HEAD")
    release = plan.rehearse("small", None, "2030-01-02", tmp_path / "dist", root=repository)
    assert git(repository, "rev-parse", "HEAD") == before
    assert git(repository, "status", "--porcelain") == ""
    assert release.tag == "small-v0.1.0"
    assert release.notes == "## 0.1.0 (2030-01-02)\n\n- The answer.\n"
    assert [file.suffix for file in release.files] == [".gz", ".whl", ".json"]
    assert all(file.is_file() for file in release.files)

    plan.publish(release, root=repository)
    assert git(repository, "tag").split() == ["small-v0.1.0"]
    assert git(repository, "log", "-1", "--format=%s").strip() == "Release small 0.1.0"
    assert "## 0.1.0 (2030-01-02)" in git(repository, "show", "HEAD:packages/small/CHANGELOG.md")
    with pytest.raises(DevError, match="released already"):
        plan.rehearse("small", None, "2030-01-03", tmp_path / "dist", root=repository)


def test_fragments_become_the_section_of_the_next_version(repository: Path, tmp_path: Path) -> None:
    first = plan.rehearse("small", None, "2030-01-02", tmp_path / "dist", root=repository)
    plan.publish(first, root=repository)
    with pytest.raises(DevError, match="no changelog fragment"):
        plan.rehearse("small", "minor", "2030-02-03", tmp_path / "dist", root=repository)
    changes = small(repository) / "changes"
    changes.mkdir()
    (changes / "+question.added.md").write_text("The question.\n", "utf-8")
    commit(repository)
    second = plan.rehearse("small", "minor", "2030-02-03", tmp_path / "dist", root=repository)
    plan.publish(second, root=repository)
    text = (small(repository) / "CHANGELOG.md").read_text("utf-8")
    assert text.index("## 0.2.0 (2030-02-03)") < text.index("The question.")
    assert text.index("The question.") < text.index("## 0.1.0 (2030-01-02)")
    assert changelog.fragments(load_packages(repository)["small"]) == []
    assert git(repository, "tag").split() == ["small-v0.1.0", "small-v0.2.0"]


@pytest.mark.parametrize(
    ("bump", "words"),
    [("huge", "major, minor, patch"), ("0.0.9", "would go back"), ("0.1.0", "give no version")],
)
def test_versions_that_cannot_follow_are_refused_in_one_sentence(
    repository: Path, tmp_path: Path, bump: str, words: str
) -> None:
    with pytest.raises(DevError, match=words) as caught:
        plan.rehearse("small", bump, "2030-01-02", tmp_path / "dist", root=repository)
    assert "\n" not in str(caught.value)


def test_a_release_does_not_swallow_work_in_progress(repository: Path) -> None:
    release = plan.Release("small", "0.1.0", "", (), {})
    (small(repository) / "README.md").write_text("unfinished\n", "utf-8")
    with pytest.raises(DevError, match="not committed"):
        plan.publish(release, root=repository)
    assert git(repository, "tag") == ""


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("LICENSE", None, "LICENSE"),
        ("src/small/py.typed", None, "py.typed"),
        ("tests/test_small.py", None, "tests/"),
        ("src/small/big.bin", "\n".join(str(n**7) for n in range(400_000)), "at most 5"),
    ],
)
def test_files_that_should_not_be_uploaded_are_refused(
    repository: Path, tmp_path: Path, file: str, text: str | None, complaint: str
) -> None:
    path = small(repository) / file
    path.unlink() if text is None else path.write_text(text, "utf-8")
    commit(repository)
    built = artifacts.build(load_packages(repository)["small"], tmp_path / "dist")
    assert any(complaint in problem for problem in artifacts.problems(built))
    with pytest.raises(DevError, match=complaint):
        artifacts.check(built)


def test_the_wheel_holds_only_what_the_source_archive_has(repository: Path, tmp_path: Path) -> None:
    project = small(repository) / "pyproject.toml"
    hidden = '[tool.hatch.build.targets.sdist]\nexclude = ["src/small/more.py"]\n'
    project.write_text(PROJECT + "\n" + hidden, "utf-8")
    (small(repository) / "src" / "small" / "more.py").write_text("more = 1\n", "utf-8")
    built = artifacts.build(load_packages(repository)["small"], tmp_path / "dist")
    with zipfile.ZipFile(built.wheel) as archive:
        assert "small/more.py" not in archive.namelist()
    with tarfile.open(built.sdist) as archive:
        assert "small-0.1.0/tests/test_small.py" in archive.getnames()


def test_a_readme_that_does_not_run_stops_the_release(repository: Path, tmp_path: Path) -> None:
    (small(repository) / "README.md").write_text(README.replace("42", "41"), "utf-8")
    commit(repository)
    with pytest.raises(DevError, match="README of small does not run"):
        plan.rehearse("small", None, "2030-01-02", tmp_path / "dist", root=repository)


def test_the_install_line_of_the_readme_decides_what_is_installed(repository: Path) -> None:
    file = small(repository) / "README.md"
    package = load_packages(repository)["small"]
    file.write_text("Run `python3 tools/dev.py install 'small[more]' --into VENV`.\n", "utf-8")
    assert trial.install_line(package) == "small[more]"
    file.write_text("pip install other\n", "utf-8")
    with pytest.raises(DevError, match="does not say how to install"):
        trial.install_line(package)


def test_unknown_and_copyleft_licences_are_pointed_out() -> None:
    names = {"a": "MIT", "b": "GPL-3.0-only", "c": "", "d": "BSD-3-Clause AND Zlib"}
    components = [inventory.Component(name, "1", licence) for name, licence in names.items()]
    assert [one.name for one in inventory.doubtful(components)] == ["b", "c"]


def test_every_readme_says_how_to_install_its_package() -> None:
    for package in load_packages().values():
        assert trial.install_line(package).partition("[")[0] == package.name
