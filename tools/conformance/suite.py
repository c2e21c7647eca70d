"""The suite as plain files, which any framework can run without this repository.

`SUITE/index.json` lists the cases; `SUITE/NAME/` holds one:

- `graph.nir`: the network, as nir 1.0 and later read it;
- `input.npz`: float32 (steps, *shape) by name of the Input node; one value per step of length dt,
  a spike is a 1;
- `PROFILE.npz`: what the network does by the rules of one semantics profile: `output/NAME` float64
  (steps, *shape) of each Output node, and `spikes/PATH` or `voltage/PATH` of each neuron.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nir_core as nc
from conformance import layers, neurons
from conformance.case import Case

VERSION = "1"
PROFILES = tuple(sorted(nc.PROFILES))


def cases() -> Iterator[Case]:
    """Yield every case of the suite, in a fixed order."""
    yield from layers.cases()
    yield from neurons.cases()


def expected(case: Case, profile: str) -> dict[str, Any]:
    """What a case does by the rules of a profile.

    Args:
        case: the case.
        profile: name of a semantics profile of nir-core.

    Returns:
        float64 arrays (steps, *shape) by "output/NAME", "spikes/PATH" and "voltage/PATH".
    """
    result = nc.run(case.graph, dict(case.inputs), dt=case.dt, profile=profile, record="all")
    outputs = result.output if isinstance(result.output, dict) else None
    name = next(iter(case.graph.outputs))
    found: dict[str, Any] = {}
    for key, value in (outputs or {name: result.output}).items():
        found[f"output/{key}"] = np.asarray(value, np.float64)
    for kind, recorded in (("spikes", result.spikes), ("voltage", result.voltages)):
        for path, value in recorded.items():
            found[f"{kind}/{path}"] = np.asarray(value, np.float64)
    return found


def write_suite(
    folder: Path, *, names: Sequence[str] = (), profiles: Sequence[str] = PROFILES
) -> list[Case]:
    """Write the suite.

    Args:
        folder: made where it is absent.
        names: the cases to write; all where empty.
        profiles: whose traces to write.

    Returns:
        The cases written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [case for case in cases() if not names or case.name in names]
    for case in written:
        place = folder / case.name
        place.mkdir(exist_ok=True)
        nc.write(place / "graph.nir", case.graph)
        arrays: dict[str, Any] = dict(case.inputs)
        np.savez(place / "input.npz", **arrays)
        for profile in profiles:
            np.savez_compressed(place / f"{profile}.npz", **expected(case, profile))
    index = {
        "version": VERSION,
        "nir_core": nc.__version__,
        "profiles": list(profiles),
        "cases": [case.labels() for case in written],
    }
    (folder / "index.json").write_text(json.dumps(index, indent=1) + "\n", "utf-8")
    return written
