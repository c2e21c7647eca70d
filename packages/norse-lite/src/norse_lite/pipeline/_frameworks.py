"""The exported file in real frameworks, each in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from norse_lite._errors import NetworkError
from norse_lite.nir._core import nir_core
from norse_lite.pipeline import _framework_worker
from norse_lite.pipeline._config import Frameworks
from norse_lite.pipeline._network import Subset, outputs
from norse_lite.sequential import SequentialState

__all__ = ["check_framework", "framework_names", "framework_version"]

KNOWN = tuple(_framework_worker.VERSIONS)


def framework_names(options: Frameworks) -> list[str]:
    """Names of the frameworks to run.

    Raises:
        NetworkError: A name is unknown.
    """
    for name in (*(options.names if options.names != "installed" else ()), *options.python):
        if name not in KNOWN:
            raise NetworkError(f"[frameworks] does not know {name!r}; known: {', '.join(KNOWN)}")
    if options.names == "installed":
        return [name for name in KNOWN if name in options.python or framework_version(name)]
    return list(options.names)


def framework_version(name: str) -> str | None:
    """Version of a framework in this environment, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _environment() -> dict[str, str]:
    """The environment without what tells a process that `torchrun` started it."""
    ours = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_", "TORCHELASTIC", "GROUP_", "ROLE_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith((*ours, "LOCAL_WORLD"))}
    return {**kept, "OMP_NUM_THREADS": "1"}


def _run(
    name: str, python: str, path: Path, x: np.ndarray, dt: float, timeout: float, folder: Path
) -> tuple[np.ndarray | None, dict[str, Any]]:
    source, target = folder / "input.npz", folder / "output.npz"
    np.savez(source, x=x)
    worker = str(Path(_framework_worker.__file__))
    command = [python, worker, name, str(path), str(source), str(target), repr(dt)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout, env=_environment(),
            cwd=folder, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None, {"versions": {}, "problem": f"no answer in {timeout:g} s"}
    except OSError as error:
        return None, {"versions": {}, "problem": f"{python}: cannot be started ({error.strerror})"}
    record = Path(f"{target}.json")
    if done.returncode or not record.exists():
        lines = done.stderr.strip().splitlines() or ["no message"]
        return None, {
            "versions": {},
            "problem": f"the process ended with status {done.returncode}: {lines[-1][:200]}",
        }
    about = json.loads(record.read_text("utf-8"))
    if about["problem"] is not None:
        return None, about
    with np.load(target) as file:
        return file["y"], about


def check_framework(
    name: str,
    options: Frameworks,
    path: Path,
    network: SequentialState,
    samples: Subset,
    profiles: Sequence[str],
    folder: Path,
) -> dict[str, Any]:
    """Run a file in a framework and compare its outputs with the trained network's.

    Args:
        name: The framework.
        options: Interpreters, number of samples, time limit.
        path: The exported network.
        network: The trained network.
        samples: The test samples.
        profiles: Rules among which those are looked for that give the framework's outputs.
        folder: Where to keep what passes between the processes.

    Returns:
        Verdict ("same", "same class", "differs" or "refused"), versions and differences.
    """
    x = samples.dataset.tensor(samples.numbers[: options.samples])
    given = x.transpose(0, 1).contiguous().numpy()
    python = options.python.get(name, sys.executable)
    dt = samples.dataset.layout.dt
    got, about = _run(name, python, path, given, dt, options.timeout * 1e-6, folder)
    found: dict[str, Any] = {
        "framework": name,
        "versions": about["versions"],
        "samples": len(given),
        "verdict": "refused",
        "problem": about["problem"],
    }
    if got is None:
        return found
    expected = outputs(network, x)["readout"].transpose(0, 1).numpy()
    got = got.reshape(*got.shape[:2], -1)
    if got.shape != expected.shape:
        shapes = f"outputs of shape {got.shape[1:]} instead of {expected.shape[1:]}"
        return {**found, "verdict": "differs", "problem": shapes}
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    error = float(np.abs(got - expected).max(initial=0))
    agreement = float((got.mean(1).argmax(1) == expected.mean(1).argmax(1)).mean())
    same = _close(got, expected)
    found["verdict"] = "same" if same else "same class" if agreement == 1.0 else "differs"
    found["output_error"] = error / scale
    found["same_class"] = agreement
    found["like"] = [p for p in profiles if _close(got, _profile(path, x.numpy(), dt, p))]
    return found


def _close(got: np.ndarray, expected: np.ndarray) -> bool:
    """Whether outputs agree to what single precision leaves of a long sum."""
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    return bool(np.isfinite(got).all() and np.abs(got - expected).max(initial=0) <= 1e-3 * scale)


def _profile(path: Path, x: np.ndarray, dt: float, profile: str) -> np.ndarray:
    nc = nir_core()
    try:
        result = nc.run(nc.read(path), x, dt=dt, profile=profile, fast="auto")
    except nc.NirError:
        return np.full((1, 1, 1), np.inf)
    y = np.asarray(result.output)
    return y.swapaxes(0, 1).reshape(y.shape[1], y.shape[0], -1)
