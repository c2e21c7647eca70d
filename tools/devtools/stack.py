"""All packages in one environment, each installed again only when its files have changed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools import hashing, stamps, venvs
from devtools.checks import check_compiler
from devtools.installers import install
from devtools.messages import step
from devtools.packages import CONSTRAINTS, ROOT, Closure, Package, closure, load_packages
from devtools.packages import split_requirement as split
from devtools.wheelhouse import wheel

REQUIREMENTS = ROOT / "tools" / "requirements"
DEMO_REQUIREMENTS = REQUIREMENTS / "demo.txt"


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
