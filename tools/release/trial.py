"""Install a release as a stranger would, from its wheel alone, and run its README there."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools import venvs
from devtools.installers import install
from devtools.messages import DevError, step
from devtools.packages import CONSTRAINTS, ROOT, Closure, Package, closure
from devtools.processes import run

from release.artifacts import Artifacts

_INSTALL = re.compile(r"\b(?:pip|dev\.py) install ['\"]?([\w-]+(?:\[[\w,-]+\])?)")


def install_line(package: Package) -> str:
    """What the README tells a stranger to install.

    Returns:
        The requirement of the first `pip install` or `dev.py install` of the package, with extras.

    Raises:
        DevError: if there is no such line.
    """
    text = (package.path / "README.md").read_text("utf-8")
    for wanted in _INSTALL.findall(text):
        if wanted.partition("[")[0] == package.name:
            return wanted
    raise DevError(f"The README of {package.name} does not say how to install it.")


def needed(package: Package, packages: Mapping[str, Package]) -> Closure:
    """The packages of this repository that the install line brings, and what they need."""
    return closure(packages, [install_line(package)])


def try_out(
    package: Package, built: Mapping[str, Artifacts], packages: Mapping[str, Package], place: Path
) -> None:
    """Install the wheel and those of its siblings into an empty environment; run the README.

    Args:
        package: what to try.
        built: artifacts by package name, of all siblings that it needs.
        packages: all packages by name.
        place: an empty folder for the environment.

    Raises:
        DevError: if the installation or a block of the README fails.
    """
    chosen = needed(package, packages)
    wheels = [str(built[one.name].wheel) for one in chosen.local]
    with step(f"Install {package.name} from its wheel into an empty environment"):
        venvs.create(place)
        python = venvs.interpreter(place)
        install(python, ["-c", str(CONSTRAINTS), *chosen.outside, *wheels])
    with step(f"Run the README of {package.name} there"):
        _run_readme(python, package)


def _run_readme(python: Path, package: Package) -> None:
    file = package.path / "README.md"
    command: Sequence[str] = [str(python), "-m", "devtools.readme", str(file)]
    if run(command, extra={"PYTHONPATH": str(ROOT / "tools")}) != 0:
        line = install_line(package)
        raise DevError(f"The README of {package.name} does not run after `pip install {line}`.")
