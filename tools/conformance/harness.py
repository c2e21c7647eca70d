"""Run one framework on the suite: `python -m conformance.harness ADAPTER SUITE OUT [NAME ...]`.

It needs numpy and the framework alone, and writes `OUT/results.jsonl`, a line per finished case,
and the arrays that came. A case that takes the interpreter down has no line; `drive` notices.
"""

import contextlib
import importlib
import io
import json
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

SECONDS = int(os.environ.get("CONFORMANCE_SECONDS", "30"))


class TooLong(BaseException):
    """A case did not end in time; not an Exception, so that no framework catches it."""


def _alarm(number: int, frame: object) -> None:
    raise TooLong(f"no answer in {SECONDS} s")


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)


def attempt(step: str, work: Any) -> tuple[Any, dict[str, Any] | None]:
    """Do one step of a case.

    Args:
        step: its name, for the record.
        work: what to call.

    Returns:
        What the call gave, and None; or None, and what was raised.
    """
    try:
        with _limited():
            return work(), None
    except (Exception, TooLong) as error:
        frames = traceback.extract_tb(error.__traceback__)
        return None, {
            "step": step,
            "type": type(error).__name__,
            "message": str(error)[:500],
            "bases": [base.__name__ for base in type(error).__mro__],
            "raised_in": Path(frames[-1].filename).name if frames else "",
            "by_statement": bool(frames)
            and any(word in (frames[-1].line or "") for word in ("raise ", "assert ")),
        }


def run_case(adapter: Any, suite: Path, label: dict[str, Any], out: Path) -> dict[str, Any]:
    """Import, run and export one case; write what came and say what did not."""
    name = label["name"]
    with np.load(suite / name / "input.npz") as file:
        inputs = {key: file[key] for key in file.files}
    record: dict[str, Any] = {"case": name, "ran": False, "exported": None}
    graph = suite / name / "graph.nir"
    start = time.perf_counter()
    model, problem = attempt("import", lambda: adapter.load(graph, label["dt"], inputs))
    record["accepted"] = problem is None
    if problem is None and getattr(adapter, "RUNS", True):
        outputs, problem = attempt("run", lambda: adapter_outputs(model, inputs))
        if problem is None:
            np.savez(out / f"{name}.npz", **outputs)
            record["ran"] = True
    record["problem"] = problem
    if record["ran"] and hasattr(model, "export"):
        path = out / f"{name}.nir"
        _, failed = attempt("export", lambda: model.export(path))
        record["exported"] = failed is None and path.exists()
        record["export_problem"] = failed
    record["seconds"] = time.perf_counter() - start
    return record


def adapter_outputs(model: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """Run a loaded network, and make sure that what comes are arrays of numbers."""
    return {name: np.asarray(value, np.float64) for name, value in model.run(inputs).items()}


def main(arguments: Sequence[str]) -> int:
    """Run the cases that are not in the results yet."""
    name, suite, out = arguments[0], Path(arguments[1]), Path(arguments[2])
    wanted = set(arguments[3:])
    warnings.simplefilter("ignore")
    os.environ.setdefault("PIP_NO_INDEX", "1")  # rockpool calls pip when it is imported
    adapter = importlib.import_module(f"conformance.adapters.{name}")
    out.mkdir(parents=True, exist_ok=True)
    versions = {one: metadata.version(one) for one in adapter.VERSIONS}
    about = {"name": adapter.PACKAGE, "profile": adapter.PROFILE, "versions": versions}
    (out / "about.json").write_text(json.dumps(about), "utf-8")
    results = out / "results.jsonl"
    lines = results.read_text("utf-8").splitlines() if results.exists() else []
    done = {json.loads(line)["case"] for line in lines}
    for label in json.loads((suite / "index.json").read_text("utf-8"))["cases"]:
        if label["name"] in done or (wanted and label["name"] not in wanted):
            continue
        (out / "current").write_text(label["name"], "utf-8")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            record = run_case(adapter, suite, label, out)
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
