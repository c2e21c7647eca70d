"""Where the modules under nirtorch's names are better than nirtorch on purpose."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest

import nir_core as core

torch = pytest.importorskip("torch")
nn = torch.nn

from nirtorch_support import Leak, lif, to_node  # noqa: E402

from nir_core.compat import nir, nirtorch  # noqa: E402

# load and extract_nir_graph say that they are deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_biases_groups_and_paddings_are_right() -> None:
    graph = nir.NIRGraph.from_list(nir.Affine(np.zeros((3, 2)), np.array([1.0, 2.0, 3.0])))
    assert nirtorch.nir_to_torch(graph, {})(torch.zeros(1, 2))[0].tolist() == [[1, 2, 3]]
    conv = nir.Conv2d((5, 5), np.ones((4, 1, 3, 3)), 1, 1, 1, 4, np.zeros(4))
    pool = nir.SumPool2d(np.array([3, 3]), np.array([2, 2]), np.array([1, 1]))
    graph = nir.NIRGraph.from_list(conv, pool)
    y, _ = nirtorch.nir_to_torch(graph, {})(torch.ones(1, 4, 5, 5))
    expected = nn.functional.conv2d(
        torch.ones(1, 4, 5, 5), torch.ones(4, 1, 3, 3), None, 1, 1, 1, 4
    )
    assert torch.allclose(y, nn.functional.avg_pool2d(expected, 3, 2, 1) * 9)


def test_several_inputs_and_outputs() -> None:
    graph = nir.NIRGraph(
        {
            "a": nir.Input([2]),
            "b": nir.Input([2]),
            "s": nir.Linear(np.eye(2)),
            "x": nir.Output([2]),
            "y": nir.Output([2]),
        },
        [("a", "s"), ("b", "s"), ("s", "x"), ("b", "y")],
    )
    module = nirtorch.nir_to_torch(graph, {})
    one = torch.ones(1, 2)
    x, y, state = module(one, one * 2)
    assert (x.tolist(), y.tolist()) == ([[3, 3]], [[2, 2]])
    assert module(one, one, state)[0].tolist() == [[2, 2]]
    assert module(a=one, b=one)[0].tolist() == [[2, 2]]
    with pytest.raises(core.NirError, match="inputs a, b"):
        module(one)


def test_a_users_map_comes_before_the_default_one() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Conv1d(1, 1, 3))
    graph = nirtorch.torch_to_nir(
        model, {nn.Linear: lambda m: nir.Scale(np.ones(2))}, type_check=False
    )
    kinds = [type(node).__name__ for node in graph.nodes.values()]
    assert kinds == ["Input", "Scale", "Conv1d", "Output"]
    with pytest.raises(core.NirError, match="1: ReLU does not appear"):
        nirtorch.torch_to_nir(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), {})


def test_flatten_counts_the_axes_of_its_input_type() -> None:
    graph = nir.NIRGraph.from_list(nir.Flatten((2, 3, 4), 0))
    module = nirtorch.nir_to_torch(graph, {})
    assert module(torch.ones(5, 2, 3, 4))[0].shape == (5, 24)
    assert module(torch.ones(2, 3, 4))[0].shape == (24,)


def test_own_node_classes_and_whole_graphs_are_mapped() -> None:
    from dataclasses import dataclass

    @dataclass(eq=False)
    class Own(nir.NIRNode):
        def __post_init__(self) -> None:
            self.input_type = {"input": np.array([2])}
            self.output_type = {"output": np.array([2])}

    graph = nir.NIRGraph.from_list(Own(), nir.NIRGraph.from_list(lif(nir)))
    module = nirtorch.nir_to_torch(
        graph, {Own: lambda n: nn.ReLU(), nir.NIRGraph: lambda n: nn.Sigmoid()}
    )
    assert torch.allclose(module(torch.zeros(1, 2))[0], torch.tensor([[0.5, 0.5]]))


def test_a_copied_module_is_independent_and_the_state_is_shared_as_in_nirtorch() -> None:
    graph = nir.NIRGraph.from_list(nir.Linear(np.eye(2)), lif(nir))
    module = nirtorch.nir_to_torch(graph, {nir.LIF: Leak})
    twin = copy.deepcopy(module)
    with torch.no_grad():
        twin.linear.weight.mul_(3)
    x = torch.ones(1, 2)
    assert torch.equal(twin.network._by_path["linear"].weight, twin.linear.weight)
    assert torch.equal(module(x)[1]["lif"] * 3, twin(x)[1]["lif"])
    _, state = module(x)
    _, same = module(x, state)
    assert same is state


def test_signals_are_followed_through_sums_and_reshaping() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = (nn.Linear(4, 4) for _ in range(3))

        def forward(self, x: Any) -> Any:
            x = x.flatten(1)
            y = self.a(x) + self.b(x)
            return self.c(y.view(-1, 4))

    graph = nirtorch.extract_nir_graph(Model(), to_node(nir), torch.rand(1, 2, 2))
    assert sorted(graph.edges) == [
        ("a", "c"),
        ("b", "c"),
        ("c", "output"),
        ("input", "a"),
        ("input", "b"),
    ]


def test_a_lost_signal_is_told() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x: Any) -> Any:
            return self.b(torch.relu(self.a(x)))

    with pytest.warns(core.NirWarning, match="b: where its input comes from"):
        nirtorch.extract_nir_graph(Model(), to_node(nir), torch.rand(1, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error", core.NirWarning)
        nirtorch.extract_nir_graph(nn.Linear(4, 4), to_node(nir), torch.rand(1, 4))
