"""Versions of the packages: as written, as tagged, as required."""

import io
import re
import subprocess
import tarfile
import tomllib
from pathlib import Path

from devtools.messages import DevError
from devtools.packages import ROOT


def version_key(version: str) -> tuple[int, ...]:
    """The numbers of a version, for comparing.

    Example:
        >>> version_key("0.10.0") > version_key("0.9.1")
        True
    """
    return tuple(int(part) for part in re.findall(r"\d+", version))


def same_release(one: str, other: str) -> bool:
    """Whether two spellings mean the same release.

    Example:
        >>> same_release("0.1", "0.1.0"), same_release("0.1", "0.1.1")
        (True, False)
    """
    parts = [version_key(text) for text in (one, other)]
    length = max(map(len, parts))
    padded = [part + (0,) * (length - len(part)) for part in parts]
    return padded[0] == padded[1]


def read_version(path: Path) -> str:
    """The version in the pyproject.toml of the folder `path`.

    Raises:
        DevError: if there is none.
    """
    with (path / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"].get("version")
    if not isinstance(version, str):
        raise DevError(f"{path / 'pyproject.toml'} gives no version under [project].")
    return version


def floor_of(requirement: str, specifier: str) -> str:
    """The lowest version that a specifier allows.

    Args:
        requirement: the whole requirement, for the message.
        specifier: its version part, for example ">=0.1,<2".

    Raises:
        DevError: if it has no lower bound.

    Example:
        >>> floor_of("nir-core>=0.1", ">=0.1")
        '0.1'
    """
    found = re.search(r">=\s*([0-9][0-9A-Za-z.]*)", specifier)
    if found is None:
        raise DevError(
            f"The requirement {requirement!r} has no lower bound: write {requirement}>=X."
        )
    return found[1]


def tags(name: str, *, root: Path = ROOT) -> list[str]:
    """The release tags of a package, the newest first."""
    command = ["git", "tag", "--list", f"{name}-v*", "--sort=-version:refname"]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return result.stdout.split()


def released(name: str, version: str, *, root: Path = ROOT) -> str | None:
    """The tag of a release of a package, or None where it was not released."""
    start = len(f"{name}-v")
    return next((tag for tag in tags(name, root=root) if same_release(tag[start:], version)), None)


def unpack(folder: Path, tag: str, into: Path, *, root: Path = ROOT) -> Path:
    """Write the files that `folder` had at `tag`.

    Args:
        folder: folder relative to the repository.
        tag: name of the tag.
        into: an existing folder to write into.
        root: the repository.

    Returns:
        The copy of `folder` below `into`.
    """
    command = ["git", "archive", "--format=tar", tag, folder.as_posix()]
    packed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(into, filter="data")
    return into / folder
