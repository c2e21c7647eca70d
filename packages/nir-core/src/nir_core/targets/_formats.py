"""Number formats of a chip: rules about them, and a network rounded to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nir_core.graph import NIRGraph
from nir_core.nodes import IF, LI, LIF, CubaLI, CubaLIF
from nir_core.passes._net import Net, every_level, merged_array
from nir_core.passes._quantize import quantize
from nir_core.targets._network import WEIGHTED, Network
from nir_core.targets._table import Limit, Target
from nir_core.targets._violation import Violation

__all__ = ["adapted", "decay_shift", "state_bits"]

_LEAKY = (LI, LIF, CubaLI, CubaLIF)


def _taus(node: Any) -> list[str]:
    return [name for name in node._parameters if name.startswith("tau")]


def _shifted(tau: Any, dt: float) -> np.ndarray:
    """Round time constants to dt times a power of two: a decay by a shift of bits.

    A shift by 0 would clear the state in each step, so 1 is the least.
    """
    exponent = np.maximum(np.rint(np.log2(np.asarray(tau, np.float64) / dt)), 1)
    return dt * np.exp2(exponent)


def decay_shift(net: Network, limit: Limit, dt: float) -> Iterator[Violation]:
    """Time constants are powers of two of the step."""
    for name in net.neurons:
        node = net.nodes[name]
        if not isinstance(node, _LEAKY):
            continue
        for key in _taus(node):
            tau = np.asarray(node.__dict__[key], np.float64)
            change = np.abs(_shifted(tau, dt) / tau - 1)
            if change.max(initial=0) > 1e-6:
                worst = int(np.argmax(change))
                old, new = tau.flat[worst], _shifted(tau, dt).flat[worst]
                yield Violation(
                    "decay_shift",
                    name,
                    "dt times a power of two",
                    f"{key} {old:.6g} s",
                    f"{new:.6g} s ({new / old - 1:+.1%}), done in the network that fit runs",
                    limit.source,
                    True,
                )


def state_bits(net: Network, limit: Limit, bits: int) -> Iterator[Violation]:
    """The threshold of an IF, counted in steps of the weights before it, fits into the state."""
    most = (1 << (limit.value - 1)) - 1
    for name in net.neurons:
        node = net.nodes[name]
        before = net.neighbours(name, behind=False, stop=WEIGHTED)
        if not isinstance(node, IF) or len(before) != 1:
            continue
        top = float(np.abs(net.nodes[before[0]].__dict__["weight"]).max(initial=0))
        r = float(np.abs(node.r).max(initial=0))
        if not top or not r:
            continue
        step = top * r / ((1 << (bits - 1)) - 1)
        count = float(np.abs(node.v_threshold).max(initial=0)) / step
        if count > most:
            yield Violation(
                "state_bits",
                name,
                f"{limit.value} bits, {most} steps",
                f"a threshold of {count:.0f} steps of the weights",
                f"a threshold of at most {most * step:.4g}, or larger weights",
                limit.source,
            )


def adapted(graph: NIRGraph, target: Target, dt: float | None) -> NIRGraph:
    """Give the graph with weights and time constants in the number formats of a target."""
    if "weight_bits" in target.limits:
        graph = quantize(graph, bits=int(target.limits["weight_bits"].value))
    if dt is None or "decay_shift" not in target.limits:
        return graph
    step = dt

    def rewrite(net: Net) -> None:
        for name, node in list(net.nodes.items()):
            if isinstance(node, _LEAKY):
                taus = {
                    key: merged_array(_shifted(node.__dict__[key], step), node.__dict__[key])
                    for key in _taus(node)
                }
                net.put(name, node.replace(**taus))

    return every_level(graph, rewrite, "fit")
