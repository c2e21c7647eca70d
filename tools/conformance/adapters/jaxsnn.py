"""jaxsnn: `jaxsnn.event.from_nir`; its networks answer with spike times, so they are not run here.

The topology that it builds returns the first spikes of every layer as a list of times without a
grid of steps; only whether a graph is accepted is recorded.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nir
from jaxsnn.event import ConversionConfig, from_nir

PACKAGE = "jaxsnn"
VERSIONS = ("jaxsnn", "nir", "jax")
PROFILE = "exact"
RUNS = False


def load(path: Path, dt: float, inputs: Mapping[str, Any]) -> Any:
    """Import a file for as many spikes as there are steps."""
    graph = nir.read(path)
    steps = len(next(iter(inputs.values())))
    config = ConversionConfig(t_max=steps * dt, n_steps=dict.fromkeys(graph.nodes, steps))
    return from_nir(graph, config).done()
