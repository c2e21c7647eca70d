"""Networks through NIR: the same spikes back, the same spikes in the reference interpreter."""

import sys

import numpy as np
import pytest
import torch
from torch import nn

import nir_core
import norse_lite as nl


def randomise(model, seed, scale=2.0):
    """Give every weight and every constant of the neurons a value of its own."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                fan_in = parameter[0].numel()
                parameter.copy_(
                    torch.randn(parameter.shape, generator=generator) * scale / fan_in**0.5
                )
    return model


def per_neuron(low, high, *shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)


MODELS = {
    "lif": lambda: nl.SequentialState(nn.Linear(6, 5), nl.LIF()),
    "bare lif": lambda: nl.LIF(v_th=0.4),
    "box": lambda: nl.SequentialState(nn.Linear(6, 5, bias=False), nl.LIFBox(v_th=0.3)),
    "iaf": lambda: nl.SequentialState(nn.Linear(6, 5), nl.IAF(v_reset=-0.5, r=0.7)),
    "readouts": lambda: nl.SequentialState(
        nn.Linear(6, 5), nl.LI(v_leak=0.1), nn.Linear(5, 4), nl.LIBox(r=2.0)
    ),
    "per neuron": lambda: nl.SequentialState(
        nn.Linear(6, 5),
        nl.LIF(
            tau_mem=per_neuron(4e-3, 2e-2, 5),
            tau_syn=per_neuron(2e-3, 9e-3, 5, seed=1),
            v_leak=per_neuron(-0.2, 0.2, 5, seed=2),
            v_th=per_neuron(0.3, 1.0, 5, seed=3),
            v_reset=per_neuron(-0.4, 0.1, 5, seed=4),
        ),
    ),
    "learned": lambda: nl.SequentialState(
        nn.Linear(6, 5),
        nl.LIF(tau_mem=7.3e-3, tau_syn=3.1e-3, learn=("tau_mem", "tau_syn", "v_th")),
    ),
    "cuba": lambda: nl.SequentialState(nn.Linear(6, 5), nl.CubaLIF(w_in=3.3), nl.CubaLI(w_in=0.7)),
    "subtract": lambda: nl.SequentialState(nn.Linear(6, 5), nl.LIF(v_th=0.5, reset="subtract")),
    "recurrent": lambda: nl.SequentialState(
        nn.Linear(6, 5), nl.LIF(v_th=0.3), nl.LIFRecurrent(5, 7, v_th=0.5), nn.Linear(7, 2), nl.LI()
    ),
    "nested": lambda: nl.SequentialState(
        nl.SequentialState(nn.Linear(6, 5), nl.LIF(v_th=0.4)),
        nl.Lift(nn.Sequential(nn.Linear(5, 4), nn.Dropout(0.5))),
        nl.LIF(v_th=0.2),
    ),
    "conv": lambda: nl.SequentialState(
        nn.Conv2d(2, 4, 3, stride=(2, 1), padding=(1, 0), bias=False),
        nl.LIF(v_th=0.5),
        nn.AvgPool2d(2),
        nn.Conv2d(4, 4, (1, 3), padding="same", groups=2),
        nl.LIFBox(v_th=0.1),
        nl.nir.SumPool2d(2, stride=1),
        nn.Flatten(),
        nn.Linear(4 * 2 * 2, 3),
        nl.LI(),
    ),
    "conv1d": lambda: nl.SequentialState(
        nn.Conv1d(2, 3, 3, dilation=2),
        nl.LIF(v_th=0.3),
        nn.Flatten(),
        nn.Linear(3 * 6, 2),
        nl.LIF(),
    ),
}
SHAPES = {"conv": (2, 12, 8), "conv1d": (2, 10)}


def model_and_input(name, seed):
    model = randomise(MODELS[name](), seed).eval()
    generator = torch.Generator().manual_seed(100 + seed)
    shape = SHAPES.get(name, (6,))
    x = (torch.rand((30, 3, *shape), generator=generator) < 0.3).float() * 1.5
    return model, x


@pytest.mark.parametrize("name", MODELS)
def test_a_network_comes_back_with_the_same_spikes(name, tmp_path):
    model, x = model_and_input(name, 0)
    with torch.no_grad():
        expected, _ = model(x)
        graph = nl.to_nir(model, x)
        loaded = nl.from_nir(graph, dt=1e-3)
        assert torch.equal(loaded(x)[0], expected)
        nir_core.write(tmp_path / "model.nir", graph)
        from_file = nl.from_nir(tmp_path / "model.nir", dt=1e-3)
        assert torch.equal(from_file(x)[0], expected)
    assert expected.any()


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", MODELS)
def test_the_reference_interpreter_gives_the_same_spikes(name, seed):
    model, x = model_and_input(name, seed)
    with torch.no_grad():
        expected, _ = model(x)
    graph = nl.to_nir(model, x)
    assert nir_core.check(graph).ok
    profile = nir_core.semantics_of(graph).profile
    result = nir_core.run(graph, x.numpy(), dt=1e-3, profile=profile, dtype="float32")
    if name in ("readouts", "cuba", "recurrent", "conv"):  # the output is a voltage
        np.testing.assert_allclose(result.output, expected.numpy(), rtol=1e-4, atol=1e-5)
    else:
        np.testing.assert_array_equal(result.output, expected.numpy())


def test_a_loaded_chain_has_the_layers_that_were_exported():
    model, x = model_and_input("recurrent", 0)
    loaded = nl.from_nir(nl.to_nir(model, x), dt=1e-3)
    kinds = [type(module).__name__ for module in loaded]
    assert kinds == ["Linear", "LIF", "LIFRecurrent", "Linear", "LI"]


def test_a_graph_with_branches_and_cycles_runs_in_order():
    a = nir_core.CubaLIF(*[np.full(3, v) for v in (5e-3, 1e-2, 1.0, 0.0, 0.4, 0.0, 5.0)])
    weights = np.linspace(-0.5, 0.9, 9).reshape(3, 3).astype(np.float32)
    graph = nir_core.NIRGraph(
        {
            "in": nir_core.Input([3]),
            "a": a,
            "b": nir_core.Linear(weights),
            "bias": nir_core.Affine(weights.T.copy(), np.full(3, 0.05, np.float32)),
            "scale": nir_core.Scale(np.array([0.5, 1.0, 2.0], np.float32)),
            "c": a,
            "out": nir_core.Output([3]),
        },
        [
            ("in", "a"),
            ("a", "b"),
            ("b", "c"),
            ("a", "scale"),
            ("scale", "c"),
            ("c", "bias"),
            ("bias", "a"),
            ("c", "out"),
        ],
    )
    network = nl.from_nir(graph, dt=1e-3)
    x = (torch.rand(40, 2, 3, generator=torch.Generator().manual_seed(0)) < 0.3).float()
    y, _ = network(x)
    result = nir_core.run(graph, x.numpy(), dt=1e-3, profile="norse", dtype="float32")
    np.testing.assert_array_equal(y.detach().numpy(), result.output)
    assert y.any()
    first, middle = network(x[:17])
    second, _ = network(x[17:], middle)
    assert torch.equal(torch.cat([first, second]), y)


def test_graphs_inside_graphs_are_opened():
    model, x = model_and_input("lif", 0)
    inner = nl.to_nir(model, x)
    outer = nir_core.NIRGraph(
        {"in": nir_core.Input([6]), "block": inner, "out": nir_core.Output([5])},
        [("in", "block"), ("block", "out")],
    )
    loaded = nl.from_nir(outer, dt=1e-3)
    assert [type(m).__name__ for m in loaded] == ["Linear", "LIF"]
    assert torch.equal(loaded(x)[0], model(x)[0])


def test_batch_norm_is_folded_and_dropout_left_out():
    torch.manual_seed(0)
    model = nl.SequentialState(
        nn.Conv2d(2, 4, 3, bias=False),
        nn.BatchNorm2d(4),
        nl.LIF(v_th=0.3),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(4 * 6 * 6, 5, bias=False),
        nn.BatchNorm1d(5),
        nl.LI(),
    )
    x = torch.rand(20, 4, 2, 8, 8)
    model(x)
    with pytest.raises(nl.NetworkError, match=r"module 1 \(BatchNorm2d\).*model.eval\(\)"):
        nl.to_nir(model, x)
    model.eval()
    graph = nl.to_nir(model, x)
    assert not any("BatchNorm" in type(n).__name__ for n in graph.nodes.values())
    assert sorted(graph.nodes) == ["0", "2", "3", "5", "7", "input", "output"]
    loaded = nl.from_nir(graph, dt=1e-3)
    torch.testing.assert_close(loaded(x)[0], model(x)[0], rtol=1e-3, atol=1e-4)


def test_cells_are_exported_from_a_sample_of_one_step():
    torch.manual_seed(0)
    cells = nl.SequentialState(nn.Linear(4, 3), nl.LIFRecurrentCell(3, 2), nl.LICell())
    graph = nl.to_nir(cells, torch.zeros(1, 4))
    x = 4 * torch.rand(20, 2, 4)
    y, _ = nl.from_nir(graph, dt=1e-3)(x)
    state, outputs = None, []
    for x_t in x:
        out, state = cells(x_t, state)
        outputs.append(out)
    assert torch.equal(torch.stack(outputs), y)


def test_what_cannot_be_exported_is_named_with_the_way_out():
    x = torch.rand(2, 1, 2, 8, 8)

    def export(*modules, sample=x, **options):
        return nl.to_nir(nl.SequentialState(*modules), sample, **options)

    with pytest.raises(nl.NetworkError, match=r"module 1 \(MaxPool2d\) has no NIR form \(use Avg"):
        export(nl.LIF(), nn.MaxPool2d(2))
    with pytest.raises(nl.NetworkError, match=r"module 0.1 \(ReLU\).*a neuron in its place"):
        export(nn.Sequential(nn.Conv2d(2, 1, 3), nn.ReLU()))
    with pytest.raises(nl.NetworkError, match=r"module 0 \(LIF\) has steps of 0.0005 s, not dt"):
        export(nl.LIF(dt=5e-4), dt=1e-3)
    with pytest.raises(nl.NetworkError, match="uses the integrator 'exact'"):
        export(nl.LIF(integrator="exact"))
    with pytest.raises(nl.NetworkError, match="fill its input of 8 x 8"):
        export(nn.AvgPool2d(3, ceil_mode=True))
    with pytest.raises(nl.NetworkError, match="use count_include_pad=True"):
        export(nn.AvgPool2d(2, padding=1, count_include_pad=False))
    with pytest.raises(nl.NetworkError, match="use divisor_override=1"):
        export(nn.AvgPool2d(2, divisor_override=3))
    with pytest.raises(nl.NetworkError, match=r"does not take the sample of shape \(1, 1, 7\)"):
        export(nn.Linear(5, 4), sample=torch.rand(2, 1, 7))
    for wrong in (torch.rand(5), torch.rand(0, 1, 5), None, "5"):
        with pytest.raises(nl.NetworkError, match="sample must be an input"):
            export(nl.LIF(), sample=wrong)
    for wrong in (0, -1e-3, float("nan"), "1ms"):
        with pytest.raises(nl.NetworkError, match="dt must be a positive number of seconds"):
            export(nl.LIF(), dt=wrong)
    with pytest.raises(nl.NetworkError, match="must reset alike"):
        export(nl.LIF(), nl.LIF(reset="subtract"))
    with pytest.raises(nl.NetworkError, match="for v_reset = 0 only"):
        export(nl.LIF(reset="subtract", v_reset=0.1))
    with pytest.raises(nl.NetworkError, match="pads with 'reflect'"):
        export(nn.Conv2d(2, 1, 3, padding=1, padding_mode="reflect"))
    with pytest.raises(nl.NetworkError, match="keeps no running statistics"):
        export(nl.LIF(), nn.BatchNorm2d(2, track_running_stats=False).eval())
    with pytest.raises(nl.NetworkError, match=r"\(Dropout\) is random in training mode"):
        export(nn.Dropout())


def test_voltages_counted_from_v_reset_give_the_same_spikes():
    x = 2 * torch.rand(100, 2, 20, generator=torch.Generator().manual_seed(0))
    given = nl.LIF(reset="subtract", v_reset=-0.2, v_th=0.7, v_leak=0.1)
    shifted = nl.LIF(reset="subtract", v_reset=0.0, v_th=0.9, v_leak=0.3)
    assert given(x)[0].sum() > 100
    assert torch.equal(given(x)[0], shifted(x)[0])


@pytest.mark.parametrize(
    "pool",
    [nn.AvgPool2d(2, ceil_mode=True), nn.AvgPool2d((2, 4), divisor_override=1)],
    ids=["fills the image", "sum"],
)
def test_pools_that_nir_writes_otherwise_come_back(pool):
    model = nl.SequentialState(pool, nl.LIF())
    x = 3 * torch.rand(20, 2, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    again = nl.from_nir(nl.to_nir(model, x), dt=1e-3)
    assert torch.equal(again(x)[0], model(x)[0])


def test_parameters_are_learned_by_name_when_loaded():
    graph = nl.to_nir(nl.SequentialState(nn.Linear(4, 3), nl.LIF(), nl.LI()), torch.zeros(1, 1, 4))
    for learn in ("tau_mem", ("tau_mem", "v_th")):
        loaded = nl.from_nir(graph, dt=1e-3, learn=learn, surrogate="triangle")
        names = {name for name, _ in loaded.named_parameters()}
        assert {"1.log_tau_mem", "2.log_tau_mem"} <= names
        assert ("1.v_th" in names) == (learn != "tau_mem")
        assert loaded[1].rules.surrogate == nl.Triangle()


def test_dt_has_no_default_when_loading():
    graph = nl.to_nir(nl.LIF(dt=2e-3), torch.zeros(1, 1, 3))
    with pytest.raises(nl.NetworkError, match=r"dt.*is missing; the graph records dt=0.002"):
        nl.from_nir(graph)
    bare = graph.replace(metadata={})
    with pytest.raises(nl.NetworkError, match="the graph records none"):
        nl.from_nir(bare)
    with pytest.raises(nl.NetworkError, match="positive number of seconds"):
        nl.from_nir(graph, dt=0)


def test_nodes_without_a_module_are_named():
    graph = nir_core.NIRGraph.from_list(nir_core.Delay(np.array([1e-3, 2e-3])))
    with pytest.raises(nl.NetworkError, match="is Delay, which this package cannot run"):
        nl.from_nir(graph, dt=1e-3)


@pytest.mark.interop
def test_graphs_of_the_nir_package_are_accepted():
    nir = pytest.importorskip("nir")
    lif = nir.LIF(np.full(3, 1e-2), np.ones(3), np.zeros(3), np.full(3, 0.3), np.zeros(3))
    graph = nir.NIRGraph.from_list(nir.Linear(np.eye(3)), lif)
    model = nl.from_nir(graph, dt=1e-3)
    assert [type(m).__name__ for m in model] == ["Linear", "LIFBox"]


def test_the_published_trace_of_norse_is_reproduced(shared_nir):
    trace = np.loadtxt(shared_nir / "lif" / "lif_norse.csv", delimiter=",")
    model = nl.from_nir(shared_nir / "lif" / "lif_norse.nir", dt=1e-4).double()
    state, voltages, spikes = None, [], []
    with torch.no_grad():
        for x in torch.from_numpy(trace[:, 0]).reshape(-1, 1, 1, 1):
            z, state = model(x, state)
            spikes.append(z.item())
            voltages.append(state[-1].v.item())
    np.testing.assert_array_equal(spikes, trace[:, 2])
    np.testing.assert_allclose(voltages, trace[:, 1], atol=1e-7)


def test_without_nir_core_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "nir_core", None)
    with pytest.raises(nl.NetworkError, match=r"pip install 'norse-lite\[nir\]'"):
        nl.to_nir(nl.LIF(), torch.zeros(1, 1, 2))


def test_a_float64_graph_can_be_loaded_in_float32():
    model = nl.SequentialState(
        nn.Linear(3, 4), nl.LIF(tau_mem=7e-3), nl.LIFRecurrent(4, 2)
    ).double()
    x = 5 * torch.rand(20, 2, 3)
    graph = nl.to_nir(model, x[:1].double(), dt=1e-3)
    kept = nl.from_nir(graph, dt=1e-3)
    assert kept[0].weight.dtype == torch.float64
    with pytest.raises(nl.NetworkError, match=r"input is float32 and the weights are float64"):
        kept(x)
    single = nl.from_nir(graph, dt=1e-3, dtype=torch.float32)
    y, state = single(x)
    assert y.dtype == state[1].v.dtype == torch.float32
    assert single[1].tau_mem.dtype == torch.float64  # dt / tau is rounded once
    expected = nl.SequentialState(nn.Linear(3, 4), nl.LIF(tau_mem=7e-3), nl.LIFRecurrent(4, 2))
    expected.load_state_dict(model.state_dict())
    assert torch.equal(y, expected(x)[0])
    with pytest.raises(nl.NetworkError, match="dtype must be a floating type"):
        nl.from_nir(graph, dt=1e-3, dtype=torch.int32)
