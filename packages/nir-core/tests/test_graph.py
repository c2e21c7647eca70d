"""NIRGraph: an immutable value with named, ordered nodes."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import nir_core as nc


def small() -> nc.NIRGraph:
    return nc.NIRGraph(
        {
            "input": nc.Input([3]),
            "fc": nc.Affine(np.ones((2, 3)), np.zeros(2)),
            "lif": nc.LIF(*np.full((4, 2), 0.1)),
            "back": nc.Linear(np.eye(2)),
            "output": nc.Output([2]),
        },
        [("input", "fc"), ("fc", "lif"), ("lif", "back"), ("back", "lif"), ("lif", "output")],
        metadata={"by": "test"},
    )


def test_graphs_are_equal_by_content_and_hashable() -> None:
    assert small() == small()
    assert hash(small()) == hash(small())
    changed = small().swap({"back": nc.Linear(2 * np.eye(2))})
    assert changed != small()
    assert hash(changed) != hash(small())
    assert small().replace(edges=small().edges[:-1], type_check=False) != small()


def test_graphs_survive_copy_pickle_and_dictionaries() -> None:
    graph = small()
    assert copy.deepcopy(graph) == graph
    assert pickle.loads(pickle.dumps(graph)) == graph
    assert nc.NIRGraph.from_dict(graph.to_dict()) == graph
    assert list(pickle.loads(pickle.dumps(graph)).nodes) == list(graph.nodes)


def test_order_of_nodes_is_kept_but_does_not_matter_for_equality() -> None:
    graph = small()
    assert list(graph.nodes) == ["input", "fc", "lif", "back", "output"]
    turned = graph.replace(nodes=dict(reversed(graph.nodes.items())))
    assert list(turned.nodes) == list(reversed(graph.nodes))
    assert turned == graph
    assert hash(turned) == hash(graph)


def test_graphs_refuse_change() -> None:
    graph = small()
    with pytest.raises(nc.NirTypeError, match="replace"):
        graph.nodes["x"] = nc.Scale(1.0)  # type: ignore[index]
    with pytest.raises(nc.NirTypeError, match="replace"):
        graph.edges.append(("a", "b"))  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        graph.nodes = {}  # type: ignore[misc]


def test_edges_compare_with_plain_lists_and_tuples() -> None:
    edges = [("input", "fc"), ("fc", "lif"), ("lif", "back"), ("back", "lif"), ("lif", "output")]
    assert small().edges == edges
    assert small().edges == tuple(edges)


def test_the_lists_a_graph_was_built_from_can_change() -> None:
    nodes, edges = dict(small().nodes), list(small().edges)
    graph = nc.NIRGraph(nodes, edges)
    nodes.clear()
    edges.clear()
    assert len(graph.nodes) == len(graph.edges) == 5


def test_types_of_a_graph_are_those_of_its_terminals() -> None:
    graph = small()
    assert graph.input_type["input"].tolist() == [3]
    assert graph.output_type["output"].tolist() == [2]
    assert list(graph.inputs) == ["input"]
    assert list(graph.outputs) == ["output"]


def test_from_list_names_nodes_like_nir_and_adds_terminals() -> None:
    lif = nc.LIF(*np.full((4, 2), 0.1))
    graph = nc.NIRGraph.from_list(nc.Linear(np.ones((2, 3))), lif, lif)
    assert list(graph.nodes) == ["input", "linear", "lif", "lif_1", "output"]
    assert graph.inputs["input"].shape == (3,)
    assert graph.outputs["output"].shape == (2,)
    assert nc.NIRGraph.from_list([nc.Linear(np.ones((2, 3))), lif, lif]) == graph
    with pytest.raises(nc.NirError, match="put an Input"):
        nc.NIRGraph.from_list(nc.SumPool2d(2, 2, 0))
    with pytest.raises(nc.NirError, match="at least one node"):
        nc.NIRGraph.from_list()


def test_wrong_graphs_are_refused_unless_the_check_is_off() -> None:
    nodes = {"input": nc.Input([3]), "fc": nc.Linear(np.ones((2, 4))), "output": nc.Output([2])}
    edges = [("input", "fc"), ("fc", "output")]
    with pytest.raises(nc.NirError, match=r"NIR020 error at /fc.*expected \(4,\), got \(3,\)"):
        nc.NIRGraph(nodes, edges)
    graph = nc.NIRGraph(nodes, edges, type_check=False)
    with pytest.raises(ValueError, match="NIR020"):
        graph.check_types()


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        ([1], [], "nodes is a dictionary"),
        ({1: nc.Input([1])}, [], "a node name is text"),
        ({"": nc.Input([1])}, [], "not empty"),
        ({"a": 3}, [], "node 'a' is a int"),
        ({"a": nc.Input([1])}, ["ab"], "pair of node names"),
        ({"a": nc.Input([1])}, [("a", "b", "c")], "pair of node names"),
        ({"a": nc.Input([1])}, [("a", 3)], "pair of node names"),
    ],
)
def test_nonsense_is_refused(nodes: object, edges: object, message: str) -> None:
    with pytest.raises(nc.NirTypeError, match=message):
        nc.NIRGraph(nodes, edges)  # type: ignore[arg-type]


def test_infer_types_fills_in_what_the_graph_decides() -> None:
    graph = nc.NIRGraph(
        {
            "input": nc.Input([1, 10, 10]),
            "conv": nc.Conv2d(None, np.ones((4, 1, 3, 5)), 1, 0, 1, 1, np.zeros(4)),
            "flat": nc.Flatten(None, 0),
            "output": nc.Output(None),
        },
        [("input", "conv"), ("conv", "flat"), ("flat", "output")],
    )
    filled = graph.infer_types()
    assert filled.nodes["conv"].input_shape == (10, 10)
    assert filled.nodes["flat"].input_type["input"].tolist() == [4, 8, 6]
    assert filled.outputs["output"].shape == (192,)
    assert graph.nodes["conv"].input_shape is None


def test_recorded_semantics_are_read_back_and_checked() -> None:
    graph = nc.with_semantics(small(), profile="norse", dt=1e-3, exporter="x 1.0")
    record = nc.semantics_of(graph)
    assert record is not None
    assert (record.profile, record.dt, record.details) == ("norse", 1e-3, {"exporter": "x 1.0"})
    assert nc.semantics_of(small()) is None
    assert [f.code for f in nc.check(nc.with_semantics(small(), profile="norse", dt=0.09))] == [
        "NIR060"
    ]
    broken = small().replace(metadata={"semantics": {"dt": -1, "profile": "norse"}})
    with pytest.raises(nc.NirError, match="positive number of seconds"):
        nc.semantics_of(broken)
    assert [f.code for f in nc.check(broken)] == ["NIR061"]
    with pytest.raises(nc.NirError, match="dt is a positive"):
        nc.with_semantics(small(), profile="norse", dt=0)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: nc.NIRGraph({"a": nc.Input([1])}, None),  # type: ignore[arg-type]
        lambda: nc.NIRGraph.from_list(None),
        lambda: nc.NIRGraph.from_list([nc.Input([1]), 3]),
        lambda: nc.dict2NIRNode(None),  # type: ignore[arg-type]
        lambda: nc.NIRGraph.from_dict({"nodes": 3, "edges": []}),
        lambda: nc.NIRGraph.from_dict({"nodes": {"a": 3}, "edges": []}),
        lambda: nc.NIRGraph.from_dict({"nodes": {}, "edges": [1]}),
        lambda: nc.from_text(None),  # type: ignore[arg-type]
        lambda: nc.to_nir(None),  # type: ignore[arg-type]
    ],
)
def test_arguments_of_another_kind_are_named(wrong: object) -> None:
    pytest.importorskip("nir")
    with pytest.raises(nc.NirTypeError, match=r"got|expected"):
        wrong()  # type: ignore[operator]
