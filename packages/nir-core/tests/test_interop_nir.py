"""Both ways between nir_core and the real nir package, by file and by object."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from nir_strategies import graphs

import nir_core as nc

pytestmark = pytest.mark.interop
nir = pytest.importorskip("nir")

FULL = np.full(3, 0.25)


def nir_examples() -> dict[str, Any]:
    return {
        "Affine": nir.Affine(np.ones((3, 3)), np.ones(3)),
        "Linear": nir.Linear(np.ones((3, 3))),
        "Scale": nir.Scale(FULL),
        "Delay": nir.Delay(FULL),
        "Threshold": nir.Threshold(FULL),
        "I": nir.I(FULL),
        "IF": nir.IF(FULL, FULL, FULL),
        "LI": nir.LI(FULL, FULL, FULL),
        "LIF": nir.LIF(FULL, FULL, FULL, FULL),
        "CubaLI": nir.CubaLI(FULL, FULL, FULL, FULL, 2.0),
        "CubaLIF": nir.CubaLIF(FULL, FULL, FULL, FULL, FULL),
    }


def in_graph(node: Any, shape: tuple[int, ...], out: tuple[int, ...]) -> Any:
    return nir.NIRGraph(
        {"input": nir.Input(np.array(shape)), "node": node, "output": nir.Output(np.array(out))},
        [("input", "node"), ("node", "output")],
    )


def same(a: Any, b: Any) -> bool:
    """Equality of two nir nodes by content."""
    x, y = a.to_dict(), b.to_dict()
    return nc.dict2NIRNode(x) == nc.dict2NIRNode(y)


@pytest.mark.parametrize("name", nir_examples())
def test_every_elementwise_node_goes_both_ways(name: str, tmp_path: Path) -> None:
    graph = in_graph(nir_examples()[name], (3,), (3,))
    ours = nc.from_nir(graph)
    assert type(ours.nodes["node"]).__name__ == name
    nir.write(tmp_path / "theirs.nir", graph)
    assert nc.read(tmp_path / "theirs.nir", check="off") == ours
    nc.write(tmp_path / "ours.nir", ours)
    back = nir.read(tmp_path / "ours.nir")
    assert same(back, graph)
    assert list(back.nodes) == ["input", "node", "output"]
    assert same(nc.to_nir(ours), graph)


def test_convolutions_pools_and_flatten_go_both_ways(tmp_path: Path) -> None:
    graph = nir.NIRGraph(
        {
            "input": nir.Input(np.array([2, 9, 9])),
            "conv": nir.Conv2d((9, 9), np.ones((4, 2, 3, 3)), 1, 1, 1, 1, np.ones(4)),
            "same": nir.Conv2d((9, 9), np.ones((4, 4, 3, 3)), 1, "same", 1, 1, np.ones(4)),
            "sum": nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
            "avg": nir.AvgPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
            "flat": nir.Flatten(np.array([4, 2, 2]), 0, -1),
            "output": nir.Output(np.array([16])),
        },
        [
            ("input", "conv"),
            ("conv", "same"),
            ("same", "sum"),
            ("sum", "avg"),
            ("avg", "flat"),
            ("flat", "output"),
        ],
        metadata={"a": 1, "b": {"c": "text"}},
    )
    nir.write(tmp_path / "theirs.nir", graph)
    ours = nc.read(tmp_path / "theirs.nir")
    assert ours == nc.from_nir(graph)
    nc.write(tmp_path / "ours.nir", ours)
    assert same(nir.read(tmp_path / "ours.nir"), graph)
    assert nir.read(tmp_path / "ours.nir").metadata == {"a": 1, "b": {"c": "text"}}
    assert same(nc.to_nir(ours), graph)


def test_conv1d_goes_both_ways(tmp_path: Path) -> None:
    graph = in_graph(nir.Conv1d(8, np.ones((2, 1, 3)), 1, 0, 1, 1, np.ones(2)), (1, 8), (2, 6))
    nir.write(tmp_path / "theirs.nir", graph)
    ours = nc.read(tmp_path / "theirs.nir")
    nc.write(tmp_path / "ours.nir", ours)
    assert same(nir.read(tmp_path / "ours.nir"), graph)
    assert same(nc.to_nir(ours), graph)


def test_numbers_for_a_whole_layer_reach_nir_as_arrays(tmp_path: Path) -> None:
    graph = nc.NIRGraph.from_list(nc.Input([2, 3]), nc.CubaLIF(0.1, 0.1, 1.0, 0.0, 1.0))
    nc.write(tmp_path / "a.nir", graph)
    theirs = nir.read(tmp_path / "a.nir")
    assert theirs.nodes["cubalif"].tau_mem.shape == (2, 3)
    assert nc.to_nir(graph).nodes["cubalif"].w_in.shape == (2, 3)
    assert nc.read(tmp_path / "a.nir") == graph


@given(graphs())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_graphs_reach_nir(tmp_path: Path, graph: nc.NIRGraph) -> None:
    # nir 1.0.8 takes the kernel's height for both axes, ignores groups, strides of pools with
    # padding and nested shapes with several axes; what it gets wrong cannot be compared.
    assume(not any("onv" in type(n).__name__ for n in walk(graph)))
    nc.write(tmp_path / "a.nir", graph)
    theirs = nir.read(tmp_path / "a.nir", type_check=False)
    assert list(theirs.nodes) == list(graph.nodes)
    assert nc.from_nir(theirs, type_check=False).edges == graph.edges


def walk(graph: nc.NIRGraph) -> Any:
    for node in graph.nodes.values():
        if isinstance(node, nc.NIRGraph):
            yield from walk(node)
        else:
            yield node


def test_objects_that_are_no_nodes_are_refused_by_path() -> None:
    graph = in_graph(nir.Scale(FULL), (3,), (3,))
    graph.nodes["node"] = object()
    with pytest.raises(nc.NirTypeError, match="/node: object is not a node"):
        nc.from_nir(graph)
    with pytest.raises(nc.NirTypeError, match="from_nir"):
        nc.NIRGraph({"a": nir.Scale(FULL)}, [])


def test_single_nodes_are_converted_too() -> None:
    node = nc.from_nir(nir.Scale(FULL))
    assert node == nc.Scale(FULL)
    assert same(nc.to_nir(node), nir.Scale(FULL))


def test_the_graph_does_not_share_memory_with_the_nir_objects() -> None:
    theirs = nir.Scale(np.ones(2))
    ours = nc.from_nir(theirs)
    theirs.scale[0] = 5
    assert ours.scale[0] == 1
    back = nc.to_nir(ours)
    back.scale[0] = 7
    assert ours.scale[0] == 1


def test_a_right_graph_that_nir_refuses_is_told_so_and_can_be_built_unchecked() -> None:
    grouped = nc.Conv1d(None, np.ones((2, 1, 1)), 1, 0, 1, 2, np.zeros(2))
    graph = nc.NIRGraph.from_list(nc.Input((2, 4)), grouped, nc.LIF(1.0, 1.0, 0.0, 1.0))
    with pytest.raises(nc.NirError, match="nir_core finds nothing wrong with it and type_check"):
        nc.to_nir(graph)
    assert nc.from_nir(nc.to_nir(graph, type_check=False)).nodes["conv1d"] == graph.nodes["conv1d"]
