"""Which foreign packages a release brings along, at which versions, under which licences."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from release.artifacts import call

# Permissive or file-level copyleft: they may stand below an Apache-2.0 package.
ALLOWED = (
    "apache", "bsd", "mit", "isc", "psf", "python-2.0", "mpl-2.0", "0bsd", "zlib", "unlicense",
    "cc0", "hpnd", "blueoak",
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Component:
    """A package in an environment; `licence` as the package itself declares it."""

    name: str
    version: str
    licence: str


def write_sbom(python: Path, output: Path) -> list[Component]:
    """Write the inventory of an environment as CycloneDX JSON.

    Args:
        python: interpreter of the environment.
        output: file to write.

    Returns:
        The components, sorted by name.

    Raises:
        DevError: if the environment cannot be read.
    """
    options = ["--output-reproducible", "--of", "JSON", "-o", str(output)]
    call(["cyclonedx-py", "environment", *options, str(python)])
    return read_sbom(output)


def read_sbom(path: Path) -> list[Component]:
    """Read the components of a CycloneDX JSON file."""
    entries = json.loads(path.read_text("utf-8")).get("components", [])
    return sorted(
        Component(entry["name"], entry.get("version", ""), " AND ".join(_licences(entry)))
        for entry in entries
    )


def _licences(entry: Mapping[str, object]) -> Iterable[str]:
    listed = entry.get("licenses", [])
    names: dict[str, None] = {}
    for one in listed if isinstance(listed, list) else []:
        inner = one.get("license", {})
        name = one.get("expression") or inner.get("id") or inner.get("name") or ""
        # A whole licence text in the name field says who, not which; its first line is enough.
        if name:
            names[str(name).strip().splitlines()[0]] = None
    return names


def doubtful(components: Iterable[Component]) -> list[Component]:
    """The components whose licence is unknown, or is not one of those allowed here."""
    return [
        one
        for one in components
        if not any(word in one.licence.lower().replace(" ", "-") for word in ALLOWED)
    ]


def table(components: Iterable[Component]) -> str:
    """A Markdown table of name, version and licence.

    Example:
        >>> print(table([Component("numpy", "2.0", "BSD-3-Clause")]))
        | package | version | licence |
        |---|---|---|
        | numpy | 2.0 | BSD-3-Clause |
        <BLANKLINE>
    """
    lines = ["| package | version | licence |", "|---|---|---|"]
    lines += [
        f"| {one.name} | {one.version} | {one.licence or 'not stated'} |" for one in components
    ]
    return "\n".join(lines) + "\n"
