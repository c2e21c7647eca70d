"""Run the kernels' tests, C++ and Python, under the address and undefined-behaviour sanitizers.

    python packages/neuro-kernels/tests/sanitize.py

The run ends with 0 only if the kernels pass and a fault planted into a copy of one of them is
reported. With --plant-fault, the faulty copy alone is run and its report shown.

Needs Linux, g++ or clang++ with its sanitizer libraries, cmake, the doctest header (Debian:
doctest-dev), and pybind11, numpy, pytest and hypothesis in the environment of this interpreter.
"""

import argparse
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from native import PACKAGE, build, cached, program, reports_overflow, run

OPTIONS = {
    "CMAKE_BUILD_TYPE": "Debug",
    "CMAKE_CXX_FLAGS_DEBUG": "-O1 -g1",
    "NEURO_KERNELS_SANITIZE": "address,undefined",
    "NEURO_KERNELS_TESTS": "ON",
    "NEURO_KERNELS_PLANTED": "ON",
    "Python_EXECUTABLE": sys.executable,
}


def sanitizer_environment(folder: Path) -> dict[str, str]:
    """What a plain interpreter needs to load a module built with sanitizers."""
    compiler = cached(folder, "CMAKE_CXX_COMPILER")
    clang = "clang" in Path(compiler).name
    names = ["libclang_rt.asan-x86_64.so"] if clang else ["libasan.so", "libubsan.so"]
    libraries = [run([compiler, f"-print-file-name={n}"])[1].strip() for n in names]
    if not all(Path(library).is_absolute() for library in libraries):
        raise SystemExit(
            f"error: {compiler} has no sanitizer libraries ({', '.join(names)}); install them"
        )
    # Without libstdc++ in the list the sanitizer cannot see exceptions that the module throws.
    libraries.append(run([compiler, "-print-file-name=libstdc++.so"])[1].strip())
    return {
        "LD_PRELOAD": " ".join(libraries),
        # The interpreter itself keeps memory until it ends; that is no leak of the kernels.
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        # The interpreter's own allocator would hide steps past the end of small objects.
        "PYTHONMALLOC": "malloc",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def module(folder: Path, built: Path) -> Path:
    """Put the package's Python files and one compiled module together; return the folder."""
    site = folder / f"site-{built.name}"
    shutil.rmtree(site, ignore_errors=True)
    skipped = shutil.ignore_patterns("_kernels.*so", "__pycache__")
    shutil.copytree(PACKAGE / "src", site, ignore=skipped)
    for library in built.glob("_kernels.*so"):
        shutil.copy(library, site / "neuro_kernels")
    return site


def pytest(site: Path, env: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run the Python tests on the package in `site`."""
    # Under pytest's own capture a report of the sanitizer, which ends the process, would be lost.
    command = [sys.executable, "-m", "pytest", "-s", "-q", "-x", "-p", "no:cacheprovider"]
    command += ["-c", PACKAGE.parents[1] / "pyproject.toml", "--hypothesis-profile=quick"]
    return run([*command, *arguments], env={**env, "PYTHONPATH": str(site)})


def clean_run(folder: Path, env: dict[str, str]) -> bool:
    """Run all tests; show what they wrote where they fail."""
    ctest = program("ctest")
    if ctest is None:
        raise SystemExit(
            "error: ctest is missing, although cmake is there; install cmake as a whole"
        )
    steps = {
        "C++ tests": lambda: run([ctest, "--test-dir", folder, "--output-on-failure"]),
        "Python tests": lambda: pytest(module(folder, folder), env, str(PACKAGE / "tests")),
    }
    passed = True
    for name, step in steps.items():
        code, output = step()
        if code:
            print(output)
        print(f"{name} under address and undefined-behaviour sanitizers: {verdict(code == 0)}")
        passed &= code == 0
    return passed


def planted_run(folder: Path, env: dict[str, str], show: bool) -> bool:
    """Run the faulty twins; the sanitizer must stop each."""
    tests = PACKAGE / "tests" / "test_represent.py"
    site = module(folder, folder / "planted")
    outputs = {
        "C++ tests": run([folder / "nk_tests_planted"]),
        "Python tests": pytest(site, env, str(tests), "-k", "outside_the_frame"),
    }
    caught = True
    for name, (code, output) in outputs.items():
        reported = code != 0 and reports_overflow(output)
        if show or not reported:
            print(output)
        print(f"planted fault in the {name}: {'reported' if reported else 'NOT REPORTED'}")
        caught &= reported
    return caught


def verdict(passed: bool) -> str:
    """Say it in a word."""
    return "passed" if passed else "FAILED"


def main() -> int:
    """Build, run, judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--plant-fault", action="store_true", help="show the faulty copy's reports")
    arguments = parser.parse_args()
    if not sys.platform.startswith("linux"):
        raise SystemExit(
            "error: the sanitizer run needs Linux: it loads the sanitizers' libraries by LD_PRELOAD"
        )
    if (pybind11 := find_spec("pybind11")) is None or pybind11.origin is None:
        raise SystemExit(f"error: pybind11 is missing: {sys.executable} -m pip install pybind11")
    cmake_files = Path(pybind11.origin).parent / "share" / "cmake" / "pybind11"
    folder = build("sanitize", {**OPTIONS, "pybind11_DIR": str(cmake_files)})
    env = sanitizer_environment(folder)
    if arguments.plant_fault:
        return 1 if planted_run(folder, env, show=True) else 0
    passed = clean_run(folder, env)
    return 0 if planted_run(folder, env, show=False) and passed else 1


if __name__ == "__main__":
    sys.exit(main())
