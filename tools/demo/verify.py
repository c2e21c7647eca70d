"""Step d: the file means the same network, and what other platforms would make of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import nir
import numpy as np
import torch

import nir_core
import norse_lite
from demo.network import DT, Data, layer_outputs, readout
from norse_lite import SequentialState

PROFILES = ("norse", "snntorch", "sinabs", "exact")


@dataclass(frozen=True)
class Reading:
    """One way to run the exported file, against the trained network in PyTorch.

    Args:
        name: what read and ran the file.
        spikes: spikes of all layers.
        differing: spikes that the network in PyTorch does not have, or has and this run has not.
        agreement: share of the samples that get the same class.
        note: where and why the runs part, or an empty text.
    """

    name: str
    spikes: int
    differing: int
    agreement: float
    note: str


@dataclass(frozen=True)
class Verification:
    """The exported network and every reading of it."""

    path: Path
    graph: nir_core.NIRGraph
    trained_spikes: int
    same: list[Reading]
    profiles: list[Reading]


def export(network: SequentialState, data: Data, path: Path) -> nir_core.NIRGraph:
    """Write the trained network, with its time step, as a .nir file."""
    graph = norse_lite.to_nir(network, data.frames[:1, :1], dt=DT)
    nir_core.write(path, graph)
    return graph


def verify(network: SequentialState, data: Data, path: Path) -> Verification:
    """Read the file back with two libraries, run it, and compare spike by spike.

    Args:
        network: the trained network.
        data: a few held-out samples.
        path: the exported file.
    """
    outputs = layer_outputs(network, data.frames)
    trained = {name: spikes for name, spikes in outputs.items() if name != "output"}
    classes = readout(outputs["output"]).argmax(1)
    graph = nir_core.read(path)
    x = data.frames.numpy()

    def reading(name: str, source: nir_core.NIRGraph, profile: str) -> Reading:
        dtype = "float64" if profile == "exact" else "float32"
        result = nir_core.run(source, x, dt=DT, profile=profile, record=tuple(trained), dtype=dtype)
        spikes = differing = 0
        for layer, expected in trained.items():
            got = np.asarray(result.spikes[layer])
            spikes += int(got.sum())
            differing += int(np.abs(got - expected.numpy()).sum())
        scores = readout(torch.from_numpy(np.asarray(result.output)))
        agreement = float((scores.argmax(1) == classes).float().mean())
        return Reading(name, spikes, differing, agreement, "")

    same = [
        reading("nir-core reads and runs the file", graph, "norse"),
        reading(
            f"nir {nir.version} reads the file, nir-core runs it",
            nir_core.from_nir(nir.read(path)),
            "norse",
        ),
    ]
    profiles = []
    for profile in PROFILES:
        found = reading(profile, graph, profile)
        if found.differing:
            cause = nir_core.explain(graph, x[:, :1], dt=DT, a="norse", b=profile)
            found = replace(found, note=_note(cause))
        profiles.append(found)
    total = int(sum(float(s.sum()) for s in trained.values()))
    return Verification(path, graph, total, same, profiles)


def _note(cause: nir_core.Explanation) -> str:
    """Put the first difference between two profiles in one line."""
    rules = [rule for rule in cause.rules if rule.causes]
    text = ", ".join(f"{rule.rule} {rule.b} instead of {rule.a}" for rule in rules)
    return f"step {cause.step} at node {cause.node}: {text or 'several rules together'}"
