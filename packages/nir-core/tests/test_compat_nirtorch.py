"""Programs written for nirtorch, run with nirtorch itself (interop) and with ours."""

from __future__ import annotations

import importlib
import inspect
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import nir_core as core

torch = pytest.importorskip("torch")
nn = torch.nn

from nirtorch_support import Leak, affine, lif, run, to_node  # noqa: E402

# load and extract_nir_graph say that they are deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Pair(NamedTuple):
    nir: Any
    nirtorch: Any


PAIRS = [
    pytest.param(("nir", "nirtorch"), marks=pytest.mark.interop, id="originals"),
    pytest.param(("nir", "nir_core.compat.nirtorch"), marks=pytest.mark.interop, id="mixed"),
    pytest.param(("nir_core.compat.nir", "nir_core.compat.nirtorch"), id="ours"),
]


@pytest.fixture(params=PAIRS)
def both(request: pytest.FixtureRequest) -> Pair:
    return Pair(*(pytest.importorskip(name) for name in request.param))


def test_a_graph_runs_step_by_step(both: Pair, tmp_path: Path) -> None:
    nir, nirtorch = both
    linear = nir.Linear(affine(nir).weight)
    graph = nir.NIRGraph.from_list(linear, lif(nir))
    module = nirtorch.nir_to_torch(graph, {nir.LIF: Leak})
    assert isinstance(module.lif, Leak)
    assert isinstance(module.linear, nn.Linear)
    assert module.linear.weight.dtype == torch.float32
    xs = torch.rand(6, 4, 3) * 3
    output, state = run(module, xs)
    v, expected = torch.zeros(4, 2), []
    for x in xs:
        v = v * 0.5 + x @ torch.tensor(linear.weight).T
        expected.append((v > 1).float())
    assert torch.equal(output, torch.stack(expected))
    assert torch.allclose(state["lif"], v)
    assert {"input", "linear", "lif", "output"} <= set(state)
    assert sorted(module.state_dict()) == ["lif.tau", "linear.weight"]
    nir.write(tmp_path / "a.nir", graph)
    again = nirtorch.nir_to_torch(str(tmp_path / "a.nir"), {nir.LIF: Leak})
    assert torch.equal(run(again, xs)[0], output)


def test_a_cycle_carries_the_value_of_the_step_before(both: Pair) -> None:
    nir, nirtorch = both
    one = np.eye(2, dtype=np.float32)
    graph = nir.NIRGraph(
        {
            "input": nir.Input(np.array([2])),
            "a": nir.Linear(one),
            "rec": nir.Linear(one * 0.5),
            "output": nir.Output(np.array([2])),
        },
        [("input", "a"), ("a", "rec"), ("rec", "a"), ("a", "output")],
    )
    module = nirtorch.nir_to_torch(graph, {})
    output, _ = run(module, torch.ones(4, 2))
    assert output[:, 0].tolist() == [1, 1.5, 1.75, 1.875]


def test_nested_graphs_and_odd_names(both: Pair) -> None:
    nir, nirtorch = both
    inner = nir.NIRGraph.from_list(lif(nir))
    nodes = {
        "input": nir.Input(np.array([3])),
        "for": nir.Linear(affine(nir).weight),
        "block": inner,
        "x.y": lif(nir),
        "output": nir.Output(np.array([2])),
    }
    names = list(nodes)
    graph = nir.NIRGraph(nodes, list(pairwise(names)))
    module = nirtorch.nir_to_torch(graph, {nir.LIF: Leak})
    output, state = run(module, torch.ones(3, 1, 3) * 9)
    assert output.shape == (3, 1, 2)
    assert isinstance(module.block.lif, Leak)
    assert isinstance(module.x_y, Leak)
    assert isinstance(module.nir_node_for, nn.Linear)
    assert state["block"]["lif"].shape == (1, 2)


def test_single_nodes_become_their_module(both: Pair) -> None:
    nir, nirtorch = both
    made = nirtorch.nir_to_torch(nir.Linear(np.ones((2, 3), np.float32)), {})
    assert isinstance(made, nn.Linear)
    assert made.bias is None
    made = nirtorch.nir_to_torch(nir.Linear(np.ones((2, 3))), {nir.Linear: lambda n: nn.ReLU()})
    assert isinstance(made, nn.ReLU)
    with pytest.raises(ValueError, match="node_map"):
        nirtorch.nir_to_torch(nir.NIRGraph.from_list(lif(nir)), {})
    with pytest.raises(ValueError, match="nput"):
        nirtorch.nir_to_torch(nir.NIRGraph({}, [], type_check=False), {})


def test_number_types_and_the_deep_copy(both: Pair) -> None:
    nir, nirtorch = both
    graph = nir.NIRGraph.from_list(nir.Linear(np.eye(2)), lif(nir))
    module = nirtorch.nir_to_torch(graph, {nir.LIF: Leak}, dtype=torch.float64)
    assert module.linear.weight.dtype == torch.float64
    assert module.lif.tau.dtype == torch.float64
    assert len(list(module.parameters())) == 2
    assert "linear" in dict(module.named_modules())


def test_models_are_traced(both: Pair) -> None:
    nir, nirtorch = both

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1 = nn.Linear(3, 4)
            self.act = nn.ReLU()
            self.fc2 = nn.Linear(4, 2, bias=False)
            self.skip = nn.Linear(3, 2)

        def forward(self, x: Any) -> Any:
            return self.fc2(self.act(self.fc1(x))) + self.skip(x)

    model = Model()
    graph = nirtorch.torch_to_nir(model, {nn.ReLU: lambda m: nir.Threshold(np.zeros(4))})
    assert list(graph.nodes) == ["x", "fc1", "act", "fc2", "skip", "output"]
    assert sorted(graph.edges) == [
        ("act", "fc2"),
        ("fc1", "act"),
        ("fc2", "output"),
        ("skip", "output"),
        ("x", "fc1"),
        ("x", "skip"),
    ]
    assert graph.nodes["x"].input_type["input"].tolist() == [3]
    assert (graph.nodes["fc1"].weight == model.fc1.weight.detach().numpy()).all()
    assert type(graph.nodes["fc2"]).__name__ == "Linear"
    sequence = nirtorch.torch_to_nir(nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)), {})
    assert list(sequence.nodes) == ["input_1", "_0", "_1", "output"]
    single = nirtorch.torch_to_nir(nn.Linear(2, 3), {})
    assert type(single).__name__ == "Affine"


def test_stateful_modules_are_traced_along_their_output(both: Pair) -> None:
    nir, nirtorch = both

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc, self.lif = nn.Linear(3, 2), Leak(lif(nir))

        def forward(self, x: Any, state: Any = None) -> Any:
            z, state = self.lif(self.fc(x), state)
            return z

    graph = nirtorch.torch_to_nir(
        Two(),
        {Leak: lambda m: lif(nir)},
        stateful_modules={Leak},
        concrete_args={"state": None},
    )
    assert list(graph.nodes) == ["x", "fc", "lif", "output"]
    assert sorted(graph.edges) == [("fc", "lif"), ("lif", "output"), ("x", "fc")]
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ
        nirtorch.torch_to_nir(nn.Sequential(nn.Linear(2, 2), _Square()), {})


class _Square(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)

    def forward(self, x: Any) -> Any:
        return self.fc(x) * x


def test_models_are_extracted_by_running_them(both: Pair) -> None:
    nir, nirtorch = both

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1, self.lif1, self.fc2 = nn.Linear(3, 2), Leak(lif(nir)), nn.Linear(2, 1)

        def forward(self, x: Any) -> Any:
            z, _ = self.lif1(self.fc1(x))
            return self.fc2(z)

    graph = nirtorch.extract_nir_graph(
        Model(), to_node(nir), torch.rand(5, 3), model_name="net", ignore_dims=[0]
    )
    assert sorted(graph.nodes) == ["fc1", "fc2", "input", "lif1", "output"]
    assert sorted(graph.edges) == [
        ("fc1", "lif1"),
        ("fc2", "output"),
        ("input", "fc1"),
        ("lif1", "fc2"),
    ]
    assert graph.nodes["input"].input_type["input"].tolist() == [3]
    assert graph.nodes["output"].output_type["output"].tolist() == [1]
    found = importlib.import_module(f"{nirtorch.__name__}.graph").extract_torch_graph(
        Model(), torch.rand(5, 3), model_name=None
    )
    assert sorted(found.get_edges()) == [("fc1", "lif1"), ("lif1", "fc2")]
    assert [node.name for node in found.get_root()] == ["fc1"]
    assert "fc1 --> lif1;" in found.to_md()


def test_graphs_of_a_model_map_become_part_of_the_graph(both: Pair) -> None:
    nir, nirtorch = both

    def convert(module: Any) -> Any:
        if isinstance(module, nn.Linear):
            return to_node(nir)(module)
        return nir.NIRGraph(
            {
                "input": nir.Input(np.array([2])),
                "lif": lif(nir),
                "w_rec": nir.Linear(np.eye(2)),
                "output": nir.Output(np.array([2])),
            },
            [("input", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
        )

    model = nn.Sequential(nn.Linear(3, 2), _First(Leak(lif(nir))), nn.Linear(2, 1))
    graph = nirtorch.extract_nir_graph(
        model, convert, torch.rand(1, 3), ignore_submodules_of=[_First], ignore_dims=[0]
    )
    assert sorted(graph.nodes) == ["0", "1.lif", "1.w_rec", "2", "input", "output"]
    assert sorted(graph.edges) == [
        ("0", "1.lif"),
        ("1.lif", "1.w_rec"),
        ("1.lif", "2"),
        ("1.w_rec", "1.lif"),
        ("2", "output"),
        ("input", "0"),
    ]


class _First(nn.Module):
    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return self.inner(x)[0]


def test_loaded_graphs_run_with_a_state_object(both: Pair) -> None:
    nir, nirtorch = both

    class Keep(nn.Module):
        def forward(self, x: Any, state: Any = None) -> Any:
            total = x if state is None else state + x
            return total, total

    def model_map(node: Any) -> Any:
        if isinstance(node, nir.Linear):
            return nirtorch.nir_to_torch(node, {})
        return Keep() if isinstance(node, nir.LIF) else None

    linear = nir.Linear(np.eye(2, dtype=np.float32))
    graph = nir.NIRGraph.from_list(linear, lif(nir))
    module = nirtorch.load(graph, model_map)
    y, state = module(torch.ones(1, 2))
    y, state = module(torch.ones(1, 2), state)
    assert y.tolist() == [[2, 2]]
    assert state.state["lif"][0].tolist() == [[2, 2]]
    assert state.cache["linear"].tolist() == [[1, 1]]
    alone = nirtorch.load(graph, model_map, return_state=False)
    assert alone(torch.ones(1, 2)).tolist() == [[1, 1]]


NAMES = [
    "from_nir",
    "graph",
    "graph_executor",
    "graph_utils",
    "nir_interpreter",
    "to_nir",
    "torch_tracer",
    "utils",
]


@pytest.mark.interop
@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_exists_with_the_same_arguments(name: str) -> None:
    pytest.importorskip("nirtorch")
    theirs = importlib.import_module(f"nirtorch.{name}")
    ours = importlib.import_module(f"nir_core.compat.nirtorch.{name}")
    for key, value in vars(theirs).items():
        home = str(getattr(value, "__module__", ""))
        # A part of the machinery of nirtorch's tracer; ours works without patching the graph.
        if key == "module_forward_wrapper" or key.startswith("_") or "nirtorch" not in home:
            continue
        mine = getattr(ours, key)
        if inspect.isfunction(value) or inspect.isclass(value):
            wanted = list(inspect.signature(value).parameters)
            got = list(inspect.signature(mine).parameters)
            assert got[: len(wanted)] == wanted, key
        if inspect.isclass(value):
            missing = [a for a in dir(value) if not a.startswith("_") and not hasattr(mine, a)]
            known = {"get_unique_tensor_id", "original_torch_call", "call_function"}
            known |= {"call_method", "call_module", "instantiate_modules"}
            fields = getattr(mine, "__dataclass_fields__", {})
            assert set(missing) - set(fields) <= known, (key, missing)


def test_modules_are_those_of_torch_with_the_arguments_of_the_nodes(both: Pair) -> None:
    nir = both.nir
    give = importlib.import_module(f"{both.nirtorch.__name__}.nir_interpreter")
    flatten = give.nir_to_torch(nir.Flatten({"input": np.array([1, 2, 4, 4])}, 2, 3), {})
    assert isinstance(flatten, nn.Flatten)
    assert (flatten.start_dim, flatten.end_dim) == (2, 3)
    total = give.nir_to_torch(nir.SumPool2d(2, 1, 0), {})
    assert isinstance(total, nn.LPPool2d)
    assert (total.norm_type, total.kernel_size, total.stride) == (1, 2, 1)
    assert total(torch.ones(3, 5, 5)).tolist() == torch.full((3, 4, 4), 4.0).tolist()
    oblong = give.nir_to_torch(nir.SumPool2d(np.array([2, 1]), np.array([1, 1]), 0), {})
    assert (oblong.kernel_size, oblong.stride) == ((2, 1), (1, 1))
    mean = give.nir_to_torch(nir.AvgPool2d(3, 2, 1), {})
    assert (mean.kernel_size, mean.stride, mean.padding) == (3, 2, 1)
    single = give._map_nir_node_to_torch(affine(nir), {nir.Affine: lambda node: nn.Linear(3, 2)})
    assert isinstance(single, nn.Linear)
    graph = nir.NIRGraph.from_list(affine(nir, 3, 3), affine(nir, 3, 3))
    assert [name for name, _ in give.nir_to_torch(graph, {}).named_children()] == [
        "affine",
        "affine_1",
    ]
    edges = {("a", "b"), ("b", "c"), ("b", "a"), ("c", "a")}
    assert give._find_recursive_inputs("a", edges) == {"b", "c"}


def test_pools_and_flatten_go_to_torch_and_back() -> None:
    nir, nirtorch = (importlib.import_module(f"nir_core.compat.{n}") for n in ("nir", "nirtorch"))
    pool = nir.SumPool2d(np.array([2, 3]), np.array([1, 2]), np.array([1, 0]))
    nodes = [nir.Input(np.array([2, 6, 7])), pool, nir.Flatten(None, 1, 2), nir.Flatten(None, 0)]
    model = nirtorch.nir_to_torch(nir.NIRGraph.from_list(*nodes), {})

    class Same(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pool, self.flat, self.all = model.sumpool2d, model.flatten, model.flatten_1

        def forward(self, x: Any) -> Any:
            return self.all(self.flat(self.pool(x)))

    graph = nirtorch.torch_to_nir(Same(), {}, type_check=False)
    first = next(name for name, node in graph.nodes.items() if isinstance(node, nir.Input))
    graph.nodes[first] = nir.Input(np.array([2, 6, 7]))
    graph.infer_types()
    assert [type(n).__name__ for n in graph.nodes.values()][1:4] == [
        "SumPool2d",
        "Flatten",
        "Flatten",
    ]
    assert graph.nodes["output"].output_type["output"].tolist() == [2 * 7 * 3]
    x = torch.rand(2, 6, 7)
    assert model(x)[0].shape == (42,)
    assert torch.equal(model(x)[0], nirtorch.nir_to_torch(graph, {})(x)[0])


def test_a_state_that_is_added_is_left_out_and_told(both: Pair) -> None:
    class Added(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lin = nn.Linear(3, 2)

        def forward(self, x: Any, state: Any) -> Any:
            return self.lin(x) + state

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        graph = both.nirtorch.torch_to_nir(Added(), {})
    assert sorted(type(n).__name__ for n in graph.nodes.values()) == ["Affine", "Input", "Output"]
    if "nir_core" in both.nirtorch.__name__:
        assert any("left out of the graph" in str(one.message) for one in told)


def test_modules_that_pass_the_signal_are_passed_when_a_model_is_extracted() -> None:
    nir, nirtorch = (importlib.import_module(f"nir_core.compat.{n}") for n in ("nir", "nirtorch"))
    model = nn.Sequential(
        nn.Identity(), nn.Linear(2, 3), nn.Dropout(0.0), nn.Linear(3, 1), nn.Identity()
    )
    kinds = {nn.Linear: lambda m: nir.Linear(m.weight.detach().numpy())}
    graph = nirtorch.extract_nir_graph(
        model, lambda m: kinds.get(type(m), lambda m: None)(m), torch.zeros(1, 2), ignore_dims=[0]
    )
    assert list(graph.edges) == [("input", "1"), ("1", "3"), ("3", "output")]
    assert graph.nodes["output"].output_type["output"].tolist() == [1]
    with pytest.raises(core.NirError, match="gave nothing for ReLU"):
        nirtorch.extract_nir_graph(nn.Sequential(nn.ReLU()), lambda m: None, torch.zeros(1, 2))


def test_modules_around_others_are_traced_beside_them(both: Pair) -> None:
    graph_of = importlib.import_module(f"{both.nirtorch.__name__}.graph")

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.ReLU(), nn.Sigmoid()

        def forward(self, x: Any) -> Any:
            return self.b(self.a(x))

    model = nn.Sequential(Block(), Block())
    with graph_of.GraphTracer(graph_of.named_modules_map(model)) as tracer, torch.no_grad():
        model(torch.ones(1, 2))
    whole = {node.name for node in tracer.graph.node_list}
    assert whole == {"0", "0.a", "0.b", "1", "1.a", "1.b"}
    inner = tracer.graph.leaf_only()
    assert sorted(inner.get_edges()) == [("0.a", "0.b"), ("0.b", "1.a"), ("1.a", "1.b")]
    outer = tracer.graph.ignore_submodules_of([Block]).leaf_only()
    assert outer.get_edges() == [("0", "1")]
    given = graph_of.extract_torch_graph(model, torch.ones(1, 2), None)
    assert set(given.get_edges()) == set(tracer.graph.get_edges())
