"""Run frameworks in their own interpreters; a case that kills its interpreter is a crash."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from devtools.messages import DevError, say

TOOLS = Path(__file__).resolve().parents[1]


def run_framework(
    python: Path, adapter: str, suite: Path, out: Path, *, names: Sequence[str] = ()
) -> None:
    """Run one framework on the suite, starting it again after every crash.

    Args:
        python: interpreter of an environment with the framework.
        adapter: name of a module in conformance.adapters.
        suite: folder of the suite.
        out: folder for the results; what is there already is not run again.
        names: the cases to run; all where empty.

    Raises:
        DevError: if the framework does not start.
    """
    command = [str(python), "-m", "conformance.harness", adapter, str(suite), str(out), *names]
    # The framework must find its own packages, and nothing of ours but this folder.
    settings = os.environ | {"PYTHONPATH": str(TOOLS), "PIP_NO_INDEX": "1", "JAX_PLATFORMS": "cpu"}
    current = out / "current"
    while True:
        current.unlink(missing_ok=True)
        done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            current.unlink(missing_ok=True)
            return
        if not current.exists():
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise DevError(f"{adapter} does not start in {python}: {last}")
        name = current.read_text("utf-8")
        say(f"{adapter}: {name} ended the interpreter with status {done.returncode}")
        problem = {
            "step": "process",
            "type": "Killed",
            "message": f"the interpreter ended with status {done.returncode}",
            "by_statement": False,
        }
        record = {"case": name, "accepted": False, "ran": False, "exported": None}
        with (out / "results.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(record | {"problem": problem}) + "\n")
