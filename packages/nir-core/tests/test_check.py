"""`check` finds everything at once, with stable codes, and stays silent on good graphs."""

from __future__ import annotations

from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nir_core as nc
from nir_core.checks import _structure, _values
from nir_core.checks._parameters import parameters
from nir_core.findings import CODES

ONE = np.ones(2)


def graph_of(node: nc.NIRNode, shape: object = (2,)) -> nc.NIRGraph:
    return nc.NIRGraph(
        {"input": nc.Input(shape), "node": node, "output": nc.Output(None)},
        [("input", "node"), ("node", "output")],
        type_check=False,
    )


def conv(
    weight: object = None,
    stride: object = 1,
    padding: object = 0,
    dilation: object = 1,
    groups: int = 1,
    bias: object = (0.0, 0.0),
) -> nc.Conv2d:
    weight = np.ones((2, 1, 3, 3)) if weight is None else weight
    return nc.Conv2d(None, weight, stride, padding, dilation, groups, bias)  # type: ignore


IMAGE = (1, 6, 6)
NODE_FINDINGS = [
    ("NIR020", nc.Linear(np.ones((2, 5))), (2,)),
    ("NIR020", nc.Scale(np.ones(3)), (2,)),
    ("NIR021", nc.SumPool2d(2, 2, 0), None),
    ("NIR022", nc.LI(np.ones(3), ONE, ONE), (2,)),
    ("NIR022", nc.LI(ONE, ONE, np.ones((2, 2))), (2,)),
    ("NIR023", nc.Linear(np.ones(3)), (3,)),
    ("NIR023", conv(np.ones((2, 1, 3))), IMAGE),
    ("NIR024", nc.Affine(np.ones((2, 2)), np.ones(3)), (2,)),
    ("NIR024", conv(bias=np.zeros(3)), IMAGE),
    ("NIR025", conv(np.ones((3, 1, 3, 3)), groups=2, bias=np.zeros(3)), (2, 6, 6)),
    ("NIR026", conv(np.ones((2, 1, 7, 3))), IMAGE),
    ("NIR026", nc.AvgPool2d(8, 1, 0), IMAGE),
    ("NIR027", conv(stride=2, padding="same"), IMAGE),
    ("NIR028", conv(stride=0), IMAGE),
    ("NIR028", conv(dilation=0), IMAGE),
    ("NIR028", conv(padding=-1), IMAGE),
    ("NIR028", conv(groups=0), IMAGE),
    ("NIR028", nc.SumPool2d(0, 1, 0), IMAGE),
    ("NIR028", nc.SumPool2d(2, 1, 2), IMAGE),
    ("NIR029", nc.Flatten(None, 2, 1), IMAGE),
    ("NIR029", nc.Flatten(None, 1, -1), (2,)),
    ("NIR030", conv(), (36,)),
    ("NIR030", nc.SumPool2d(2, 2, 0), (36,)),
    ("NIR031", nc.LI(np.ones((1, 2)), np.ones((3, 2)), np.ones((3, 2))), (3, 2)),
    ("NIR031", nc.Scale(np.ones((1, 2))), (3, 2)),
    ("NIR032", nc.Linear(np.ones((0, 2))), (2,)),
    ("NIR032", nc.Scale(np.ones(0)), (0,)),
    ("NIR040", nc.Scale([1.0, np.nan]), (2,)),
    ("NIR040", nc.Scale([1.0, np.inf]), (2,)),
    ("NIR041", nc.LI([0.0, 1.0], ONE, ONE), (2,)),
    ("NIR041", nc.CubaLI([-0.1, 1.0], ONE, ONE, ONE), (2,)),
    ("NIR042", nc.Delay([0.0, -1.0]), (2,)),
    ("NIR043", nc.IF(ONE, ONE, ONE), (2,)),
    ("NIR044", nc.LI([20.0, 20.0], ONE, ONE), (2,)),
    ("NIR045", nc.Linear(np.ones((2, 2), np.int8)), (2,)),
    ("NIR045", nc.Scale([True, False]), (2,)),
    ("NIR046", nc.LIF(ONE, ONE, 2 * ONE, ONE), (2,)),
]


@pytest.mark.parametrize(("code", "node", "shape"), NODE_FINDINGS)
def test_a_faulty_node_is_found_by_its_code_and_path(
    code: str, node: nc.NIRNode, shape: object
) -> None:
    report = nc.check(graph_of(node, shape))
    found = [f for f in report if f.code == code]
    assert found, str(report)
    assert {f.path for f in found} <= {"/node", "/input", "/output"}
    assert report.ok == (CODES[code][0] != "error") or not report.ok


GOOD = [
    (nc.Linear(np.ones((2, 2))), (2,)),
    (nc.Affine(np.ones((3, 2, 4)), np.ones((3, 2))), (3, 4)),
    (nc.Affine(np.ones((3, 2, 4)), np.ones(2)), (3, 4)),
    (nc.Affine(np.ones((2, 4)), 0.5), (4,)),
    (conv(), IMAGE),
    (conv(np.ones((4, 1, 3, 5)), groups=2, padding="same", bias=np.zeros(4)), (2, 6, 6)),
    (conv(np.ones((2, 1, 7, 7)), padding=(1, 1)), IMAGE),
    (nc.Conv1d(6, np.ones((2, 1, 3)), 2, 1, 2, 1, np.zeros(2)), (1, 6)),
    (nc.SumPool2d(2, 2, 1), IMAGE),
    (nc.Flatten(None, 0), IMAGE),
    (nc.LIF(0.01, 1.0, 0.0, 1.0), (3, 4)),
    (nc.LIF(0.01, ONE, 0.0, 1.0), (2,)),
    (nc.CubaLIF(*np.full((5, 2), 0.1)), (2,)),
    (nc.Delay([0.0, 0.1]), (2,)),
    (nc.Scale(np.ones(())), ()),
]


@pytest.mark.parametrize(("node", "shape"), GOOD)
def test_a_good_node_gives_no_finding(node: nc.NIRNode, shape: object) -> None:
    assert str(nc.check(graph_of(node, shape))) == "no findings"


def test_every_structural_fault_is_found_at_once() -> None:
    lif = nc.LIF(0.1, 1.0, 0.0, 1.0)
    graph = nc.NIRGraph(
        {
            "input": nc.Input([2]),
            "lif": lif,
            "dead": lif,
            "island": lif,
            "a": nc.Scale(1.0),
            "b": nc.Scale(1.0),
            "output": nc.Output([2]),
        },
        [
            ("input", "lif"),
            ("input", "lif"),
            ("lif", "output"),
            ("lif", "dead"),
            ("lfi", "output"),
            ("island", "output"),
            ("lif", "a"),
            ("a", "b"),
            ("b", "a"),
            ("b", "output"),
            ("output", "input"),
        ],
        type_check=False,
    )
    report = nc.check(graph)
    codes = [(f.code, f.path) for f in report]
    for expected in [
        ("NIR001", "/"),
        ("NIR002", "/lif"),
        ("NIR005", "/island"),
        ("NIR006", "/dead"),
        ("NIR007", "/a"),
        ("NIR008", "/input"),
        ("NIR008", "/output"),
    ]:
        assert expected in codes
    assert "did you mean 'lif'?" in str(report)


def test_missing_terminals_and_empty_graphs_are_found() -> None:
    bare = nc.NIRGraph({"lif": nc.LIF(ONE, ONE, 0 * ONE, ONE)}, [])
    assert [f.code for f in nc.check(bare)] == ["NIR003", "NIR004"]
    empty = nc.NIRGraph({}, [], type_check=False)
    assert [f.code for f in nc.check(empty)] == ["NIR010"]


def test_cycles_through_a_neuron_or_a_delay_are_fine() -> None:
    for node in (nc.LIF(0.1, 1.0, 0.0, 1.0), nc.Delay(0.1)):
        graph = nc.NIRGraph(
            {"i": nc.Input([2]), "n": node, "s": nc.Scale(0.5), "o": nc.Output([2])},
            [("i", "n"), ("n", "s"), ("s", "n"), ("n", "o"), ("n", "n")],
        )
        assert str(nc.check(graph)) == "no findings"


def test_findings_inside_nested_graphs_carry_the_whole_path() -> None:
    inner = nc.NIRGraph.from_list(nc.Input([2]), nc.LI([-1.0, 1.0], ONE, ONE))
    graph = nc.NIRGraph(
        {"i": nc.Input([3]), "a/b": inner, "o": nc.Output([2])},
        [("i", "a/b"), ("a/b", "o")],
        type_check=False,
    )
    assert [(f.code, f.path) for f in nc.check(graph)] == [
        ("NIR020", "/a%2Fb"),
        ("NIR041", "/a%2Fb/li"),
    ]


def test_an_edge_to_a_nested_graph_with_two_inputs_is_ambiguous() -> None:
    inner = nc.NIRGraph(
        {"a": nc.Input([2]), "b": nc.Input([2]), "o": nc.Output([2])}, [("a", "o"), ("b", "o")]
    )
    graph = nc.NIRGraph(
        {"i": nc.Input([2]), "n": inner, "o": nc.Output([2])},
        [("i", "n"), ("n", "o")],
        type_check=False,
    )
    assert "NIR009" in [f.code for f in nc.check(graph)]


def test_reports_are_plain_data_too() -> None:
    report = nc.check(graph_of(nc.Scale([np.nan, 1.0])))
    (finding,) = report.to_dict()["findings"]
    assert finding["code"] == "NIR040"
    assert finding["severity"] == "error"
    assert finding["got"] == "nan at position 0"


def test_a_flatten_that_counts_a_batch_axis_gets_a_hint() -> None:
    graph = nc.NIRGraph(
        {
            "i": nc.Input([1, 2, 2]),
            "f": nc.Flatten(None, 1),
            "l": nc.Linear(np.ones((1, 4))),
            "o": nc.Output(None),
        },
        [("i", "f"), ("f", "l"), ("l", "o")],
        type_check=False,
    )
    (finding,) = nc.check(graph)
    assert finding.code == "NIR020"
    assert "start_dim=0" in finding.hint


def test_check_wants_a_graph_of_this_package() -> None:
    with pytest.raises(nc.NirTypeError, match="from_nir"):
        nc.check(object())  # type: ignore[arg-type]


def test_ten_thousand_nodes_in_a_cycle_are_checked_without_recursion() -> None:
    names = [f"n{i}" for i in range(10_000)]
    lif = nc.LIF(0.1, 1.0, 0.0, 1.0)
    nodes = {"i": nc.Input([1]), **dict.fromkeys(names, lif), "o": nc.Output([1])}
    edges = [*zip(names, names[1:] + names[:1], strict=True), ("i", "n0"), ("n9999", "o")]
    assert str(nc.check(nc.NIRGraph(nodes, edges))) == "no findings"


def without_shortcuts(graph: nc.NIRGraph) -> list[str]:
    """Every finding of a flat graph, with each node and each edge looked at by itself."""
    found = [*_structure._edges(graph, ())]
    for name, node in graph.nodes.items():
        found += parameters(node, "/" + name, graph.shapes[name])
    return sorted(map(str, [*found, *_values._examined(graph)]))


NUMBERS = st.sampled_from([0.5, 0.01, 3.0, -1.0, np.nan, np.inf])
ARRAYS = st.one_of(
    NUMBERS,
    hnp.arrays(np.float64, st.sampled_from([(), (1,), (2,), (0,), (1, 2)]), elements=NUMBERS),
    hnp.arrays(np.float32, (2,), elements=st.sampled_from([0.5, 2.5])),
    hnp.arrays(np.int8, (2,), elements=st.integers(0, 2)),
)


@given(st.lists(st.lists(ARRAYS, min_size=5, max_size=5), min_size=1, max_size=3), st.data())
@settings(max_examples=150)
def test_the_look_at_all_nodes_together_misses_nothing(rows: list[Any], data: Any) -> None:
    nodes: dict[str, nc.NIRNode] = {"in": nc.Input([2]), "out": nc.Output([2])}
    for i, row in enumerate(rows):
        nodes[f"lif{i}"] = nc.LIF(*row)
        nodes[f"fc{i}"] = nc.Affine(np.ones(np.shape(row[0])), row[1])
        nodes[f"wait{i}"] = nc.Delay(row[2])
        nodes[f"gain{i}"] = nc.Scale(row[3])
    ends = st.sampled_from([*nodes, "nowhere"])
    edges = data.draw(st.lists(st.tuples(ends, ends), max_size=12))
    graph = nc.NIRGraph(nodes, edges, type_check=False)
    expected = without_shortcuts(graph)
    codes = {line[:6] for line in expected}
    assert sorted(str(f) for f in nc.check(graph) if f.code in codes) == [
        line for line in sorted([*expected, *map(str, graph.shapes.problems)]) if line[:6] in codes
    ]


def test_signalling_nans_are_found_without_a_warning() -> None:
    odd = np.array([0x7F800001, 0], np.uint32).view(np.float32)
    graph = nc.NIRGraph.from_list(nc.Scale(odd), nc.Scale(np.ones(2)), nc.Scale(np.arange(2)))
    assert [f.code for f in nc.check(graph).errors] == ["NIR040"]
