"""One release, done in a copy of the last commit: bump, changelog, floors, files, trial."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devtools.features import missing
from devtools.messages import DevError, say, step
from devtools.packages import ROOT, load_packages
from devtools.venvs import interpreter
from devtools.versions import read_version, released, version_key

from release import artifacts, changelog, inventory, trial


@dataclass(frozen=True)
class Release:
    """What a rehearsed release consists of.

    Attributes:
        name: package.
        version: version to be released.
        notes: its section of the changelog.
        files: files below `dist`, ready to be uploaded.
        changed: tracked files with their new content, by path in the repository; None: deleted.
    """

    name: str
    version: str
    notes: str
    files: tuple[Path, ...]
    changed: dict[str, bytes | None]

    @property
    def tag(self) -> str:
        """The tag of the release."""
        return f"{self.name}-v{self.version}"


def rehearse(name: str, bump: str | None, date: str, dist: Path, *, root: Path = ROOT) -> Release:
    """Do everything that a release needs, without touching the repository.

    Args:
        name: package.
        bump: "major", "minor", "patch" or a version; None releases the version as it stands.
        date: day of the release, ISO 8601.
        dist: folder for the files.
        root: the repository; its last commit is what is released.

    Returns:
        The release; `publish` makes it real.

    Raises:
        DevError: at the first thing that speaks against the release.
    """
    dist.mkdir(parents=True, exist_ok=True)
    with _copy(root) as copy:
        packages = load_packages(copy)
        if name not in packages:
            raise DevError(f"There is no package {name!r}; choose from: {', '.join(packages)}.")
        package = packages[name]
        before = read_version(package.path)
        if bump is not None:
            _check_bump(name, before, bump)
            artifacts.call(["hatch", "version", bump], cwd=package.path)
        version = read_version(package.path)
        _check_order(name, version, root)
        notes = changelog.close_changelog(package, version, date)
        problems = missing(copy)
        if problems:
            raise DevError("\n".join(map(str, problems)))
        packages = load_packages(copy)
        built = build_all(
            [one.name for one in trial.needed(packages[name], packages).local], copy, dist
        )
        sbom = dist / f"{name}-{version}.cdx.json"
        with tempfile.TemporaryDirectory() as place:
            environment = Path(place) / "venv"
            trial.try_out(packages[name], built, packages, environment)
            components = inventory.write_sbom(interpreter(environment), sbom)
        for one in inventory.doubtful(components):
            say(
                f"   look at the licence of {one.name} {one.version}: {one.licence or 'not stated'}"
            )
        files = (built[name].sdist, built[name].wheel, sbom)
        return Release(name, version, notes, files, _changes(copy))


def build_all(names: list[str], root: Path, dist: Path) -> dict[str, artifacts.Artifacts]:
    """Build and check the files of several packages.

    Args:
        names: packages.
        root: repository with their sources.
        dist: folder for the files.

    Returns:
        The files by package name.
    """
    packages = load_packages(root)
    built = {}
    for name in names:
        with step(f"Build and check {name}"):
            built[name] = artifacts.build(packages[name], dist)
            artifacts.check(built[name])
    return built


def publish(release: Release, *, root: Path = ROOT) -> None:
    """Write the rehearsed changes, commit them and set the tag; nothing is pushed or uploaded.

    Args:
        release: from `rehearse`, of this very commit.
        root: the repository.

    Raises:
        DevError: if tracked files have changes that are not committed.
    """
    if _git(root, "status", "--porcelain", "--untracked-files=no").strip():
        raise DevError("The repository has changes that are not committed: commit or stash them.")
    for name, content in release.changed.items():
        path = root / name
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
    _git(root, "add", "--", *release.changed)
    if release.changed:
        _git(root, "commit", "-q", "-m", f"Release {release.name} {release.version}")
    _git(root, "tag", "-a", release.tag, "-m", f"{release.name} {release.version}")


def _check_bump(name: str, before: str, bump: str) -> None:
    """Refuse what `hatch version` would not take, in one sentence."""
    if bump in ("major", "minor", "patch"):
        return
    if not re.fullmatch(r"\d+\.\d+\.\d+", bump):
        raise DevError(f"Expected major, minor, patch or a version such as 1.2.0, got {bump!r}.")
    if version_key(bump) == version_key(before):
        raise DevError(f"{name} is at {before}: give no version to release it as it stands.")
    if version_key(bump) < version_key(before):
        raise DevError(f"{name} is at {before}: {bump} would go back.")


def _check_order(name: str, version: str, root: Path) -> None:
    tag = released(name, version, root=root)
    if tag is not None:
        raise DevError(
            f"{name} {version} is released already (tag {tag}): give major, minor or patch."
        )


@contextmanager
def _copy(root: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        _git(root, "clone", "-q", "--no-hardlinks", str(root), str(copy))
        try:
            yield copy
        finally:
            shutil.rmtree(copy, ignore_errors=True)


def _changes(copy: Path) -> dict[str, bytes | None]:
    listed = _git(copy, "diff", "--name-only", "HEAD").split()
    return {name: (copy / name).read_bytes() if (copy / name).exists() else None for name in listed}


def _git(root: Path, *words: str) -> str:
    result = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise DevError(f"`git {words[0]}` failed: {result.stderr.strip()}")
    return result.stdout
