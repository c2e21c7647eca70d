"""Making outputs: here, in processes, or on a Dask cluster."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from faery_cli.batch._jobs import Unit
from faery_cli.errors import FaeError, MissingError, OutputError, UsageError

__all__ = ["Result", "run_unit", "run_units"]


@dataclass(frozen=True)
class Result:
    """How one output went.

    Args:
        unit: what was to be made.
        code: exit code of its command line.
        message: of the error, or empty.
        seconds: how long it took.
    """

    unit: Unit
    code: int
    message: str = ""
    seconds: float = 0.0


def run_unit(unit: Unit, keep_going: bool = False) -> Result:
    """Run the command line of one output, in its folder.

    Args:
        unit: what is to be made.
        keep_going: write what can be read of a damaged input.
    """
    import contextlib
    import io
    import time

    from faery_cli.grammar.line import run_line

    begin = time.perf_counter()
    said = io.StringIO()
    here = os.getcwd()
    words = [*unit.words, "-q", "-y", *(["--keep-going"] if keep_going else [])]
    code, message = 0, ""
    try:
        os.chdir(unit.folder)
        folder = os.path.dirname(unit.output)
        if folder and "{" not in folder:
            os.makedirs(folder, exist_ok=True)
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = run_line(words)
        message = said.getvalue().strip().splitlines()[-1] if code and said.getvalue() else ""
    except FaeError as error:
        code, message = error.exit_code, error.message
    except OSError as error:
        code, message = OutputError.exit_code, f"{unit.output}: {error.strerror or error}"
    except Exception as error:  # a bug in one job must not end the others
        code, message = UsageError.exit_code, f"{unit.output}: {type(error).__name__}: {error}"
    finally:
        os.chdir(here)
    return Result(unit, code, message, time.perf_counter() - begin)


def run_units(
    units: Sequence[Unit], *, jobs: int = 1, engine: str = "local", keep_going: bool = False
) -> Iterator[Result]:
    """Make outputs, several at once, and give each result when it is there.

    Args:
        units: what is to be made.
        jobs: processes, for the local engine.
        engine: "local", "dask" (a cluster on this machine) or "dask:ADDRESS" (of a scheduler).
        keep_going: write what can be read of damaged inputs.

    Raises:
        MissingError: the engine needs the extra `dask`.
        UsageError: no such engine.
    """
    name, _, address = engine.partition(":")
    if name == "dask":
        yield from _on_dask(units, address, jobs, keep_going)
    elif name != "local" or address:
        raise UsageError(f"batch: expected the engine local, dask or dask:ADDRESS, got {engine!r}")
    elif jobs <= 1 or len(units) <= 1:
        for unit in units:
            yield run_unit(unit, keep_going)
    else:
        yield from _in_processes(units, jobs, keep_going)


def _in_processes(units: Sequence[Unit], jobs: int, keep_going: bool) -> Iterator[Result]:
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import active_children, get_context

    from faery_cli.batch._worker import prepare, run_guarded

    others = set(active_children())
    # The kernels have threads of their own, which a fork would not take along.
    with ProcessPoolExecutor(
        min(jobs, len(units)), mp_context=get_context("spawn"), initializer=prepare
    ) as pool:
        waiting = {pool.submit(run_guarded, unit, keep_going): unit for unit in units}
        try:
            for future in as_completed(waiting):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    text = "a process ended all of a sudden (out of memory?)"
                    yield Result(waiting[future], OutputError.exit_code, text)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(active_children()) - others:
                child.terminate()
            raise


def _on_dask(units: Sequence[Unit], address: str, jobs: int, keep_going: bool) -> Iterator[Result]:
    try:
        import distributed
    except ImportError as error:
        raise MissingError("the engine dask needs Dask: pip install 'faery-cli[dask]'") from error
    options: dict[str, Any] = {"address": address}
    if not address:
        options = {"n_workers": max(1, jobs), "threads_per_worker": 1, "dashboard_address": None}
    try:
        client: Any = distributed.Client(**options)
    except (OSError, TimeoutError, ValueError) as error:
        raise MissingError(f"no Dask scheduler answers at {address}: {error}") from error
    with client:
        futures = [client.submit(run_unit, unit, keep_going, pure=False) for unit in units]
        by_key = {future.key: unit for future, unit in zip(futures, units, strict=True)}
        for future in distributed.as_completed(futures):
            if future.status == "finished":
                yield future.result()
            else:
                text = f"the worker failed: {future.exception()}"
                yield Result(by_key[future.key], OutputError.exit_code, text)
