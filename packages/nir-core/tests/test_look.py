"""Pictures, statistics and differences of graphs."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from nir_strategies import graphs

import nir_core as nc
from nir_core.drawing._layout import arrange

LIF = nc.LIF(1e-2, 1.0, 0.0, 1.0)


def chain(*nodes: nc.NIRNode) -> nc.NIRGraph:
    return nc.NIRGraph.from_list(*nodes)


@given(graphs())
@settings(max_examples=40)
def test_every_graph_becomes_well_formed_svg_with_every_name(graph: nc.NIRGraph) -> None:
    names = [n for n in graph.nodes if n.isprintable()]
    root = ET.fromstring(nc.draw(graph))
    texts = {"".join(e.itertext()) for e in root.iter() if e.tag.endswith("text")}
    assert set(names) <= texts


def test_boxes_do_not_overlap() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        n = 12
        sizes = {str(i): (60.0 + 5 * i, 30.0 + i) for i in range(n)}
        edges = list({(str(a), str(b)) for a, b in rng.integers(0, n, (20, 2))})
        boxes = list(arrange(sizes, edges, {}).boxes.values())
        for i, a in enumerate(boxes):
            for b in boxes[:i]:
                apart = (
                    a.x + a.width <= b.x
                    or b.x + b.width <= a.x
                    or a.y + a.height <= b.y + 1e-6
                    or b.y + b.height <= a.y + 1e-6
                )
                assert apart


def test_edges_lead_to_the_right_unless_they_close_a_cycle() -> None:
    layout = arrange(
        dict.fromkeys("abc", (10.0, 10.0)),
        [("a", "b"), ("b", "c"), ("a", "c"), ("c", "a"), ("b", "b")],
        {},
    )
    closing = {e for e, r in layout.routes.items() if r.closing}
    assert closing == {("c", "a"), ("b", "b")}
    for edge, route in layout.routes.items():
        if edge not in closing:
            xs = [x for x, _ in route.points]
            assert xs == sorted(xs)


def test_names_with_markup_are_escaped_and_semantics_are_shown() -> None:
    graph = nc.NIRGraph({"<in>&": nc.Input([1]), "o": nc.Output([1])}, [("<in>&", "o")])
    text = nc.draw(nc.with_semantics(graph, profile="norse", dt=1e-3))
    ET.fromstring(text)
    assert "&lt;in&gt;&amp;" in text
    assert "profile norse, dt 0.001 s" in text
    assert graph._repr_html_().startswith("<svg")


def test_nested_graphs_fold() -> None:
    graph = chain(nc.Input([2]), chain(nc.Input([2]), LIF))
    assert ">lif<" in nc.draw(graph)
    assert ">lif<" not in nc.draw(graph, unfold=False)
    assert "NIRGraph, 3 nodes" in nc.draw(graph, unfold=0)


def recurrent_with_a_block() -> nc.NIRGraph:
    block = nc.NIRGraph.from_list(nc.Input([3]), nc.NIRGraph.from_list(nc.Scale([1.0, 2.0, 3.0])))
    nodes = {"in": nc.Input([3]), "block": block, "lif": LIF, "w<": nc.Linear(np.eye(3))}
    nodes |= {"out": nc.Output([3])}
    edges = [("in", "block"), ("block", "lif"), ("lif", "w<"), ("w<", "lif"), ("lif", "out")]
    return nc.NIRGraph(nodes, edges, type_check=False)


def test_a_closing_edge_says_how_late_its_signal_is() -> None:
    graph = recurrent_with_a_block()
    assert ", 1 step later<" in nc.draw(graph)
    assert ", 0.001 s later<" in nc.draw(nc.with_semantics(graph, profile="norse", dt=1e-3))


def test_a_page_folds_each_nested_graph() -> None:
    graph = recurrent_with_a_block()
    text = nc.draw(graph, format="html", unfold=1, title="a < b")
    assert text.count("<details") == 2
    assert text.count("<details open>") == 1
    assert "block/nirgraph" in text
    assert "a &lt; b" in text
    assert "<script" not in text
    pictures = [part.split("</svg>")[0] + "</svg>" for part in text.split('<div class="picture">')]
    for picture in pictures[1:]:
        ET.fromstring(picture)


def test_a_png_shows_every_box() -> None:
    image = pytest.importorskip("PIL.Image")
    graph = recurrent_with_a_block()
    picture = image.open(io.BytesIO(nc.draw(graph, format="png")))
    pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    colours = {tuple(int(c) for c in row) for row in np.unique(pixels, axis=0)}
    assert {(253, 231, 211), (220, 235, 251), (229, 242, 229), (179, 84, 30)} <= colours
    folded = image.open(io.BytesIO(nc.draw(graph, format="png", unfold=0)))
    assert folded.width < picture.width


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(nc.NirError, match="'svg', 'html' or 'png'"):
        nc.draw(recurrent_with_a_block(), format="pdf")  # type: ignore[call-overload]


def test_drawing_wants_a_graph() -> None:
    with pytest.raises(nc.NirTypeError, match="draw needs"):
        nc.draw(LIF)  # type: ignore[arg-type]


def test_stats_count_parameters_neurons_and_operations() -> None:
    graph = chain(
        nc.Input((2, 8, 8)),
        nc.Conv2d(None, np.ones((4, 2, 3, 3), np.float32), 1, 1, 1, 1, np.zeros(4, np.float32)),
        nc.CubaLIF(1e-2, 1e-2, 1.0, 0.0, 1.0),
        nc.Flatten(None, 0),
        nc.Linear(np.ones((10, 256))),
        LIF,
    )
    found = nc.stats(graph)
    by = {n.node: n for n in found.nodes}
    assert by["conv2d"].macs == 4 * 8 * 8 * 18
    assert by["conv2d"].fan_in == 18
    assert by["conv2d"].bytes == 4 * (4 * 18 + 4)
    assert (by["cubalif"].neurons, by["cubalif"].states) == (256, 512)
    assert found.neurons == 266
    assert found.macs == by["conv2d"].macs + 2560
    assert "total" in str(found)
    json.dumps(found.to_dict())


def test_synaptic_operations_count_the_connections_of_active_elements() -> None:
    graph = chain(nc.Linear(np.ones((10, 4))), LIF)
    x = np.zeros((5, 3, 4))
    x[0, 0, 1] = x[2, 1, 3] = 1
    result = nc.run(graph, x, dt=1e-3, profile="norse", record="all")
    assert nc.stats(graph).synops(result) == 20


def test_equal_graphs_have_no_differences() -> None:
    assert not nc.diff(chain(LIF.replace(tau=[1e-2])), chain(LIF.replace(tau=[1e-2])))
    assert str(nc.diff(chain(nc.Scale([1.0])), chain(nc.Scale([1.0])))) == "no differences"


def test_every_difference_is_listed() -> None:
    a = nc.NIRGraph(
        {
            "i": nc.Input([2]),
            "s": nc.Scale([1.0, 2.0]),
            "t": nc.Scale([1.0, 1.0]),
            "g": chain(nc.Input([2]), nc.Scale([1.0, 1.0])),
            "x": nc.Scale(np.ones(2)),
            "o": nc.Output([2]),
        },
        [("i", "s"), ("s", "t"), ("t", "g"), ("g", "x"), ("x", "o")],
        metadata={"k": 1, "gone": 2},
    )
    b = nc.NIRGraph(
        {
            "i": nc.Input([2]),
            "s": nc.Scale([1.5, 2.25]),
            "t": nc.Threshold([1.0, 1.0]),
            "g": chain(nc.Input([2]), nc.Scale([1.0, 3.0])),
            "y": nc.Scale(np.ones(2, np.float32)),
            "o": nc.Output([2]),
        },
        [("i", "s"), ("s", "t"), ("t", "g"), ("g", "y"), ("y", "o")],
        metadata={"k": 2, "new": np.arange(3)},
    )
    found = {(d.kind, d.path, d.field) for d in nc.diff(a, b)}
    assert found == {
        ("field", "/s", "scale"),
        ("type", "/t", ""),
        ("field", "/g/scale", "scale"),
        ("removed", "/x", ""),
        ("added", "/y", ""),
        ("edge removed", "/", ""),
        ("edge added", "/", ""),
        ("metadata", "/", "metadata['k']"),
        ("metadata", "/", "metadata['gone']"),
        ("metadata", "/", "metadata['new']"),
    }
    text = str(nc.diff(a, b))
    assert "~ /s.scale: 2 elements differ, by at most 0.5" in text
    json.dumps(nc.diff(a, b).to_dict())


@given(graphs(), graphs())
@settings(max_examples=30)
def test_differences_are_there_exactly_when_graphs_are_unequal(
    a: nc.NIRGraph, b: nc.NIRGraph
) -> None:
    assert bool(nc.diff(a, b)) == (a != b)
    assert not nc.diff(a, a)


def test_diff_wants_graphs() -> None:
    with pytest.raises(nc.NirTypeError, match="two nir_core graphs"):
        nc.diff(chain(nc.Scale([1.0])), LIF)  # type: ignore[arg-type]


def test_names_that_xml_does_not_allow_are_shown_by_other_characters() -> None:
    graph = nc.NIRGraph(
        {"a\x1f\ud800": nc.Input([1]), "o\0": nc.Output([1])}, [("a\x1f\ud800", "o\0")]
    )
    texts = {e.text for e in ET.fromstring(nc.draw(graph)).iter() if e.tag.endswith("text")}
    assert {"a\u241f\ufffd", "o\u2400"} <= texts


def test_stats_of_a_weight_without_axes_counts_its_number() -> None:
    graph = nc.NIRGraph.from_list(nc.Input((1,)), nc.Linear(2.0), type_check=False)
    assert nc.stats(graph).macs == 1


def test_closing_edges_pass_no_box() -> None:
    sizes = {"in": (40.0, 30.0), "a": (60.0, 30.0), "b": (50.0, 30.0), "out": (90.0, 60.0)}
    edges = [("in", "a"), ("a", "b"), ("b", "a"), ("a", "out"), ("a", "a"), ("b", "in")]
    layout = arrange(sizes, edges, {})
    for edge, route in layout.routes.items():
        if not route.closing:
            continue
        for (ax, ay), (bx, by) in pairwise(route.points):
            for name, box in layout.boxes.items():
                apart = (
                    max(ax, bx) <= box.x
                    or min(ax, bx) >= box.x + box.width
                    or max(ay, by) < box.y
                    or min(ay, by) > box.y + box.height
                )
                inside_own = name in edge and ay == by == box.middle
                assert apart or inside_own, (edge, name)
    closing = [e for e, r in layout.routes.items() if r.closing]
    assert closing == [("b", "a"), ("a", "a"), ("b", "in")]
