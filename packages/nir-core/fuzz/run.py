"""Feed damaged files to the readers of nir_core: `run.py --seconds 30 [--seed N]`.

Every file must end in a NirError that tells where or why, or be read as a graph that the
checks accept and that comes back the same when it is written and read again. A worker process
reads, so that a crash and a hang are findings too; the file at fault is kept.
"""

from __future__ import annotations

import argparse
import faulthandler
import io
import random
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from mutate import MUTATORS, samples

import nir_core as nc

# The longest that one damaged file of some kilobytes may take.
SECONDS_PER_FILE = 10.0
LIMITS = nc.Limits(max_bytes=1 << 26, max_nodes=10_000, max_edges=100_000)
# Python errors that no check of ours raises: they show a case that was not thought of.
UNCHECKED = (
    AssertionError,
    AttributeError,
    IndexError,
    LookupError,
    NameError,
    RecursionError,
    TypeError,
    ZeroDivisionError,
)


class Finding(Exception):
    """A file that a reader did not treat as it must."""


def judge(kind: str, data: bytes) -> bool:
    """Read a file; give whether it was accepted.

    Raises:
        Finding: what is wrong with the way it was read.
    """
    try:
        if kind == "data":
            recordings = nc.load_data(data, limits=LIMITS)
        else:
            graph = nc.read(data, limits=LIMITS)
    except nc.NirError as error:
        cause = error.__cause__
        while cause is not None and isinstance(cause, nc.NirError):
            cause = cause.__cause__
        # h5py tells of objects that are not there by KeyError, and of strange types by TypeError.
        theirs = "h5py" in _raised_in(cause)
        if isinstance(cause, UNCHECKED) and not theirs:
            raise Finding(f"{type(cause).__name__} behind {error}") from error
        if len(str(error)) < 10:
            raise Finding(f"the message {str(error)!r} tells nothing") from error
        return False
    except Exception as error:
        raise Finding(f"{type(error).__name__}: {error}") from error
    if kind == "data":
        again = _copied(nc.save_data, recordings, nc.load_data)
        if again != recordings:
            raise Finding("the recordings differ when they are written and read again")
        return True
    if graph.check().errors:
        raise Finding(f"accepted, although {graph.check()}")
    file = io.BytesIO()
    nc.write(file, graph, format="nirz")
    if nc.read(file.getvalue()) != graph:
        raise Finding("the graph differs when it is written and read again")
    return True


def _copied(write: Callable[..., None], value: Any, read: Callable[..., Any]) -> Any:
    file = io.BytesIO()
    write(file, value)
    return read(file.getvalue())


def _raised_in(error: BaseException | None) -> str:
    """Give the file in which an error was raised."""
    trace = None if error is None else error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else trace.tb_frame.f_code.co_filename


def plant(fault: str) -> None:
    """Break a reader on purpose: "traceback" forgets a case, "accept" the checks."""
    from nir_core import files
    from nir_core.files._hdf5_nodes import Reader
    from nir_core.findings import Report

    def careless(self: Any, *given: Any) -> Any:
        raise IndexError("a field that is not known")

    if fault == "traceback":
        Reader.unknown = careless  # type: ignore[method-assign]
    else:
        files.check_graph = lambda graph: Report(())


def work(seconds: float, seed: int, current: Path, planted: str | None) -> int:
    """Read damaged files until the time is up."""
    if planted:
        plant(planted)
    files, rng = samples(), random.Random(seed)
    for kind, goods in files.items():
        for good in goods:
            if not judge(kind, good):
                print(f"a good file of kind {kind} is refused")
                return 1
    counts = dict.fromkeys(files, (0, 0))
    end = time.monotonic() + seconds
    kinds = list(files)
    while time.monotonic() < end:
        kind = rng.choice(kinds)
        data = rng.choice(files[kind])
        for _ in range(rng.randint(1, 2)):
            mutators = MUTATORS[kind]
            try:
                data = mutators[0 if rng.random() < 0.6 else 1](data, rng)
            except Exception:  # the second mutator of a file that the first has ruined
                data = mutators[1](data, rng)
        current.write_bytes(data)
        faulthandler.dump_traceback_later(SECONDS_PER_FILE, exit=True)
        try:
            accepted = judge(kind, data)
        except Finding as finding:
            print(f"{kind}: {str(finding)[:500]}")
            return 1
        finally:
            faulthandler.cancel_dump_traceback_later()
        done, kept = counts[kind]
        counts[kind] = (done + 1, kept + accepted)
    for kind, (done, kept) in counts.items():
        print(f"{kind}: {done} damaged files, {kept} of them still right, the others refused")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run a worker and keep the file it stumbled over."""
    parser = argparse.ArgumentParser(prog="fuzz", description="Damage files and read them.")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=None, help="a new one each time by default")
    parser.add_argument(
        "--plant", choices=["traceback", "accept"], help="break a reader on purpose"
    )
    parser.add_argument("--keep", type=Path, help="folder for files at fault")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(1 << 32) if chosen.seed is None else chosen.seed
    if chosen.worker:
        warnings.simplefilter("ignore")
        return work(chosen.seconds, seed, chosen.worker, chosen.plant)
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="nir-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    current = folder / f"fault-{seed}.bin"
    command = [sys.executable, __file__, "--seconds", str(chosen.seconds), "--seed", str(seed)]
    command += ["--worker", str(current), *(["--plant", chosen.plant] if chosen.plant else [])]
    print(f"fuzz: seed {seed}", flush=True)
    code = subprocess.run(command, check=False).returncode
    if code == 0:
        current.unlink(missing_ok=True)
        return 0
    print(f"fuzz: the worker ended with {code}; the file is {current}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
