"""What comparisons of runs share: signals that differ, and outputs as a list."""

from __future__ import annotations

import numpy as np

from nir_core.graph import NIRGraph
from nir_core.semantics._plan import Plan, make_plan
from nir_core.semantics.interpret import Result

__all__ = ["differs", "flat_plan", "outputs_of"]

# Signals that are not spikes count as different from this share of their largest value on.
_TOLERANCE = 1e-6


def differs(a: np.ndarray, b: np.ndarray, spikes: bool) -> np.ndarray:
    """Give where two signals differ: spikes exactly, other signals by more than rounding."""
    if spikes:
        return a != b
    scale = max(float(np.abs(a).max(initial=0)), float(np.abs(b).max(initial=0)))
    return np.abs(a - b) > _TOLERANCE * scale


def outputs_of(result: Result) -> list[np.ndarray]:
    """Give the outputs of a run in order."""
    return list(result.output.values()) if isinstance(result.output, dict) else [result.output]


def flat_plan(graph: NIRGraph) -> Plan:
    """Give the plain nodes of a graph by path, in order of execution."""
    return make_plan(graph, lambda node: False)
