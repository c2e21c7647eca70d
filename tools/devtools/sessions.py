"""Environments of the nox sessions: wheels of our packages, pinned torch, what is declared."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools import hashing, stamps, venvs
from devtools.installers import install
from devtools.messages import DevError
from devtools.packages import (
    CONSTRAINTS,
    ROOT,
    Closure,
    Package,
    closure,
    load_packages,
    read_package,
    split_requirement,
)
from devtools.processes import ask
from devtools.versions import tags, unpack
from devtools.wheelhouse import wheel

STACK = ROOT / ".nox" / "stack"

# Extras that `compat` leaves to others: large ones, and samna, which only its maker's index has.
HEAVY = frozenset({"torch", "jax", "samna"})

_TELL = """
import sys
from importlib.metadata import PackageNotFoundError, version
for name in sys.argv[1:]:
    try:
        print(name, version(name))
    except PackageNotFoundError:
        print(name, "is absent")
"""


def chosen(given: Sequence[str], *parts: str) -> tuple[str, ...]:
    """Return the parts of a session that its arguments name, all parts without arguments.

    Raises:
        DevError: an argument names none of them.

    Example:
        >>> chosen(["lowest"], "newest", "lowest")
        ('lowest',)
        >>> chosen([], "newest", "lowest")
        ('newest', 'lowest')
    """
    if unknown := [one for one in given if one not in parts]:
        raise DevError(f"{unknown[0]!r} is none of {', '.join(parts)}")
    return tuple(one for one in parts if one in given) or parts


def with_tests(package: Package) -> tuple[list[str], list[str]]:
    """Split what the tests of `package` need into our packages and requirements from elsewhere."""
    packages = load_packages()
    local = [text for text in package.test if split_requirement(text)[0] in packages]
    return [package.name, *local], [text for text in package.test if text not in local]


def asking(tests: Path) -> list[Path]:
    """The files of tests of which some run only where a library is installed.

    Args:
        tests: the folder of a package's tests.

    Returns:
        Those with a marker `interop`, or that look whether there is some module.
    """
    words = ("importorskip(", "mark.interop", "find_spec(")
    files = sorted(tests.glob("test_*.py"))
    return [file for file in files if any(word in file.read_text("utf-8") for word in words)]


def light_extras(package: Package) -> list[str]:
    """The extras of a package that `compat` can install and test.

    Left out are what asks for another package of this repository by itself, and the frameworks of
    several hundred megabytes: their tests run in sessions of their own.
    """
    local = load_packages()
    found = []
    for extra, needs in package.extras.items():
        names = {split_requirement(text)[0] for text in needs}
        if not names & (HEAVY | local.keys()):
            found.append(extra)
    return found


def installed(python: Path, requirements: Sequence[str]) -> list[str]:
    """What an environment holds of some requirements, as NAME VERSION, without repeats."""
    names = dict.fromkeys(split_requirement(text)[0] for text in requirements)
    told = ask([str(python), "-c", _TELL, *names])
    return (told or "").splitlines()


def fill(
    environment: Path,
    wanted: Sequence[str] = (),
    *,
    requirements: Sequence[str] = (),
    alone: Path | None = None,
    replaced: Mapping[str, Package] | None = None,
) -> Path:
    """Install into `environment`, or do nothing where exactly this was installed before.

    Args:
        environment: an existing virtual environment.
        wanted: packages of this repository, with extras where they matter.
        requirements: further arguments of `pip install`.
        alone: file of requirements to install without what they ask for.
        replaced: other sources for some of our packages, by name.

    Returns:
        The interpreter of the environment.
    """
    python = venvs.interpreter(environment)
    needed = closure(load_packages(), wanted)
    wheels = _wheels(needed, replaced or {}, python)
    files = [CONSTRAINTS, *(Path(text) for text in requirements if text.endswith(".txt"))]
    if alone is not None:
        files.append(alone)
    texts = [file.read_text("utf-8") for file in files]
    content = hashing.text_key([*texts, *requirements, *needed.outside, *wheels])
    entries = {"content": content}
    if stamps.is_finished(environment, entries):
        return python
    again = stamps.read_stamp(environment) is not None
    stamps.begin(environment)
    constraints = ["-c", str(CONSTRAINTS)]
    install(python, [*constraints, *requirements, *needed.outside, *wheels])
    if alone is not None:
        install(python, [*constraints, "--no-deps", "-r", str(alone)])
    if again and wheels:
        # An environment that is used again keeps an older build of the same version otherwise.
        install(python, ["--no-deps", "--force-reinstall", *wheels])
    stamps.finish(environment, entries)
    return python


def fill_stack() -> Path:
    """Bring all packages and the tools that look at them together into one shared environment."""
    packages = load_packages()
    venvs.prepare(STACK)
    tests = [text for package in packages.values() for text in with_tests(package)[1]]
    files = [ROOT / "tools" / "requirements" / f"{name}.txt" for name in ("demo", "stack", "tools")]
    requirements = [*dict.fromkeys(tests), *(text for file in files for text in ("-r", str(file)))]
    return fill(STACK, list(packages), requirements=requirements)


def conformance_environments(requirements: Path) -> list[str]:
    """Environments of the frameworks that cannot live together with the others.

    Args:
        requirements: folder of the requirement files.

    Returns:
        ADAPTER=PYTHON for each framework.
    """
    kinds = {"nir104": ("sinabs", "rockpool"), "jax": ("spyx", "jaxsnn"), "mlir": ("snn_mlir",)}
    runs = []
    for kind, adapters in kinds.items():
        environment = ROOT / ".nox" / f"conformance-{kind}"
        venvs.prepare(environment)
        alone = requirements / f"conformance_{kind}_alone.txt"
        python = fill(
            environment,
            requirements=["-r", str(requirements / f"conformance_{kind}.txt")],
            alone=alone if alone.exists() else None,
        )
        runs += [f"{adapter}={python}" for adapter in adapters]
    return runs


def previous_release(name: str, into: Path, *, root: Path = ROOT) -> Package | None:
    """Unpack the latest tagged release of a package.

    Args:
        name: package name; its tags are `<name>-vX.Y.Z`.
        into: an existing folder to unpack into.
        root: the repository.

    Returns:
        The package as released, or None where no release is tagged.
    """
    found = tags(name, root=root)
    if not found:
        return None
    folder = load_packages(root)[name].path.relative_to(root)
    return read_package(unpack(folder, found[0], into, root=root))


def _wheels(needed: Closure, replaced: Mapping[str, Package], python: Path) -> list[str]:
    return [str(wheel(replaced.get(one.name, one), python)) for one in needed.local]
