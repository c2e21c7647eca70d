"""Each package built once per content: .wheelhouse/<name>-<key>[-<python tag>]/<wheel>."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from devtools.hashing import folder_key
from devtools.installers import PIP_SETTINGS, find_uv, uv_settings
from devtools.messages import DevError, show_command, step
from devtools.packages import ROOT, Package
from devtools.processes import ask, run, wheel_build

WHEELHOUSE = ROOT / ".wheelhouse"


def wheel_folder(package: Package, python: Path, *, wheelhouse: Path = WHEELHOUSE) -> Path:
    """Where the wheel of `package` for the interpreter `python` belongs."""
    tag = f"-{_python_tag(python)}" if package.compiled else ""
    return wheelhouse / f"{package.name}-{folder_key(package.path)}{tag}"


def wheel(package: Package, python: Path, *, wheelhouse: Path = WHEELHOUSE) -> Path:
    """Return the wheel of `package`, building it if this content was never built.

    Args:
        package: what to build.
        python: interpreter that the wheel is for.
        wheelhouse: folder that keeps the wheels.

    Raises:
        DevError: if the build fails.
    """
    folder = wheel_folder(package, python, wheelhouse=wheelhouse)
    present = sorted(folder.glob("*.whl"))
    if present:
        return present[0]
    wheelhouse.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix="building-", dir=wheelhouse))
    minutes = " (C++, takes a minute or two)" if package.compiled else ""
    try:
        with step(f"Build {package.name}{minutes}"):
            _build(package, python, temporary)
        if not folder.exists():
            os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _forget_older(package, folder, wheelhouse)
    return next(iter(sorted(folder.glob("*.whl"))))


def _build(package: Package, python: Path, into: Path) -> None:
    uv = find_uv()
    if uv is not None:
        command = [uv, "build", "--quiet", "--wheel", "-p", str(python), "-o", str(into)]
        settings = uv_settings()
    else:
        # An environment without pip of its own is served by the pip that runs us.
        own = ask([str(python), "-m", "pip", "--version"]) is not None
        command = [str(python if own else sys.executable), "-m", "pip", "wheel", "--quiet"]
        command += ["--no-deps", "--wheel-dir", str(into)]
        settings = PIP_SETTINGS
    command.append(str(package.path))
    show_command(command, ROOT)
    tag = ask([str(python), "-c", "import sys; print(sys.implementation.cache_tag)"])
    status = run(command, extra=settings | wheel_build(package.path, (tag or "unknown").strip()))
    if status != 0 or not list(into.glob("*.whl")):
        raise DevError(f"{package.name} could not be built; the lines above say why.")
    (into / ".gitignore").unlink(missing_ok=True)


def _forget_older(package: Package, newest: Path, wheelhouse: Path, keep: int = 4) -> None:
    """Delete all but the latest builds of `package`, so that the folder does not grow for ever."""
    length = len(f"{package.name}-") + 16
    mine = [
        folder
        for folder in wheelhouse.glob(f"{package.name}-*")
        if folder != newest and folder.name[length:] == newest.name[length:]
    ]
    for folder in sorted(mine, key=lambda one: one.stat().st_mtime, reverse=True)[keep - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)


def _python_tag(python: Path) -> str:
    code = "import sys, sysconfig; print('cp%d%d' % sys.version_info[:2], sysconfig.get_platform())"
    told = ask([str(python), "-c", code])
    if told is None:
        raise DevError(f"{python} does not start: delete its environment and run again.")
    return told.strip().replace(" ", "-")
