"""What a number was measured on."""

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from devtools.packages import ROOT


def describe(distributions: Sequence[str]) -> dict[str, str]:
    """Describe the machine and the software of a run.

    Args:
        distributions: names of the packages whose versions matter.
    """
    described = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    for name in distributions:
        try:
            described[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return described | ({"commit": commit} if commit else {})


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    facts = {key.strip(): value.strip() for key, value in facts.items()}
    widest = [name for name in ("avx512f", "avx2") if name in facts.get("flags", "").split()]
    name = facts.get("model name", "").strip()
    if name in ("", "unknown"):
        family, model = facts.get("cpu family", "?"), facts.get("model", "?")
        name = f"{facts.get('vendor_id', 'unknown')} family {family} model {model}"
    return name + (f" ({widest[0].upper().replace('F', '-F')})" if widest else "")
