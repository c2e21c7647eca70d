"""Hypothesis strategies for nodes and graphs that fit together."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import nir_core as nc
from nir_core.shapes import resolve

NAMES = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=8
).filter(lambda name: name not in (".", ".."))


def arrays(shape: tuple[int, ...], low: float = -2.0, high: float = 2.0) -> st.SearchStrategy[Any]:
    """Float arrays of a shape, or one number for all of it."""
    numbers = st.floats(low, high, allow_nan=False, width=32)
    full = hnp.arrays(st.sampled_from([np.float32, np.float64]), shape, elements=numbers)
    return st.one_of(full, numbers)


def positive(shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    """Time constants."""
    return arrays(shape, 0.0078125, 0.5)


@st.composite
def nodes_for(draw: Any, shape: tuple[int, ...]) -> nc.NIRNode:
    """A node that takes a signal of the shape."""
    kinds = ["Scale", "Delay", "Threshold", "I", "IF", "LI", "LIF", "CubaLI", "CubaLIF"]
    kinds += ["Flatten"] if shape else []
    kinds += ["Affine", "Linear"] if shape else []
    kinds += ["Conv1d"] if len(shape) == 2 else []
    kinds += ["Conv2d", "SumPool2d", "AvgPool2d"] if len(shape) == 3 else []
    kind = draw(st.sampled_from(kinds))
    if kind in ("Affine", "Linear"):
        out = draw(st.integers(1, 3))
        weight = draw(hnp.arrays(np.float64, (*shape[:-1], out, shape[-1]), elements=FINITE))
        return nc.Linear(weight) if kind == "Linear" else nc.Affine(weight, draw(arrays((out,))))
    if kind in ("Conv1d", "Conv2d"):
        return draw(convolutions(shape))
    if kind.endswith("Pool2d"):
        kernel = [draw(st.integers(1, n)) for n in shape[1:]]
        cls = nc.SumPool2d if kind == "SumPool2d" else nc.AvgPool2d
        stride = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
        return cls(kernel, stride, [draw(st.integers(0, (k - 1) // 2)) for k in kernel])
    if kind == "Flatten":
        start = draw(st.integers(0, len(shape) - 1))
        return nc.Flatten(draw(st.sampled_from([None, shape])), start, -1)
    cls = nc.nodes.PRIMITIVES[kind]
    values = {
        name: draw(positive(shape) if name.startswith(("tau", "delay")) else arrays(shape))
        for name in cls.field_names()
    }
    return cls(**values)


FINITE = st.floats(-2, 2, allow_nan=False, width=32)


@st.composite
def convolutions(draw: Any, shape: tuple[int, ...]) -> nc.NIRNode:
    """A convolution that takes a signal (channels, ...)."""
    channels, spatial = shape[0], shape[1:]
    groups = draw(st.sampled_from([g for g in (1, 2, channels) if channels % g == 0]))
    dims = len(spatial)
    kernel = tuple(draw(st.integers(1, min(3, n))) for n in spatial)
    dilation = tuple(
        draw(st.integers(1, 2)) if 2 * (k - 1) < n else 1
        for k, n in zip(kernel, spatial, strict=True)
    )
    padding = draw(st.sampled_from([0, 1, "same", "valid"]))
    stride = 1 if padding == "same" else draw(st.integers(1, 2))
    out = groups * draw(st.integers(1, 2))
    weight = draw(hnp.arrays(np.float64, (out, channels // groups, *kernel), elements=FINITE))
    bias = draw(arrays((out,)))
    given = draw(st.booleans())
    if dims == 1:
        size = spatial[0] if given else None
        return nc.Conv1d(size, weight, stride, padding, dilation[0], groups, bias)
    size = spatial if given else None
    return nc.Conv2d(size, weight, stride, padding, dilation, groups, bias)


SHAPES = st.one_of(
    st.tuples(st.integers(1, 4)),
    st.tuples(st.integers(1, 3), st.integers(1, 5)),
    st.tuples(st.integers(1, 3), st.integers(2, 5), st.integers(2, 5)),
)

METADATA = st.dictionaries(
    NAMES,
    st.recursive(
        st.one_of(
            st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))),
            st.integers(-(2**60), 2**60),
            st.floats(allow_nan=False),
            st.booleans(),
            st.lists(st.integers(-5, 5), max_size=3),
            st.lists(st.text("abé", max_size=3), min_size=1, max_size=3),
            hnp.arrays(np.int16, (2, 2)),
        ),
        lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=2),
        max_leaves=3,
    ),
    max_size=3,
)


@st.composite
def graphs(draw: Any, depth: int = 1, shape: tuple[int, ...] | None = None) -> nc.NIRGraph:
    """A chain with random names, some extra edges between equal shapes, nested graphs inside."""
    current = draw(SHAPES) if shape is None else shape
    length = draw(st.integers(1, 4))
    names = draw(st.lists(NAMES, min_size=length + 2, max_size=length + 2, unique=True))
    nodes: dict[str, nc.NIRNode] = {names[0]: nc.Input(current)}
    shapes = [current]
    for name in names[1:-1]:
        if depth and draw(st.integers(0, 5)) == 0:
            node: Any = draw(graphs(depth=depth - 1, shape=current))
        else:
            node = draw(nodes_for(current))
        nodes[name] = node
        if isinstance(node, nc.NIRGraph):
            current = next(iter(node.shapes[name].output for name in node.outputs))
        else:
            current = resolve(node, current).output  # type: ignore[assignment]
        shapes.append(current)
    nodes[names[-1]] = nc.Output(draw(st.sampled_from([None, current])))
    shapes.append(current)
    edges = list(pairwise(names))
    for i in range(1, length + 1):
        for j in range(1, length + 1):
            fits = shapes[i] == shapes[j - 1] and (names[i], names[j]) not in edges
            if fits and draw(st.integers(0, 4)) == 0:
                edges.append((names[i], names[j]))
    return nc.NIRGraph(nodes, edges, metadata=draw(METADATA))
