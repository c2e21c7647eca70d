"""Files as versions 0.1.1 and 0.2.0 of nir laid them out, made here byte for byte anew."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import h5py
import numpy as np
import pytest

import nir_core as nc
from nir_core.compat import nir as compat

TEXT = h5py.string_dtype()


def old_node(nodes: Any, name: str, kind: str, **fields: Any) -> None:
    """A node with the shapes that old writers stored in every one of them."""
    group = nodes.create_group(name)
    group.create_dataset("type", data=kind, dtype=TEXT)
    for key, value in fields.items():
        if isinstance(value, str):
            group.create_dataset(key, data=value, dtype=TEXT)
        elif isinstance(value, dict):
            inner = group.create_group(key)
            for port, shape in value.items():
                inner.create_dataset(port, data=np.array(shape))
        else:
            group.create_dataset(key, data=value)


def types(inside: tuple[int, ...], outside: tuple[int, ...] | None = None) -> dict[str, Any]:
    return {"input_type": {"input": inside}, "output_type": {"output": outside or inside}}


def old_edges(group: Any, pairs: list[tuple[str, str]], fixed: bool) -> None:
    if fixed:
        group.create_dataset("edges", data=np.array(pairs, dtype="S20"))
    else:
        group.create_dataset("edges", data=np.array(pairs, dtype=object), dtype=TEXT)


def old_file(version: str | None, *, fixed: bool = False, shapes: bool = True) -> bytes:
    """input (1, 8, 8) -> conv -> pool -> flat -> fc.1 -> lif -> output, lif recurrent."""
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        if version is not None:
            file.create_dataset("version", data=version, dtype=TEXT)
        root = file.create_group("node")
        root.create_dataset("type", data="NIRGraph", dtype=TEXT)
        nodes = root.create_group("nodes")
        known: Any = types if shapes else lambda *given: {}
        old_node(nodes, "input", "Input", shape=np.array([1, 8, 8]))
        conv = {"weight": np.ones((2, 1, 3, 3)), "bias": np.zeros(2), "padding": "same"}
        conv |= {"stride": np.array([1, 1]), "dilation": np.array([1, 1]), "groups": 1}
        old_node(nodes, "conv", "Conv2d", **conv, **known((1, 8, 8), (2, 8, 8)))
        window = np.array([2, 2])
        pool = {"kernel_size": window, "stride": window, "padding": np.array([0, 0])}
        old_node(nodes, "pool", "SumPool2d", **pool, **known((2, 8, 8), (2, 4, 4)))
        old_node(nodes, "flat", "Flatten", start_dim=0, end_dim=-1, input_type=np.array([2, 4, 4]))
        affine = {"weight": np.ones((3, 32)), "bias": np.zeros(3)}
        old_node(nodes, "fc.1", "Affine", **affine, **known((32,), (3,)))
        names = ("tau_mem", "tau_syn", "r", "v_leak", "v_threshold", "w_in")
        cuba = {name: np.full(3, 0.5) for name in names}
        old_node(nodes, "lif1.lif", "CubaLIF", **cuba, **known((3,)))  # no v_reset
        old_node(nodes, "lif1.w_rec", "Linear", weight=np.eye(3), **known((3,)))
        old_node(nodes, "output", "Output", shape=np.array([3]))
        names = ("input", "conv", "pool", "flat", "fc.1", "lif1.lif", "output")
        pairs = [*pairwise(names)]
        pairs += [("lif1.lif", "lif1.w_rec"), ("lif1.w_rec", "lif1.lif")]
        old_edges(root, pairs, fixed)
    return memory.getvalue()


@pytest.mark.parametrize("version", ["0.1.1", "0.2.0", "1.0", None])
@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("shapes", [False, True])
def test_old_layouts_are_read_whole(version: str | None, fixed: bool, shapes: bool) -> None:
    data = old_file(version, fixed=fixed, shapes=shapes)
    assert nc.read_version(data) == version
    graph = nc.read(data)
    assert graph.check().errors == ()
    assert graph.nodes["conv"].input_shape is None  # old writers left it out
    assert graph.infer_types().nodes["conv"].input_shape == (8, 8)
    assert graph.nodes["conv"].padding == "same"
    assert graph.nodes["lif1.lif"].v_reset.tolist() == [0, 0, 0]
    assert ("lif1.w_rec", "lif1.lif") in graph.edges
    assert graph.shapes["flat"].output == (32,)
    x = np.random.default_rng(0).random((5, 1, 8, 8))
    assert nc.run(graph, x, dt=1e-3, profile="nir").output.shape == (5, 3)


def test_what_is_written_of_an_old_file_is_the_layout_of_today() -> None:
    graph = nc.read(old_file("0.1.1"))
    file = io.BytesIO()
    nc.write(file, graph)
    assert nc.read_version(file.getvalue()) == "1.0.8"
    assert nc.read(file.getvalue()) == graph


def test_the_compatibility_module_reads_them_too() -> None:
    graph = compat.read(io.BytesIO(old_file("0.2.0")))
    assert graph.nodes["lif1.lif"].v_reset.tolist() == [0, 0, 0]
    assert tuple(graph.nodes["conv"].input_shape) == (8, 8)
    assert graph.output_type["output"].tolist() == [3]


def test_a_subgraph_may_be_flat_or_nested() -> None:
    flat = nc.read(old_file("0.2.0"))
    inner = nc.NIRGraph(
        {
            "input": nc.Input([3]),
            "lif": flat.nodes["lif1.lif"],
            "w_rec": flat.nodes["lif1.w_rec"],
            "output": nc.Output([3]),
        },
        [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
    )
    rest = {name: node for name, node in flat.nodes.items() if not name.startswith("lif1")}
    output = rest.pop("output")
    names = [*rest, "lif1", "output"]
    order = ["input", "conv", "pool", "flat", "fc.1", "lif1", "output"]
    assert sorted(names) == sorted(order)
    nested = nc.NIRGraph({**rest, "lif1": inner, "output": output}, list(pairwise(order)))
    file = io.BytesIO()
    nc.write(file, nested)
    back = nc.read(file.getvalue())
    assert back == nested
    x = np.random.default_rng(0).random((20, 1, 8, 8))
    results = [nc.run(g, x, dt=1e-3, profile="norse").output for g in (flat, back)]
    assert results[0].any()
    assert (results[0] == results[1]).all()
