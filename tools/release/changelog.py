"""Changelogs: fragments of unreleased changes, gathered into CHANGELOG.md at a release.

A fragment is a file `packages/NAME/changes/WORDS.KIND.md` with one sentence for users; KIND is one
of `added`, `changed`, `fixed`, `removed`. towncrier gathers and deletes them.
"""

import re
from pathlib import Path

from devtools.messages import DevError
from devtools.packages import Package

from release.artifacts import call

SETTINGS = Path(__file__).with_name("towncrier.toml")
MARKER = "<!-- releases -->"
_UNRELEASED = re.compile(r"^## (\S+) \(unreleased\)$", re.MULTILINE)


def fragments(package: Package) -> list[Path]:
    """The fragments that wait for the next release."""
    return sorted((package.path / "changes").glob("*.md"))


def close_changelog(package: Package, version: str, date: str) -> str:
    """Turn what is unreleased into the section of `version`.

    Args:
        package: its CHANGELOG.md is rewritten, and its fragments are deleted.
        version: the version to be released.
        date: day of the release, ISO 8601.

    Returns:
        The section, as users will read it.

    Raises:
        DevError: if there is nothing to say about this release.
    """
    file = package.path / "CHANGELOG.md"
    text = file.read_text("utf-8")
    open_section = _UNRELEASED.search(text)
    if open_section is not None:
        # The first release is written by hand, before anybody needs to know what changed.
        text = _UNRELEASED.sub(f"## {version} ({date})", text, count=1)
        file.write_text(text, "utf-8")
    elif not fragments(package):
        raise DevError(
            f"{package.name} has no changelog fragment: say in packages/{package.name}/changes/"
            "WORDS.KIND.md (KIND is added, changed, fixed or removed) what users will notice."
        )
    if fragments(package):
        _gather(package, version, date)
    return section(file.read_text("utf-8"), version)


def _gather(package: Package, version: str, date: str) -> None:
    file = package.path / "CHANGELOG.md"
    text = file.read_text("utf-8")
    if MARKER not in text:
        head, separator, tail = text.partition("\n## ")
        file.write_text(f"{head}\n{MARKER}\n{separator}{tail}", "utf-8")
    command = ["towncrier", "build", "--yes", "--config", str(SETTINGS), "--dir", str(package.path)]
    call([*command, "--name", package.name, "--version", version, "--date", date], cwd=package.path)


def section(text: str, version: str) -> str:
    """The part of a changelog that belongs to one version.

    Example:
        >>> section("# Log\\n\\n## 0.2.0 (2030-01-01)\\n\\n- New.\\n\\n## 0.1.0\\n", "0.2.0")
        '## 0.2.0 (2030-01-01)\\n\\n- New.\\n'
    """
    start = re.search(rf"^## {re.escape(version)}\b.*$", text, re.MULTILINE)
    if start is None:
        return ""
    rest = text[start.start() :]
    end = re.search(r"^## ", rest[3:], re.MULTILINE)
    return rest[: end.start() + 3 if end else None].rstrip() + "\n"
