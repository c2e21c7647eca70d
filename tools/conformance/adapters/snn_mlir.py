"""snn-mlir: `snn-mlir check` and `export`; running needs its LLVM toolchain, which no index has."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PACKAGE = "snn-mlir"
VERSIONS = ("snn-mlir", "nir")
PROFILE = "nir"
RUNS = False


class Refused(ValueError):
    """What the checker said."""


def load(path: Path, dt: float, inputs: Mapping[str, Any]) -> Any:
    """Check a file and convert it."""
    program = str(Path(sys.executable).with_name("snn-mlir"))
    checked = subprocess.run(
        [program, "check", "--json", str(path)], capture_output=True, text=True, check=False
    )
    try:
        report = json.loads(checked.stdout)
    except json.JSONDecodeError:
        raise RuntimeError("") from OSError(checked.stderr[-300:])  # a crash, not a refusal
    if not report["ok"]:
        findings = [str(one) for node in report["nodes"] for one in node["findings"]]
        raise Refused("; ".join([*findings, *map(str, report["graph"])]))
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "export", str(path), "-o", f"{folder}/net.mlir"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError("") from OSError(done.stderr[-300:])
    return report
