"""All packages in one environment, each installed again only when its files have changed."""

import os
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools import hashing, stamps, venvs
from devtools.checks import check_compiler
from devtools.installers import install
from devtools.messages import step
from devtools.packages import CONSTRAINTS, ROOT, Closure, Package, closure, load_packages
from devtools.packages import split_requirement as split
from devtools.processes import compiler_cache
from devtools.wheelhouse import wheel

REQUIREMENTS = ROOT / "tools" / "requirements"
DEMO_REQUIREMENTS = REQUIREMENTS / "demo.txt"
EDITABLE = "editable"


def install_stack(environment: Path) -> Path:
    """Bring every package, and what the demo needs, into `environment`.

    Args:
        environment: folder of the virtual environment; made where it is absent.

    Returns:
        The interpreter of the environment.

    Raises:
        DevError: if a compiler is missing or an installation fails.
    """
    packages = load_packages()
    needed = closure(packages, packages)
    if (stamps.read_stamp(environment) or {}).get("mode") == EDITABLE:
        return install_editable(environment)
    entries = _entries(needed)
    if environment.exists() and stamps.is_finished(environment, entries):
        return venvs.interpreter(environment)

    check_compiler()
    with step(f"Prepare the environment {environment.name}"):
        python = venvs.prepare(environment)
    before = stamps.read_stamp(environment) or {}
    same_requirements = before.get("requirements") == entries["requirements"]
    changed = [
        one
        for one in needed.local
        if not same_requirements or before.get(one.name) != entries[one.name]
    ]
    stamps.begin(environment)
    install_packages(
        python,
        needed,
        changed=changed,
        more=("-r", str(DEMO_REQUIREMENTS)),
        torch=not same_requirements,
    )
    stamps.finish(environment, entries)
    return python


def install_editable(environment: Path) -> Path:
    """Install every package in place, so that an edited source file counts at the next import.

    The kernels are built again at the import after a C++ file has changed, which takes seconds.

    Args:
        environment: folder of the virtual environment; made where it is absent.

    Returns:
        The interpreter of the environment.

    Raises:
        DevError: if a compiler is missing or an installation fails.
    """
    packages = load_packages()
    needed = closure(packages, packages)
    projects = [(one.path / "pyproject.toml").read_text("utf-8") for one in needed.local]
    files = [REQUIREMENTS / f"{name}.txt" for name in ("build", "demo", "lint", "stack", "tools")]
    texts = [file.read_text("utf-8") for file in (CONSTRAINTS, *files)]
    entries = {"mode": EDITABLE, "requirements": hashing.text_key([*projects, *texts])}
    if stamps.is_finished(environment, entries):
        return venvs.interpreter(environment)
    check_compiler()
    with step(f"Prepare the environment {environment.name}"):
        python = venvs.prepare(environment)
    stamps.begin(environment)
    constraints = ("-c", str(CONSTRAINTS))
    tests = dict.fromkeys(text for one in needed.local for text in one.test)
    outside = [text for text in tests if split(text)[0] not in packages]
    with step("Install PyTorch for the CPU, and what builds and checks the packages"):
        install(python, [*constraints, "torch"])
        install(
            python, [*constraints, *outside, *(word for one in files for word in ("-r", str(one)))]
        )
    tag = f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"
    settings = {
        "SKBUILD_BUILD_DIR": str(ROOT / "build" / f"editable-{tag}"),
        "SKBUILD_EDITABLE_REBUILD": "true",
        "SKBUILD_EDITABLE_VERBOSE": "false",
        **compiler_cache(ROOT),
        # The build finds cmake and ninja inside the environment.
        "PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", "")]),
    }
    with step("Install the packages in place (C++, takes a minute or two)"):
        places = [word for one in needed.local for word in ("-e", str(one.path))]
        install(python, [*constraints, "--no-build-isolation", *places], extra=settings)
    stamps.finish(environment, entries)
    return python


def install_tools(name: str, environment: Path) -> Path:
    """Bring the tools of tools/requirements/NAME.txt into an environment of their own.

    Args:
        name: name of the requirements file.
        environment: folder of the virtual environment; made where it is absent.

    Returns:
        The interpreter of the environment.
    """
    requirements = REQUIREMENTS / f"{name}.txt"
    entries = {"requirements": hashing.text_key([requirements.read_text("utf-8")])}
    if not (environment.exists() and stamps.is_finished(environment, entries)):
        with step(f"Install what `dev.py {'test' if name == 'nox' else name}` needs"):
            python = venvs.prepare(environment)
            stamps.begin(environment)
            install(python, ["-r", str(requirements)])
            stamps.finish(environment, entries)
    return venvs.interpreter(environment)


def install_packages(
    python: Path,
    needed: Closure,
    *,
    changed: Sequence[Package] | None = None,
    extras: Mapping[str, Sequence[str]] | None = None,
    more: Sequence[str] = (),
    torch: bool = True,
) -> None:
    """Install packages of this repository: torch first, the compiled one from its wheel.

    Args:
        python: interpreter of the environment.
        needed: the packages with everything that they need.
        changed: the ones to install now, if not all of `needed`.
        extras: extras to ask for, by package name.
        more: further arguments of `pip install`.
        torch: install torch first, if something needs it.
    """
    constraints = ("-c", str(CONSTRAINTS))
    if torch and any(split(text)[0] == "torch" for text in needed.outside):
        with step("Install PyTorch for the CPU"):
            install(python, [*constraints, "torch"])
    local = needed.local if changed is None else changed
    wheels = {one.name: str(wheel(one, python)) for one in local if one.compiled}
    with step(f"Install {', '.join(one.name for one in local)}"):
        if wheels:
            # By itself, because another build of the same version may be there already.
            install(python, ["--no-deps", "--force-reinstall", *wheels.values()])
        sources = [(wheels.get(one.name, str(one.path)), one.name) for one in local]
        chosen = {name: ",".join(names) for name, names in (extras or {}).items() if names}
        install(
            python,
            [
                *(*constraints, *more),
                *(f"{path}[{chosen[name]}]" if name in chosen else path for path, name in sources),
            ],
        )


def _entries(needed: Closure) -> dict[str, str]:
    parts = [CONSTRAINTS.read_text("utf-8"), DEMO_REQUIREMENTS.read_text("utf-8"), *needed.outside]
    keys = {one.name: hashing.folder_key(one.path) for one in needed.local}
    return {"requirements": hashing.text_key(parts), **keys}
