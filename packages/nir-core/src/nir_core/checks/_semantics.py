"""Checks of the recorded semantics against the parameters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nir_core.checks._values import _walk
from nir_core.errors import NirError
from nir_core.findings import Finding, node_path
from nir_core.nodes._network import Network
from nir_core.semantics._record import SEMANTICS_VERSION, semantics_of

__all__ = ["semantics"]

# Above this share of a time constant an Euler step is off by more than a quarter.
COARSE_STEP = 0.5


def semantics(graph: Network) -> Iterator[Finding]:
    """Yield the findings about the `semantics` entry of the metadata."""
    if "semantics" not in graph.metadata:
        return
    try:
        record = semantics_of(graph)
    except NirError as error:
        yield Finding("NIR061", "/", str(error))
        return
    assert record is not None
    if record.version > SEMANTICS_VERSION:
        yield Finding(
            "NIR061",
            "/",
            "the recorded semantics are of a newer version",
            f"at most {SEMANTICS_VERSION}",
            str(record.version),
        )
    for path, node in _walk(graph, ()):
        for name in node._parameters:
            if not name.startswith("tau"):
                continue
            tau = np.asarray(node.__dict__[name])
            low = float(tau.min()) if tau.size else np.inf
            if 0 < low < record.dt / COARSE_STEP:
                yield Finding(
                    "NIR060",
                    node_path(*path),
                    f"the recorded dt is more than half of {name}",
                    f"{name} of at least {record.dt / COARSE_STEP:g} s",
                    f"{low:g} s at dt {record.dt:g} s",
                    "a smaller dt follows the equations more closely",
                )
