"""The packages of this repository as their own pyproject files describe them."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devtools.messages import DevError

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = ROOT / "tools" / "constraints.txt"

_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*([^;]*)")


@dataclass(frozen=True)
class Package:
    """One folder below packages/.

    Attributes:
        name: distribution name, for example "norse-lite".
        path: folder with its pyproject.toml.
        import_name: the module that it installs.
        requires: run-time requirements as written.
        extras: requirements of each extra.
        test: requirements of the dependency group "test".
        compiled: whether its wheel belongs to one Python version and platform.
    """

    name: str
    path: Path
    import_name: str
    requires: tuple[str, ...]
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    test: tuple[str, ...] = ()
    compiled: bool = False


def normalise(name: str) -> str:
    """Spell a distribution name in the one canonical way.

    Example:
        >>> normalise("Nir_Core")
        'nir-core'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def split_requirement(text: str) -> tuple[str, tuple[str, ...], str]:
    """Take a requirement apart.

    Args:
        text: a requirement, for example "norse-lite[nir]>=0.1; python_version > '3.10'".

    Returns:
        Normalised name, extras, and version specifier ("" where there is none).

    Raises:
        DevError: if `text` does not begin with a distribution name.

    Example:
        >>> split_requirement("norse_lite[nir]>=0.1")
        ('norse-lite', ('nir',), '>=0.1')
    """
    match = _REQUIREMENT.match(text)
    if match is None:
        raise DevError(f"{text!r} is not a requirement: write NAME or NAME[EXTRA].")
    extras = tuple(
        normalise(extra.strip()) for extra in (match[2] or "").split(",") if extra.strip()
    )
    return normalise(match[1]), extras, match[3].strip()


def read_package(path: Path) -> Package:
    """Read one package from the pyproject.toml in `path`."""
    with (path / "pyproject.toml").open("rb") as file:
        data = tomllib.load(file)
    project = data["project"]
    extras = project.get("optional-dependencies", {})
    return Package(
        name=normalise(project["name"]),
        path=path,
        import_name=normalise(project["name"]).replace("-", "_"),
        requires=tuple(project.get("dependencies", ())),
        extras={normalise(name): tuple(needs) for name, needs in extras.items()},
        test=tuple(data.get("dependency-groups", {}).get("test", ())),
        compiled=(path / "CMakeLists.txt").is_file(),
    )


def load_packages(root: Path = ROOT) -> dict[str, Package]:
    """Read every package below `root`/packages, by name."""
    found = [read_package(file.parent) for file in sorted(root.glob("packages/*/pyproject.toml"))]
    return {package.name: package for package in found}


@dataclass(frozen=True)
class Closure:
    """What an installation needs.

    Attributes:
        local: packages of this repository, each after those that it needs.
        outside: requirements to take from an index, as written, without repeats.
    """

    local: tuple[Package, ...]
    outside: tuple[str, ...]


def closure(packages: Mapping[str, Package], wanted: Iterable[str]) -> Closure:
    """Follow the requirements of `wanted` through this repository.

    Args:
        packages: all packages by name.
        wanted: names, with extras where they matter: "norse-lite[nir]".

    Returns:
        The packages to install, in an order that would also work one by one, and what they need
        from elsewhere.

    Raises:
        DevError: if a name or an extra does not exist here.
    """
    local: dict[str, Package] = {}
    outside: dict[str, None] = {}
    seen: set[tuple[str, str]] = set()

    def visit(requirement: str) -> None:
        name, extras, _ = split_requirement(requirement)
        if name not in packages:
            outside[requirement] = None
            return
        package = packages[name]
        for part, needs in {"": package.requires, **_chosen(package, extras)}.items():
            if (name, part) not in seen:
                seen.add((name, part))
                for need in needs:
                    visit(need)
        local.setdefault(name, package)

    for text in wanted:
        if split_requirement(text)[0] not in packages:
            raise DevError(
                f"There is no package {text!r} here; choose from: {', '.join(packages)}."
            )
        visit(text)
    return Closure(tuple(local.values()), tuple(outside))


def _chosen(package: Package, extras: Iterable[str]) -> dict[str, tuple[str, ...]]:
    unknown = [extra for extra in extras if extra not in package.extras]
    if unknown:
        known = ", ".join(package.extras) or "none"
        raise DevError(f"{package.name} has no extra {unknown[0]!r}; its extras: {known}.")
    return {extra: package.extras[extra] for extra in extras}
