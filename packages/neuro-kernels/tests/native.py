"""Building the C++ side outside a wheel, for the sanitizer run and the fuzzers."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
BUILDS = PACKAGE.parents[1] / "build"


def program(name: str) -> str | None:
    """Find a program beside this interpreter, else on the path."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def run(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, timeout: float = 900
) -> tuple[int, str]:
    """Run a command; return its exit code and all it wrote."""
    done = subprocess.run(
        list(map(str, command)),
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout,
        text=True,
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def build(name: str, options: Mapping[str, str], targets: Sequence[str] = ()) -> Path:
    """Configure and build the package in a folder of its own; return the folder.

    Args:
        name: the folder below build/.
        options: CMake variables.
        targets: what to build; everything without it.
    """
    cmake = program("cmake")
    if cmake is None:
        raise SystemExit("error: building the kernels needs cmake: pip install cmake ninja")
    folder = BUILDS / name
    settings = [f"-D{key}={value}" for key, value in options.items()]
    ninja, ccache = program("ninja"), program("ccache")
    if ninja is not None:
        settings += ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}"]
    if ccache is not None:
        settings.append(f"-DCMAKE_CXX_COMPILER_LAUNCHER={ccache}")
    code, output = run([cmake, "-S", PACKAGE, "-B", folder, *settings])
    if code:
        raise SystemExit(f"error: the kernels cannot be configured in {folder}:\n{output}")
    command = [cmake, "--build", folder, "--parallel", str(os.cpu_count() or 1)]
    for target in targets:
        command += ["--target", target]
    code, output = run(command)
    if code:
        raise SystemExit(f"error: the kernels cannot be built in {folder}:\n{output}")
    return folder


def cached(folder: Path, variable: str) -> str:
    """Read a variable of a configured build folder."""
    for line in (folder / "CMakeCache.txt").read_text("utf-8").splitlines():
        if line.startswith(f"{variable}:"):
            return line.partition("=")[2]
    raise KeyError(variable)


def reports_overflow(output: str) -> bool:
    """Whether a sanitizer's report names the fault planted in tests/planted/histogram.cpp."""
    return "heap-buffer-overflow" in output and "planted/histogram.cpp" in output
