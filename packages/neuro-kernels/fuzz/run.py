"""Feed random bytes to every fuzz target (fuzz/fuzz_<name>.cpp) for some seconds each.

    python packages/neuro-kernels/fuzz/run.py --seconds 5

The run ends with 0 only if no target fails and a fault planted into a copy of one kernel is found.
With --plant-fault, the faulty copy alone is run and its report shown. Inputs that reach new code
are kept in build/fuzz/corpus and used again; an input that fails is kept in build/fuzz/failures.

Needs clang++ with libFuzzer and cmake (Debian: clang libclang-rt-dev).
"""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from native import PACKAGE, build, program, reports_overflow, run

OPTIONS = {
    "CMAKE_BUILD_TYPE": "Debug",
    "CMAKE_CXX_FLAGS_DEBUG": "-O1 -g1",
    "NEURO_KERNELS_SANITIZE": "address,undefined",
    "NEURO_KERNELS_PYTHON": "OFF",
    "NEURO_KERNELS_FUZZ": "ON",
    "NEURO_KERNELS_PLANTED": "ON",
}
VERSIONS = range(30, 13, -1)


def clang() -> str:
    """Find clang++, also under its versioned names."""
    for name in ("clang++", *(f"clang++-{version}" for version in VERSIONS)):
        if (found := program(name)) is not None:
            return found
    raise SystemExit(
        "error: fuzzing needs clang++ with libFuzzer and found none; install it (Debian: "
        "apt install clang libclang-rt-dev) and run this again"
    )


def fuzz(folder: Path, name: str, seconds: int) -> tuple[int, str]:
    """Run one target; inputs kept from earlier runs come first."""
    corpus, failures = folder / "corpus" / name, folder / "failures"
    for place in (corpus, failures):
        place.mkdir(parents=True, exist_ok=True)
    seeds = PACKAGE / "fuzz" / "seeds" / name
    command = [
        folder / name,
        f"-max_total_time={seconds}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-max_len=4096",
        "-print_final_stats=1",
        f"-artifact_prefix={failures}/{name}-",
        corpus,
        *([seeds] if seeds.is_dir() else []),
    ]
    return run(command, timeout=seconds + 60)


def runs_of(output: str) -> str:
    """Read from libFuzzer's statistics how many inputs were tried."""
    lines = [line for line in output.splitlines() if "stat::number_of_executed_units" in line]
    return lines[-1].split()[-1] if lines else "no"


def clean_run(folder: Path, seconds: int) -> bool:
    """Fuzz all targets, as many at once as there are processors."""
    names = sorted(source.stem for source in (PACKAGE / "fuzz").glob("fuzz_*.cpp"))
    passed = True
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda name: fuzz(folder, name, seconds), names)
        for name, (code, output) in zip(names, results, strict=True):
            if code:
                print(output)
            print(f"{name}: {runs_of(output)} inputs, {'FAILED' if code else 'no finding'}")
            passed &= code == 0
    return passed


def planted_run(folder: Path, seconds: int, show: bool) -> bool:
    """Fuzz the faulty copy: it must be found."""
    code, output = fuzz(folder, "planted_represent", seconds)
    found = code != 0 and reports_overflow(output)
    if show or not found:
        print(output)
    print(f"planted fault: {'found' if found else 'NOT FOUND'}")
    return found


def main() -> int:
    """Build, run, judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=5, help="for each target (default 5)")
    parser.add_argument("--plant-fault", action="store_true", help="show the faulty copy's report")
    arguments = parser.parse_args()
    folder = build("fuzz", {**OPTIONS, "CMAKE_CXX_COMPILER": clang()})
    if arguments.plant_fault:
        return 1 if planted_run(folder, arguments.seconds, show=True) else 0
    passed = clean_run(folder, arguments.seconds)
    return 0 if planted_run(folder, arguments.seconds, show=False) and passed else 1


if __name__ == "__main__":
    sys.exit(main())
