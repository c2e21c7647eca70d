"""Running programs with an environment that the caller's shell cannot bend."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

# Each of these sends an installation or an import somewhere else than the chosen environment.
_REMOVED = (
    "PYTHONHOME",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "UV_PYTHON",
    "UV_PROJECT_ENVIRONMENT",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
    "PIP_REQUIRE_VIRTUALENV",
    # Without byte code every start compiles all of torch again.
    "PYTHONDONTWRITEBYTECODE",
)


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Copy the process environment without the variables that redirect installs and imports.

    Args:
        extra: variables to add.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _REMOVED}
    return kept | dict(extra or {})


def compiler_cache(sources: Path) -> dict[str, str]:
    """The variables that make CMake compile through ccache, where ccache is installed.

    Paths below `sources` are stored relative to the build folder, which lies inside them: two
    builds of the same files then share objects, wherever they are. Those of the system must stay
    as they are, since the way to them depends on how deep the build lies.

    Args:
        sources: the package that is built.
    """
    name = "CMAKE_CXX_COMPILER_LAUNCHER"
    if not shutil.which("ccache") or os.environ.get(name, "ccache") != "ccache":
        return {}
    return {name: "ccache", "CCACHE_BASEDIR": str(sources.resolve()), "CCACHE_NOHASHDIR": "1"}


def wheel_build(sources: Path, tag: str) -> dict[str, str]:
    """The variables for building a compiled wheel.

    Args:
        sources: the package that is built.
        tag: of the Python that it is built for; each has a build folder of its own.
    """
    return {"SKBUILD_BUILD_DIR": f"build/wheel-{tag}", **compiler_cache(sources)}


def run(
    command: Sequence[str], *, extra: Mapping[str, str] | None = None, cwd: Path | None = None
) -> int:
    """Run a program with our input and output and return its exit status."""
    return subprocess.run(command, env=clean_environment(extra), cwd=cwd, check=False).returncode


def ask(command: Sequence[str], *, given: str | None = None) -> str | None:
    """Run a program and return what it printed, or None if it failed or does not exist.

    Args:
        command: program and arguments.
        given: text for its standard input.
    """
    try:
        result = subprocess.run(
            command,
            env=clean_environment(),
            input=given if given is not None else "",
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return result.stdout if result.returncode == 0 else None
