"""Shape inference agrees with torch and reaches through cycles and nested graphs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nir_core as nc


def chain(*nodes: nc.NIRNode) -> nc.NIRGraph:
    return nc.NIRGraph.from_list(*nodes, type_check=False)


def conv_shape(graph: nc.NIRGraph) -> tuple[int, ...] | None:
    return graph.shapes["output"].input


@pytest.mark.interop
@pytest.mark.filterwarnings("ignore:Using padding='same'")
@given(
    st.integers(3, 12),
    st.integers(3, 12),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 3),
    st.one_of(st.integers(0, 2), st.sampled_from(["same", "valid"])),
    st.integers(1, 2),
    st.integers(1, 2),
)
def test_convolution_shapes_are_those_of_torch(
    h: int, w: int, kh: int, kw: int, stride: int, padding: int | str, dilation: int, groups: int
) -> None:
    torch = pytest.importorskip("torch")
    if padding == "same":
        stride = 1
    weight = np.ones((4, 2, kh, kw))
    conv = nc.Conv2d(None, weight, stride, padding, dilation, groups, np.zeros(4))
    pads = sum(conv.pads()[0]), sum(conv.pads()[1])
    if h + pads[0] <= dilation * (kh - 1) or w + pads[1] <= dilation * (kw - 1):
        return
    layer = torch.nn.Conv2d(2 * groups, 4, (kh, kw), stride, padding, dilation, groups)
    expected = tuple(layer(torch.zeros(1, 2 * groups, h, w)).shape[1:])
    assert conv_shape(chain(nc.Input((2 * groups, h, w)), conv)) == expected


@pytest.mark.parametrize("pool", [nc.SumPool2d, nc.AvgPool2d])
def test_pooling_shapes(pool: type) -> None:
    node = pool((2, 3), (2, 1), (1, 0))
    assert conv_shape(chain(nc.Input((5, 7, 8)), node)) == (5, 4, 6)


def test_an_input_without_a_shape_takes_it_from_what_follows() -> None:
    graph = nc.NIRGraph(
        {"in": nc.Input(None), "fc": nc.Linear(np.ones((2, 3))), "out": nc.Output(None)},
        [("in", "fc"), ("fc", "out")],
    )
    assert graph.input_type["in"].tolist() == [3]
    assert graph.output_type["out"].tolist() == [2]


def test_scalar_parameters_take_the_shape_of_the_signal() -> None:
    graph = chain(nc.Input((2, 4)), nc.LIF(0.01, 1.0, 0.0, 1.0), nc.Scale(2.0))
    assert graph.shapes["lif"].output == (2, 4)
    assert graph.check_types()


def test_nested_graphs_pass_shapes_through() -> None:
    inner = nc.NIRGraph(
        {"in": nc.Input(None), "pool": nc.SumPool2d(2, 2, 0), "out": nc.Output(None)},
        [("in", "pool"), ("pool", "out")],
    )
    graph = chain(nc.Input((1, 8, 8)), inner, inner)
    assert graph.shapes["nirgraph"].output == (1, 4, 4)
    assert graph.shapes["nirgraph_1"].output == (1, 2, 2)
    assert graph.shapes.nested["nirgraph_1"]["pool"].input == (1, 4, 4)
    filled = graph.infer_types()
    assert filled.nodes["nirgraph_1"].inputs["in"].shape == (1, 4, 4)


def test_deep_nesting_costs_linear_time() -> None:
    graph: nc.NIRNode = nc.Scale(1.0)
    for _ in range(60):
        graph = nc.NIRGraph(
            {"in": nc.Input(None), "x": graph, "out": nc.Output(None)},
            [("in", "x"), ("x", "out")],
            type_check=False,
        )
    whole = chain(nc.Input([4]), graph)
    assert whole.shapes["output"].input == (4,)


def test_cycles_are_no_obstacle() -> None:
    graph = nc.NIRGraph(
        {
            "in": nc.Input([2]),
            "a": nc.LI(0.1, 1.0, 0.0),
            "b": nc.Scale(0.5),
            "out": nc.Output(None),
        },
        [("b", "a"), ("a", "b"), ("in", "a"), ("b", "out")],
    )
    assert graph.output_type["out"].tolist() == [2]
