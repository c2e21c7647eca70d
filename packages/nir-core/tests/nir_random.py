"""Random networks with continuous parameters, in which no potential meets a threshold by chance."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

import nir_core as nc
from nir_core.shapes import resolve

LINEAR = ("Scale", "ChannelScale", "Affine", "Linear", "Conv", "Pool", "Flatten")
NEURONS = ("I", "IF", "LI", "LIF", "CubaLI", "CubaLIF")


def neuron(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> nc.NIRNode:
    """A neuron layer with other parameters for each neuron, or one number for all."""

    def values(low: float, high: float) -> Any:
        return rng.uniform(low, high, shape if rng.random() < 0.7 else ())

    fields: dict[str, Any] = {
        "tau": values(2e-3, 2e-2),
        "tau_syn": values(2e-3, 1e-2),
        "tau_mem": values(2e-3, 2e-2),
        "r": values(0.5, 2.0),
        "v_leak": values(-0.2, 0.2),
        "v_threshold": values(0.3, 1.0),
        "v_reset": values(-0.2, 0.1),
        "w_in": values(0.5, 3.0),
    }
    cls = nc.nodes.PRIMITIVES[kind]
    return cls(**{name: fields[name] for name in cls.field_names()})


def linear(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> nc.NIRNode:
    """A node without a state that takes a signal of the shape."""
    if kind == "ChannelScale":
        factors = rng.uniform(0.5, 2.0, shape[:1]).reshape(-1, *(1,) * (len(shape) - 1))
        return nc.Scale(np.broadcast_to(factors, shape))
    if kind == "Scale":
        return nc.Scale(rng.uniform(0.5, 2.0, shape if rng.random() < 0.5 else ()))
    if kind in ("Affine", "Linear"):
        out = int(rng.integers(1, 6))
        weight = rng.normal(size=(*shape[:-1], out, shape[-1]))
        return nc.Linear(weight) if kind == "Linear" else nc.Affine(weight, rng.normal(size=out))
    if kind == "Flatten":
        return nc.Flatten(None, 0)
    if kind == "Pool":
        kernel = tuple(int(rng.integers(1, min(3, n) + 1)) for n in shape[1:])
        stride = kernel if rng.random() < 0.6 else tuple(rng.integers(1, 3, 2))
        padding = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
        cls = nc.SumPool2d if rng.random() < 0.5 else nc.AvgPool2d
        return cls(kernel, stride, padding)
    spatial = shape[1:]
    groups = int(rng.choice([g for g in (1, 1, 2) if shape[0] % g == 0]))
    kernel = tuple(int(rng.integers(1, min(3, n) + 1)) for n in spatial)
    dilation = tuple(
        2 if 2 * (k - 1) < n and rng.random() < 0.3 else 1
        for k, n in zip(kernel, spatial, strict=True)
    )
    padding: Any = [0, 1, "same"][rng.integers(3)]
    stride = 1 if padding == "same" else int(rng.integers(1, 3))
    out = groups * int(rng.integers(1, 3))
    weight, bias = rng.normal(size=(out, shape[0] // groups, *kernel)), rng.normal(size=out)
    if len(spatial) == 1:
        return nc.Conv1d(None, weight, stride, padding, dilation[0], groups, bias)
    return nc.Conv2d(None, weight, stride, padding, dilation, groups, bias)


def chain(
    rng: np.random.Generator,
    *,
    depth: int = 1,
    shape: tuple[int, ...] | None = None,
    kinds: tuple[str, ...] = LINEAR + NEURONS,
) -> nc.NIRGraph:
    """A chain with branches, loops and nested graphs."""
    shapes = [(4,), (2, 6), (2, 7, 6), (4, 9, 8)]
    current = shapes[rng.integers(len(shapes))] if shape is None else shape
    nodes: dict[str, nc.NIRNode] = {"input": nc.Input(current)}
    found = [current]
    for index in range(int(rng.integers(2, 7))):
        usable = [k for k in kinds if k != "Pool" or len(current) == 3]
        usable = [k for k in usable if k != "Conv" or len(current) in (2, 3)]
        kind = str(rng.choice(usable))
        if depth and rng.random() < 0.15:
            node: Any = chain(rng, depth=depth - 1, shape=current, kinds=kinds)
            current = next(iter(node.shapes[n].output for n in node.outputs))
        else:
            node = (neuron if kind in NEURONS else linear)(rng, kind, current)
            after = resolve(node, current).output
            assert after is not None
            current = after
        nodes[f"{kind.lower()}_{index}"] = node
        found.append(current)
    nodes["output"] = nc.Output(current)
    names = list(nodes)
    edges = list(pairwise(names))
    found.append(current)
    for i in range(1, len(names) - 1):
        for j in range(1, len(names)):
            fits = found[i] == found[j - 1] and (names[i], names[j]) not in edges
            # A loop without a state may grow without bound.
            forward = i < j
            stateful = isinstance(nodes[names[j]], (nc.LIF, nc.IF, nc.CubaLIF))
            if fits and (forward or stateful) and rng.random() < 0.15:
                edges.append((names[i], names[j]))
    return nc.NIRGraph(nodes, edges)


def spikes(rng: np.random.Generator, graph: nc.NIRGraph, steps: int = 25) -> np.ndarray:
    """Random input for a graph with one Input."""
    (name,) = graph.inputs
    shape = graph.shapes[name].output
    assert shape is not None
    return (rng.random((steps, *shape)) < 0.4).astype(np.float64)
