"""The torch bridge against the reference interpreter."""

from __future__ import annotations

import copy
import io
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from nir_strategies import SHAPES, graphs, nodes_for

import nir_core as nc
from nir_core.semantics._plan import make_plan
from nir_core.shapes import resolve

torch = pytest.importorskip("torch")
nn = torch.nn

from nir_core.torch import from_torch, to_torch  # noqa: E402

DT = 2**-10
PROFILES = [name for name in nc.PROFILES if name != "exact"] + ["snntorch:subtract"]


def inputs_for(graph: nc.NIRGraph, seed: int, steps: int = 6, batch: int = 2) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        name: rng.normal(size=(steps, batch, *node.shape)).round(2) * 2
        for name, node in graph.inputs.items()
        if node.shape is not None
    }


def named(output: Any, graph: nc.NIRGraph) -> dict[str, Any]:
    return output if isinstance(output, dict) else {next(iter(graph.outputs)): output}


def agree(graph: nc.NIRGraph, profile: str, seed: int, dt: float = DT) -> Any:
    """Compare the bridge with `run`, step by step and as a whole; give the outputs."""
    x = inputs_for(graph, seed)
    expected = named(nc.run(graph, x, dt=dt, profile=profile).output, graph)
    network = to_torch(graph, dt=dt, profile=profile, dtype=torch.float64)
    tensors = {name: torch.tensor(value) for name, value in x.items()}
    with torch.no_grad():
        output, last = network.sequence(tensors)
        state, rows = None, []
        for t in range(len(next(iter(x.values())))):
            y, state = network({name: value[t] for name, value in tensors.items()}, state)
            rows.append(named(y, graph))
    for name, value in named(output, graph).items():
        np.testing.assert_allclose(value.numpy(), expected[name], rtol=1e-9, atol=1e-9)
        stepped = torch.stack([row[name] for row in rows])
        assert torch.equal(stepped, value)
    leaves = torch.utils._pytree.tree_leaves(last)
    for a, b in zip(leaves, torch.utils._pytree.tree_leaves(state), strict=True):
        assert torch.equal(a, b)
    return expected


def calm(graph: nc.NIRGraph) -> bool:
    """Whether no potential comes so close to a threshold that the order of a sum decides."""
    nodes = make_plan(graph, lambda node: False).nodes
    result = nc.run(graph, inputs_for(graph, 0), dt=DT, profile="nir", record="all")
    for path, v in result.voltages.items():
        threshold = getattr(nodes[path], "v_threshold", np.inf)
        if np.isclose(v, threshold, atol=1e-9).any():
            return False
    return True


@given(SHAPES.flatmap(nodes_for), st.sampled_from(PROFILES), st.integers(0, 3))
@settings(max_examples=100)
def test_every_primitive_computes_what_the_interpreter_does(
    node: nc.NIRNode, profile: str, seed: int
) -> None:
    given_shape = resolve(node, None).input
    assume(given_shape is not None)
    graph = nc.NIRGraph.from_list(nc.Input(given_shape), node)
    agree(graph, profile, seed)


def chain(*nodes: nc.NIRNode) -> nc.NIRGraph:
    return nc.NIRGraph.from_list(*nodes)


def lif(n: int = 3, **changes: Any) -> nc.LIF:
    return nc.LIF(np.full(n, 8 * DT), np.full(n, 3.0), np.full(n, 0.1), np.full(n, 0.7), **changes)


def topologies() -> dict[str, nc.NIRGraph]:
    rng = np.random.default_rng(0)
    fc = nc.Affine(rng.normal(size=(3, 3)), rng.normal(size=3))
    rec = nc.Affine(rng.normal(size=(3, 3)), np.full(3, 0.3))
    ends = {"input": nc.Input([3]), "output": nc.Output([3])}
    loop = [("input", "lif"), ("lif", "rec"), ("rec", "lif"), ("lif", "output")]
    inner = nc.NIRGraph({**ends, "lif": lif(), "rec": rec}, loop)
    block = [("input", "a.b"), ("a.b", "block"), ("block", "output"), ("block", "a.b")]
    return {
        "recurrent": inner,
        "nested, recurrent, with a dot in a name": nc.NIRGraph(
            {**ends, "a.b": fc, "block": inner}, block
        ),
        "several inputs and outputs": nc.NIRGraph(
            {
                "left": nc.Input([3]),
                "right": nc.Input([3]),
                "fc": fc,
                "lif": lif(),
                "spikes": nc.Output([3]),
                "sum": nc.Output([3]),
            },
            [
                ("left", "fc"),
                ("right", "lif"),
                ("fc", "lif"),
                ("lif", "spikes"),
                ("fc", "sum"),
                ("left", "sum"),
            ],
        ),
        "a delay in the loop": nc.NIRGraph(
            {**ends, "lif": lif(), "delay": nc.Delay(np.array([1, 2, 5]) * DT), "w": rec},
            [("input", "lif"), ("lif", "delay"), ("delay", "w"), ("w", "lif"), ("lif", "output")],
        ),
        "a loop on itself": nc.NIRGraph(
            {**ends, "lif": lif()}, [("input", "lif"), ("lif", "lif"), ("lif", "output")]
        ),
        "names that torch forbids": nc.NIRGraph(
            {
                "keys": nc.Input([3]),
                "for": fc,
                "items": lif(),
                "x.y": rec,
                "x_y": fc,
                "o": ends["output"],
            },
            [("keys", "for"), ("for", "items"), ("items", "x.y"), ("x.y", "x_y"), ("x_y", "o")],
        ),
        "an output without a source": nc.NIRGraph(
            {**ends, "lif": lif(), "silent": nc.Output([2])},
            [("input", "lif"), ("lif", "output")],
            type_check=False,
        ),
    }


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", topologies())
def test_every_topology_computes_what_the_interpreter_does(name: str, profile: str) -> None:
    expected = agree(topologies()[name], profile, 1)
    assert any(np.any(value) for value in expected.values())


@given(graphs(), st.sampled_from(["nir", "norse", "sinabs", "lava"]))
@settings(max_examples=40)
def test_random_graphs_compute_what_the_interpreter_does(graph: nc.NIRGraph, profile: str) -> None:
    assume(nc.check(graph).ok)
    assume(calm(graph))
    agree(graph, profile, 0)


def test_what_nirtorch_gets_wrong_is_right() -> None:
    rng = np.random.default_rng(3)
    x = torch.tensor(rng.normal(size=(2, 4, 6, 7)))
    groups = nc.Conv2d(None, rng.normal(size=(8, 1, 3, 2)), 1, 0, 1, 4, rng.normal(size=8))
    y, _ = to_torch(chain(nc.Input([4, 6, 7]), groups), dtype=torch.float64)(x)
    weight, bias = torch.tensor(groups.weight), torch.tensor(groups.bias)
    assert torch.allclose(y, nn.functional.conv2d(x, weight, bias, groups=4))
    pool = nc.SumPool2d(3, 2, 1)
    y, _ = to_torch(chain(nc.Input([4, 6, 7]), pool), dtype=torch.float64)(x)
    assert torch.allclose(y, nn.functional.avg_pool2d(x, 3, 2, 1) * 9)
    affine = nc.Affine(np.zeros((3, 2)), [1.0, 2.0, 3.0])
    y, _ = to_torch(chain(affine))(torch.zeros(1, 2))
    assert y.tolist() == [[1, 2, 3]]
    y, _ = to_torch(chain(nc.Input([2, 3]), nc.Flatten(None, 0)))(torch.arange(6.0).view(1, 2, 3))
    assert y.tolist() == [[0, 1, 2, 3, 4, 5]]


def test_the_state_is_never_changed() -> None:
    graph = topologies()["nested, recurrent, with a dot in a name"]
    network = to_torch(graph, dt=DT)
    with torch.no_grad():
        _, state = network(torch.ones(2, 3))
        before = copy.deepcopy(state)
        first = network(torch.ones(2, 3), state)
        second = network(torch.ones(2, 3), state)
    flat = torch.utils._pytree.tree_leaves
    for a, b in zip(flat(state), flat(before), strict=True):
        assert torch.equal(a, b)
    assert torch.equal(first[0], second[0])
    assert {"v"} == set(state["block/lif"])


def test_gradients_reach_the_weights_and_what_is_learned() -> None:
    graph = topologies()["recurrent"]
    network = to_torch(graph, dt=DT, learn=("weight", "bias", "tau"))
    y, _ = network.sequence(torch.rand(30, 4, 3))
    y.sum().backward()
    grads = {name: p.grad for name, p in network.named_parameters() if p.requires_grad}
    assert sorted(grads) == ["nodes.lif.tau", "nodes.rec.bias", "nodes.rec.weight"]
    assert all(g is not None and g.abs().sum() > 0 for g in grads.values())
    li = to_torch(chain(nc.LI([0.1], [2.0], [0.5])), dt=0.01, dtype=torch.float64)
    x = torch.rand(3, 2, 1, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: li.sequence(x)[0], x)


def test_a_trained_network_gives_its_graph() -> None:
    graph = topologies()["nested, recurrent, with a dot in a name"]
    network = to_torch(graph, dt=DT, learn=("weight", "v_threshold"))
    assert network.to_graph() == to_torch(network.to_graph(), dt=DT).to_graph()
    with torch.no_grad():
        network.module("block/rec").weight.mul_(2)
        network.module("block/lif").v_threshold.add_(1)
    trained = from_torch(network)
    old = graph.nodes["block"]
    assert np.allclose(trained.nodes["block"].nodes["rec"].weight, 2 * old.nodes["rec"].weight)
    assert np.allclose(trained.nodes["block"].nodes["lif"].v_threshold, 1.7)
    assert trained.nodes["a.b"].weight.dtype == np.float64
    file = io.BytesIO()
    torch.save(network.state_dict(), file)
    file.seek(0)
    fresh = to_torch(graph, dt=DT)
    fresh.load_state_dict(torch.load(file))
    x = torch.rand(5, 2, 3)
    assert torch.equal(fresh.sequence(x)[0], network.sequence(x)[0])
    assert torch.equal(copy.deepcopy(network).sequence(x)[0], network.sequence(x)[0])


def test_own_modules_take_the_place_of_nodes() -> None:
    class Own(nn.Module):
        def forward(self, x: Any, state: Any = None) -> Any:
            count = 1 if state is None else state + 1
            return x * count, count

    graph = topologies()["recurrent"]
    for key in (nc.LIF, "lif"):
        network = to_torch(graph, node_map={key: lambda node: Own()})
        _, state = network(torch.ones(1, 3))
        _, state = network(torch.ones(1, 3), state)
        assert state["lif"] == 2
    with pytest.raises(nc.NirTypeError, match="expected a torch module"):
        to_torch(graph, node_map={"lif": lambda node: 3})
    with pytest.raises(nc.NirTypeError, match="node classes or paths"):
        to_torch(graph, node_map={3: Own})


def test_errors_say_what_is_missing() -> None:
    with pytest.raises(nc.NirRunError, match="dt, the step in seconds, is missing"):
        to_torch(chain(lif()))
    with pytest.raises(nc.NirRunError, match="positive"):
        to_torch(chain(lif()), dt=0.0)
    with pytest.raises(nc.NirRunError, match="event by event"):
        to_torch(chain(lif()), dt=DT, profile="exact")
    with pytest.raises(nc.NirTypeError, match="got list"):
        to_torch([])
    two = to_torch(topologies()["several inputs and outputs"], dt=DT)
    with pytest.raises(nc.NirRunError, match="'left', 'right'"):
        two(torch.ones(1, 3))
    with pytest.raises(nc.NirTypeError, match="expected a tensor"):
        to_torch(chain(lif()), dt=DT)(np.ones((1, 3)))
    with pytest.raises(nc.NirRunError, match="no node 'lyf'"):
        to_torch(chain(lif()), dt=DT).module("lyf")
    with pytest.raises(nc.NirError, match="cannot be run"):
        to_torch(nc.NIRGraph({"a": nc.Input([2])}, [("a", "b")], type_check=False))


def test_recordings_and_continued_sequences() -> None:
    graph = topologies()["recurrent"]
    network = to_torch(graph, dt=DT, dtype=torch.float64)
    x = torch.rand(10, 2, 3)
    whole, _, recorded = network.sequence(x, record=["rec"])
    head, state = network.sequence(x[:4])
    tail, _ = network.sequence(x[4:], state)
    assert torch.equal(torch.cat([head, tail]), whole)
    expected = nc.run(graph, x.numpy(), dt=DT, profile="nir", record=["rec"]).signals["rec"]
    np.testing.assert_allclose(recorded["rec"].detach().numpy(), expected, rtol=1e-6)


def test_building_takes_linear_time() -> None:
    def calls(n: int) -> int:
        import cProfile
        import pstats

        nodes: dict[str, Any] = {"input": nc.Input([1])}
        nodes |= {f"n{i}": nc.Scale([1.0]) for i in range(n)}
        nodes["output"] = nc.Output([1])
        names = list(nodes)
        graph = nc.NIRGraph(nodes, list(pairwise(names)))
        profiler = cProfile.Profile()
        profiler.runcall(to_torch, graph)
        return pstats.Stats(profiler).total_calls  # type: ignore[attr-defined]

    assert calls(400) < 2.6 * calls(200)


# from_torch


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 4, (3, 2), stride=2, padding=1, bias=False)
        self.drop = nn.Dropout(0.5)
        self.pool = nn.AvgPool2d(2)
        self.block = nn.Sequential(nn.Flatten(), nn.Linear(24, 5))
        self.skip = nn.Linear(5, 5, bias=False)

    def forward(self, x: Any) -> Any:
        x = self.drop(self.conv(x))
        y = self.block(self.pool(x))
        return y + self.skip(y)


def test_a_model_is_traced_and_computes_the_same() -> None:
    torch.manual_seed(0)
    model = Small().eval()
    x = torch.rand(3, 2, 8, 10)
    graph = from_torch(model, x)
    assert list(graph.nodes) == ["x", "conv", "pool", "block.0", "block.1", "skip", "output"]
    assert isinstance(graph.nodes["skip"], nc.Linear)
    assert graph.check().ok
    expected = model(x).detach().numpy()
    got = nc.run(graph, x.numpy()[None], dt=1.0).output[0]
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
    again, _ = to_torch(graph)(x)
    assert torch.allclose(again, model(x), atol=1e-5)


@given(graphs(depth=0))
@settings(max_examples=40)
def test_modules_of_the_bridge_are_traced_back(graph: nc.NIRGraph) -> None:
    for node in graph.nodes.values():
        if isinstance(node, (nc.Input, nc.Output)):
            continue
        module = to_torch(
            nc.NIRGraph(
                {"i": nc.Input(None), "n": node, "o": nc.Output(None)},
                [("i", "n"), ("n", "o")],
                type_check=False,
            ),
            dt=DT,
            dtype=torch.float64,
        ).module("n")
        if isinstance(module, (nn.Sequential, nn.Identity)):
            continue
        back = from_torch(module, type_check=False).nodes["node"]
        assert type(back) is type(node)
        if isinstance(node, nc.Delay):
            continue
        for name in node._parameters:
            old = np.asarray(getattr(node, name))
            got = np.asarray(getattr(back, name))
            assert np.array_equal(np.broadcast_to(old, got.shape), got)


def test_stateful_modules_are_followed_along_their_output() -> None:
    network = to_torch(chain(lif()), dt=DT).module("lif")

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc, self.lif, self.out = nn.Linear(2, 3), network, nn.Linear(3, 1)

        def forward(self, x: Any, state: Any = None) -> Any:
            z, state = self.lif(self.fc(x), state)
            return self.out(z), state

    graph = from_torch(Two(), torch.zeros(1, 2))
    assert list(graph.nodes) == ["x", "fc", "lif", "out", "output"]
    assert graph.nodes["lif"] == lif()
    assert graph.check().ok


def test_several_inputs_and_outputs_are_traced() -> None:
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(2, 3), nn.Linear(4, 3)

        def forward(self, left: Any, right: Any) -> Any:
            total = torch.add(self.a(left), self.b(right))
            return {"sum": total, "flat": total.flatten(1)}

    graph = from_torch(Both(), (torch.zeros(1, 2), torch.zeros(1, 4)))
    assert [n.shape for n in graph.inputs.values()] == [(2,), (4,)]
    assert list(graph.outputs) == ["sum", "flat"]
    assert ("a", "flatten") in graph.edges
    assert ("b", "flatten") in graph.edges


def test_modules_that_nir_does_not_know_are_named() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    with pytest.raises(nc.NirError, match="1: ReLU has no node in NIR"):
        from_torch(model)
    graph = from_torch(model, module_map={nn.ReLU: lambda m: nc.Threshold(np.zeros(2))})
    assert list(graph.nodes) == ["input", "0", "1", "output"]
    passed = from_torch(model, module_map={nn.ReLU: lambda m: None})
    assert list(passed.nodes) == ["input", "0", "output"]
    with pytest.raises(nc.NirError, match="the batch axis"):
        from_torch(nn.Sequential(nn.Flatten(0), nn.Linear(2, 2)))
    with pytest.raises(nc.NirError, match="pads with zeros"):
        from_torch(nn.Sequential(nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect")))

    class Branch(nn.Module):
        def forward(self, x: Any) -> Any:
            return x if x.sum() > 0 else -x

    with pytest.raises(nc.NirError, match="cannot be traced"):
        from_torch(Branch())

    class Product(nn.Module):
        def forward(self, x: Any) -> Any:
            return x * x

    with pytest.raises(nc.NirError, match="'mul' cannot be part"):
        from_torch(Product())


def test_nested_graphs_come_from_modules() -> None:
    inner = topologies()["recurrent"]
    model = nn.Sequential(nn.Linear(3, 3), nn.Identity())
    graph = from_torch(model, module_map={nn.Identity: lambda m: inner})
    assert graph.nodes["1"] == inner
    mixed = nn.Sequential(nn.Linear(3, 3), to_torch(inner, dt=DT))
    assert type(from_torch(mixed).nodes["1"]) is nc.NIRGraph


def test_a_constant_that_is_added_is_refused() -> None:
    class Offset(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(2, 2)
            self.offset = nn.Parameter(torch.ones(2))

        def forward(self, x: Any) -> Any:
            return self.fc(x) + self.offset

    with pytest.raises(nc.NirError, match="constant belongs into a bias"):
        from_torch(Offset(), torch.zeros(1, 2))


def test_tensors_are_parameters_of_nodes() -> None:
    weight = torch.arange(6.0).reshape(2, 3).T
    assert nc.Linear(nn.Parameter(weight)) == nc.Linear(weight.numpy())
    assert nc.Scale(torch.tensor([1.5, 2.0], dtype=torch.bfloat16)) == nc.Scale(
        np.array([1.5, 2.0], np.float32)
    )
