"""How long a fresh interpreter takes to import us."""

import subprocess
import sys
from collections.abc import Callable, Sequence

from bench.harness import Candidate, Case

TITLE = "Import"
TEXT = """
A fresh interpreter imports the package and ends. Our names, and torch, are imported when they are
first used, so a bare `import norse_lite` is compared by itself; the first line also makes a layer.
"""
VERSIONS = ("norse-lite", "torch", "norse", "snntorch", "spikingjelly", "sinabs")


def cases(quick: bool) -> Sequence[Case]:
    """All packages that need torch."""
    ours = [
        Candidate(
            "norse_lite.LIF()", _run("import norse_lite; norse_lite.LIF()"), _done, ours=True
        ),
        Candidate("import torch", _run("import torch"), _done),
        Candidate("import norse_lite", _run("import norse_lite"), _done),
    ]
    peers = [
        Candidate(f"import {name}", _run(f"import {name}"), _done)
        for name in ("norse.torch", "snntorch", "spikingjelly.activation_based.neuron", "sinabs")
    ]
    return [Case("import in a fresh interpreter", ours if quick else ours + peers)]


def _run(program: str) -> Callable[[], object]:
    command = [sys.executable, "-W", "ignore", "-c", program]
    return lambda: subprocess.run(command, capture_output=True, check=False).returncode


def _done(code: object) -> str | None:
    return None if code == 0 else f"the interpreter ended with {code}"
