"""The predictions of `fit` against the mappers of sinabs and rockpool."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nir_core as nc

pytestmark = pytest.mark.interop


def ask(package: str, cases: list[dict[str, Any]]) -> list[bool]:
    """Give the answers of the other mapper."""
    # find_spec does not run the package: importing it would fetch the vendor's driver.
    for name in (package, "torch"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    script = Path(__file__).with_name("chip_mappers.py")
    done = subprocess.run(
        [sys.executable, str(script), package],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PIP_NO_INDEX": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (line,) = [text for text in done.stdout.splitlines() if text.startswith("answers ")]
    return json.loads(line.removeprefix("answers "))


def convolutional(rng: np.random.Generator) -> tuple[dict[str, Any], nc.NIRGraph]:
    """A random network of convolutions, as data for sinabs and as a graph."""
    size = int(rng.integers(16, 65))
    shape = (2, size, size)
    convs, nodes = [], [nc.Input(shape)]
    for _ in range(int(rng.integers(1, 4))):
        kernel, out = int(rng.integers(1, 6)), int(rng.choice([4, 7, 16, 33, 64]))
        stride, pad = int(rng.choice([1, 2])), int(rng.integers(0, 3))
        side = (shape[1] + 2 * pad - kernel) // stride + 1
        pool = int(rng.choice([1, 2, 4]))
        if side // pool < 1:
            break
        convs.append({"shape": [shape[0], out, kernel, stride, pad], "pool": pool})
        weight = np.ones((out, shape[0], kernel, kernel))
        full = (out, side, side)
        nodes.append(nc.Conv2d(None, weight, stride, pad, 1, 1, np.zeros(out)))
        nodes.append(nc.IF(np.ones(full), np.ones(full)))
        if pool > 1:
            nodes.append(nc.SumPool2d(pool, pool, 0))
        shape = (out, side // pool, side // pool)
    classes, features = int(rng.choice([2, 10])), int(np.prod(shape))
    nodes += [nc.Flatten(None, 0), nc.Linear(np.ones((classes, features)))]
    nodes.append(nc.IF(np.ones(classes), np.ones(classes)))
    case = {"input": [2, size, size], "convs": convs, "features": features, "classes": classes}
    return case, nc.NIRGraph.from_list(*nodes)


def test_speck_memory_is_predicted_as_sinabs_maps_it() -> None:
    rng = np.random.default_rng(0)
    pairs = [convolutional(rng) for _ in range(60)]
    answers = ask("sinabs", [case for case, _ in pairs])
    ours = [
        not any(v.limit == "core_memory" for v in nc.fit(graph, "speck2e").violations)
        for _, graph in pairs
    ]
    assert ours == answers
    assert 10 < sum(answers) < 55


def test_xylo_neurons_are_predicted_as_rockpool_maps_them() -> None:
    sizes = [[16, 100, 8], [16, 1000, 8], [16, 1001, 8], [16, 40, 9], [8, 600, 400, 4]]
    sizes += [[8, 600, 401, 4], [3, 5, 2], [16, 60, 60, 60, 8]]
    answers = ask("rockpool", [{"sizes": s} for s in sizes])
    ours = []
    for row in sizes:
        nodes: list[nc.NIRNode] = []
        for before, after in pairwise(row):
            ones, zeros = np.ones(after), np.zeros(after)
            nodes += [
                nc.Linear(np.ones((after, before))),
                nc.CubaLIF(ones * 0.01, ones * 0.02, ones, zeros, ones),
            ]
        found = nc.fit(nc.NIRGraph.from_list(*nodes), "xylo_audio_2")
        ours.append(not {v.limit for v in found.violations} & {"hidden", "outputs"})
    assert ours == answers
    assert {True, False} == set(answers)
