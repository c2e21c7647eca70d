"""Promises that the repository as a whole keeps, and proof that their checks can fail."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from devtools.packages import load_packages


def lint_imports(sources: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """Check the import contracts of the root pyproject.toml on the packages below `sources`."""
    paths = os.pathsep.join(str(path) for path in sources.glob("packages/*/src"))
    script = "from importlinter.cli import lint_imports_command as main; main()"
    return subprocess.run(
        [sys.executable, "-c", script, "--no-cache", "--config", str(root / "pyproject.toml")],
        env=os.environ | {"PYTHONPATH": paths},
        cwd=sources,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copied_sources(root: Path, tmp_path: Path) -> Path:
    """A copy of all packages' Python sources."""
    for source in root.glob("packages/*/src"):
        shutil.copytree(
            source,
            tmp_path / source.relative_to(root),
            ignore=shutil.ignore_patterns("__pycache__", "*.so"),
        )
    return tmp_path


def test_packages_import_only_whom_they_may(copied_sources: Path, root: Path) -> None:
    result = lint_imports(copied_sources, root)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("neuro-kernels/src/neuro_kernels", "import torch"),
        ("aestream-io/src/aestream_io", "import hw_drivers"),
        ("nir-core/src/nir_core", "def later():\n    import norse_lite"),
        ("faery-cli/src/faery_cli", "from nir_core import read"),
    ],
)
def test_a_planted_import_breaks_a_contract(
    copied_sources: Path, root: Path, module: str, line: str
) -> None:
    (copied_sources / "packages" / module / "planted.py").write_text(f"{line}\n")
    result = lint_imports(copied_sources, root)
    assert result.returncode != 0
    assert "planted" in result.stdout


def test_every_package_has_what_a_package_needs(root: Path) -> None:
    for package in load_packages(root).values():
        for name in ("README.md", "CHANGELOG.md", f"src/{package.import_name}/py.typed"):
            assert (package.path / name).is_file(), f"{package.name} lacks {name}"
        # A package is built from its own folder, so the licence must lie in it.
        assert (package.path / "LICENSE").read_bytes() == (root / "LICENSE").read_bytes()
        assert package.test, f"{package.name} declares no test group"


def test_no_package_takes_the_name_of_another_project(root: Path) -> None:
    taken = {"nir", "norse", "aestream", "faery"}
    for package in load_packages(root).values():
        text = (package.path / "pyproject.toml").read_text("utf-8")
        scripts = text.partition("[project.scripts]")[2].partition("\n[")[0]
        commands = {line.partition("=")[0].strip() for line in scripts.splitlines()}
        modules = {path.name for path in (package.path / "src").iterdir()}
        assert not (commands | modules) & taken


def test_workflows_are_yaml_with_jobs(root: Path) -> None:
    files = sorted((root / ".github" / "workflows").glob("*.yml"))
    assert [file.stem for file in files] == ["docs", "test", "weekly", "wheels"]
    for file in files:
        workflow = yaml.safe_load(file.read_text("utf-8"))
        assert workflow["jobs"], file.name
        for job in workflow["jobs"].values():
            assert job["steps"]
            assert job["runs-on"]


def test_workflows_run_sessions_that_exist(root: Path) -> None:
    # The list in JSON leaves out those that only run on request.
    listing = [sys.executable, "-m", "nox", "-f", str(root / "noxfile.py"), "--list"]
    listed = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    names = set(re.findall(r"^[*-] ([^\s(]+)", listed, re.MULTILINE))
    for file in (root / ".github" / "workflows").glob("*.yml"):
        for line in file.read_text("utf-8").splitlines():
            if "tools/dev.py test -s " in line:
                wanted = line.partition(" test -s ")[2].split(" -- ")[0].split()
                assert {name for name in wanted if "$" not in name} <= names, line


def test_every_session_on_request_runs_weekly(root: Path) -> None:
    listing = [sys.executable, "-m", "nox", "-f", str(root / "noxfile.py"), "--list"]
    listed = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    slow = set(re.findall(r"^- ([^\s(]+)", listed, re.MULTILINE))
    assert {"pythons", "hw_vm", "bench"} <= slow
    jobs = yaml.safe_load((root / ".github/workflows/weekly.yml").read_text("utf-8"))["jobs"]
    said = " ".join(step.get("run", "") for job in jobs.values() for step in job["steps"])
    matrices = [job.get("strategy", {}).get("matrix", {}) for job in jobs.values()]
    run = {word.strip('"').partition("(")[0] for word in said.split()}
    run |= {name for matrix in matrices for name in matrix.get("session", ())}
    assert slow <= run


def test_the_commit_hooks_use_the_versions_of_the_lint_session(root: Path) -> None:
    hooks = yaml.safe_load((root / ".pre-commit-config.yaml").read_text("utf-8"))
    revisions = {entry["repo"].rpartition("/")[2]: entry["rev"] for entry in hooks["repos"]}
    pinned = (root / "tools" / "requirements" / "lint.txt").read_text("utf-8")
    for repository, name in (
        ("ruff-pre-commit", "ruff"),
        ("mirrors-clang-format", "clang-format"),
    ):
        assert f"{name}=={revisions[repository].removeprefix('v')}\n" in pinned


def test_the_issue_form_names_every_package(root: Path) -> None:
    form = yaml.safe_load((root / ".github/ISSUE_TEMPLATE/wrong-result.yml").read_text("utf-8"))
    options = form["body"][0]["attributes"]["options"]
    assert set(load_packages(root)) == set(options) - {"tools or docs"}


def test_the_citation_names_the_four_projects_carried_on(root: Path) -> None:
    citation = yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))
    titles = [entry["title"].lower() for entry in citation["references"]]
    for project in ("neuromorphic intermediate representation", "norse", "aestream", "faery"):
        assert sum(title.startswith(project) for title in titles) == 1, project


def test_source_files_stay_below_five_hundred_lines(root: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "*.py", "*.cpp", "*.hpp"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    files = [root / name for name in tracked] or list(root.glob("packages/*/src/**/*.py"))
    counted = {file: len(file.read_text("utf-8").splitlines()) for file in files if file.exists()}
    long = {str(file.relative_to(root)): lines for file, lines in counted.items() if lines > 500}
    assert not long
