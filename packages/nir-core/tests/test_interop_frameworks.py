"""The profiles against the frameworks themselves, on random networks with fresh input."""

from __future__ import annotations

import contextlib
import io
import logging
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nir_core as nc

pytestmark = [
    pytest.mark.interop,
    pytest.mark.filterwarnings("ignore"),
]
pytest.importorskip("nir")
torch = pytest.importorskip("torch")

DT = 1e-4
N = 5


def full(value: float, shape: Any = N) -> np.ndarray:
    return np.full(shape, value)


def lif(tau: float = 2e-3, threshold: float = 0.3) -> nc.LIF:
    return nc.LIF(full(tau), full(1.0), full(0.0), full(threshold))


def cuba(r: float, w_in: float) -> nc.CubaLIF:
    return nc.CubaLIF(
        full(5e-4), full(1e-3), full(r), full(0.0), full(1.0), full(0.0), w_in=full(w_in)
    )


def affine(rng: np.random.Generator, n: int, scale: float) -> nc.Affine:
    return nc.Affine(rng.normal(size=(N, n)) * scale, rng.normal(size=N) * 0.1)


def networks(seed: int) -> dict[str, nc.NIRGraph]:
    rng = np.random.default_rng(seed)
    chain = nc.NIRGraph.from_list
    fc, rec = affine(rng, 4, 1.0), affine(rng, N, 0.5)
    return {
        "lif": chain(affine(rng, 4, 3.0), lif(), affine(rng, N, 9.0), lif(1e-3)),
        "linear": chain(nc.Linear(rng.normal(size=(N, 4)) * 3), lif()),
        "cuba": chain(affine(rng, 4, 1.0), cuba(10.0, 5.0)),
        "cuba with gains": chain(affine(rng, 4, 9.0), cuba(1.5, 1.2)),
        "if": chain(affine(rng, 4, 1.0), nc.IF(full(1.0), full(2.0))),
        "recurrent": nc.NIRGraph(
            {
                "input": nc.Input([4]),
                "fc": fc,
                "lif": cuba(10.0, 5.0),
                "w_rec": rec,
                "output": nc.Output([N]),
            },
            [("input", "fc"), ("fc", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")],
        ),
        "convolution": chain(
            nc.Input((2, 8, 8)),
            nc.Conv2d(None, rng.normal(size=(3, 2, 3, 3)), 1, 1, 1, 1, np.zeros(3)),
            nc.IF(full(1.0, (3, 8, 8)), full(2.0, (3, 8, 8))),
            nc.SumPool2d(2, 2, 0),
            nc.Flatten(None, 0),
            nc.Affine(rng.normal(size=(N, 48)) * 0.3, np.zeros(N)),
            nc.IF(full(1.0), full(2.0)),
        ),
    }


def spikes_for(graph: nc.NIRGraph, seed: int, steps: int = 80) -> np.ndarray:
    (node,) = graph.inputs.values()
    assert node.shape is not None
    return (np.random.default_rng(seed + 100).random((steps, *node.shape)) < 0.3).astype(float)


@pytest.fixture(autouse=True)
def quiet() -> Any:
    """The importers print and log."""
    logging.disable(logging.CRITICAL)
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", networks(0))
def test_norse_gives_the_same_spikes(name: str, seed: int) -> None:
    norse = pytest.importorskip("norse.torch")
    graph = networks(seed)[name]
    x = spikes_for(graph, seed)
    model = norse.from_nir(nc.to_nir(graph), dt=DT).double()
    state, outputs = None, []
    for step in torch.tensor(x):
        y, state = model(step[None]) if state is None else model(step[None], state)
        outputs.append(y.detach().numpy().reshape(-1))
    ours = nc.run(graph, x, dt=DT, profile="norse").output
    assert ours.sum() > 0
    assert (np.array(outputs) == ours).all()


def as_norse_takes_it(node: Any) -> Any:
    """The neuron that norse 1.1.0 computes instead: it leaves out some parameters."""
    zeros = np.zeros(N)
    if isinstance(node, nc.CubaLIF):
        return node.replace(v_reset=zeros)
    return node.replace(r=np.ones(N), v_reset=zeros)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["LIF", "IF", "CubaLIF"])
def test_norse_leaves_out_gains_and_resets_and_nothing_else(kind: str, seed: int) -> None:
    norse = pytest.importorskip("norse.torch")
    rng = np.random.default_rng(seed)

    def some(low: float, high: float) -> np.ndarray:
        return rng.uniform(low, high, N)

    threshold, reset = some(0.1, 0.6), some(-0.05, 0.05)
    node = {
        "LIF": lambda: nc.LIF(
            some(5e-4, 5e-3), some(0.5, 2), some(-0.05, 0.05), threshold, v_reset=reset
        ),
        "IF": lambda: nc.IF(some(0.5, 2), 5 * threshold, v_reset=reset),
        "CubaLIF": lambda: nc.CubaLIF(
            some(3e-4, 2e-3), some(5e-4, 5e-3), some(1, 9), full(0.0), threshold, reset, some(1, 3)
        ),
    }[kind]()
    graph = nc.NIRGraph.from_list(affine(rng, 4, 3.0), node)
    x = spikes_for(graph, seed)
    model = norse.from_nir(nc.to_nir(graph), dt=DT).double()
    state, outputs = None, []
    for step in torch.tensor(x):
        y, state = model(step[None]) if state is None else model(step[None], state)
        outputs.append(y.detach().numpy().reshape(-1))
    name = kind.lower()
    taken = graph.swap({name: as_norse_takes_it(graph.nodes[name])})
    ours = nc.run(taken, x, dt=DT, profile="norse").output
    assert ours.sum() > 0
    assert (np.array(outputs) == ours).all()


# snnTorch 1.0.0 imports IF with a leak, feeds the input of a recurrent network through its
# recurrent weights, and refuses a CubaLIF whose gains are not tau / dt.
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["lif", "linear", "cuba"])
def test_snntorch_gives_the_same_spikes(name: str, seed: int) -> None:
    import_nir = pytest.importorskip("snntorch.import_nir")
    graph = networks(seed)[name]
    x = spikes_for(graph, seed)
    model = import_nir.import_from_nir(nc.to_nir(graph))
    state, outputs = None, []
    for step in torch.tensor(x, dtype=torch.float32):
        y, state = model(step[None], state)
        outputs.append((y[0] if isinstance(y, tuple) else y).detach().numpy()[0])
    ours = nc.run(graph, x, dt=DT, profile="snntorch").output
    assert ours.sum() > 0
    assert (np.array(outputs) == ours).all()


EXPORTERS = {
    "snntorch": """
import snntorch as snn
from snntorch.export_nir import export_to_nir
from snntorch.import_nir import import_from_nir
cell = snn.Leaky(beta=torch.full((5,), 0.9), threshold=torch.ones(5), init_hidden=True)
net = torch.nn.Sequential(torch.nn.Linear(4, 5), cell, torch.nn.Linear(5, 2))
graph = export_to_nir(net, torch.rand(1, 4), ignore_dims=[0])
back = import_from_nir
""",
    "norse": """
import norse.torch as norse
net = norse.SequentialState(torch.nn.Linear(4, 5), norse.LIFBoxCell(), torch.nn.Linear(5, 2))
graph = norse.to_nir(net, torch.rand(4))
back = norse.from_nir
""",
    "spikingjelly": """
from spikingjelly.activation_based import layer, neuron, nir_exchange
cell = neuron.LIFNode(tau=2.0, decay_input=True, v_reset=0.0)
net = torch.nn.Sequential(layer.Linear(4, 5), cell, layer.Linear(5, 2))
graph = nir_exchange.export_to_nir(net, torch.rand(1, 4), dt=1e-4)
back = lambda graph: nir_exchange.import_from_nir(graph, dt=1e-4)
""",
}

FRAME = """
import sys
import torch
from nir_core.compat import stand_in
with stand_in():
    import nir
{body}
    assert type(graph) is nir.NIRGraph, type(graph)
    nir.write(sys.argv[1], graph)
    kinds = [type(node).__name__ for node in nir.read(sys.argv[1]).nodes.values()]
    assert sorted(kinds) == ["Affine", "Affine", "Input", "LIF", "Output"], kinds
    output = back(nir.read(sys.argv[1]))(torch.rand(1, 4))
    output = output[0] if isinstance(output, tuple) else output
    assert output.shape == (1, 2), output.shape
"""


@pytest.mark.parametrize("name", EXPORTERS)
def test_exporters_and_importers_work_with_the_stand_ins(name: str, tmp_path: Path) -> None:
    pytest.importorskip(name)
    body = textwrap.indent(EXPORTERS[name], "    ")
    command = [sys.executable, "-c", FRAME.format(body=body), str(tmp_path / "a.nir")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert nc.read(tmp_path / "a.nir", check="off").check().errors == ()


# spikingjelly 2.0.0 takes only gains that amount to adding the input as it is.
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["lif", "linear", "cuba"])
def test_spikingjelly_gives_the_same_spikes(name: str, seed: int) -> None:
    exchange = pytest.importorskip("spikingjelly.activation_based.nir_exchange")
    functional = pytest.importorskip("spikingjelly.activation_based.functional")
    graph = networks(seed)[name]
    x = spikes_for(graph, seed)
    model = exchange.import_from_nir(nc.to_nir(graph), dt=DT).double()
    functional.reset_net(model)
    state, outputs = None, []
    for step in torch.tensor(x):
        y = model(step[None]) if state is None else model(step[None], state)
        y, state = y if isinstance(y, tuple) else (y, None)
        outputs.append(y.detach().numpy().reshape(-1))
    ours = nc.run(graph, x, dt=DT, profile="nir").output
    assert ours.sum() > 0
    assert (np.array(outputs) == ours).all()


def for_sinabs(graph: nc.NIRGraph) -> nc.NIRGraph:
    """Put what sinabs leaves to the caller into the numbers: tau in steps, the gain dt / tau."""
    changed = {}
    for name, node in graph.nodes.items():
        if isinstance(node, nc.LIF):
            (before,) = [a for a, b in graph.edges if b == name]
            fc = graph.nodes[before]
            assert isinstance(fc, nc.Affine)
            gain = DT / node.tau[:, None]
            changed[name] = node.replace(tau=node.tau / DT)
            changed[before] = fc.replace(weight=fc.weight * gain, bias=fc.bias * gain[:, 0])
    return graph.swap(changed)


# sinabs 3.1.3 imports neither CubaLIF as such nor a Linear without a bias.
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ["lif", "if", "convolution"])
def test_sinabs_gives_the_same_spikes(name: str, seed: int) -> None:
    sinabs_nir = pytest.importorskip("sinabs.nir")
    graph = networks(seed)[name]
    x = spikes_for(graph, seed)
    model = sinabs_nir.from_nir(nc.to_nir(for_sinabs(graph)), batch_size=1)
    state, outputs = None, []
    for step in torch.tensor(x, dtype=torch.float32):
        y = model(step[None]) if state is None else model(step[None], state)
        y, state = y if isinstance(y, tuple) else (y, None)
        outputs.append(y.detach().numpy().reshape(-1))
    ours = nc.run(graph, x, dt=DT, profile="sinabs").output
    assert ours.sum() > 0
    assert (np.array(outputs) == ours).all()


def as_rockpool_takes_it(node: nc.CubaLIF, dt: float) -> nc.CubaLIF:
    """The CubaLIF that rockpool 3.1.0 computes instead: its own gains, w_in left out."""
    gains = {"w_in": np.exp(-dt / node.tau_syn) * node.tau_syn / dt, "r": node.tau_mem / dt}
    return node.replace(v_leak=node.v_leak / -np.expm1(-dt / node.tau_mem), **gains)


@pytest.mark.parametrize("seed", range(4))
def test_rockpool_gives_the_same_spikes_for_the_cubalif_it_computes(seed: int) -> None:
    rockpool_nir = pytest.importorskip("rockpool.nn.modules.torch.nir")
    rng = np.random.default_rng(seed)
    r, tau_mem, tau_syn = (
        float(rng.uniform(*span)) for span in ((5, 40), (0.01, 0.1), (5e-3, 0.05))
    )
    leak, w_in = float(rng.uniform(-0.02, 0.02)), float(rng.uniform(0.5, 4))
    node = nc.CubaLIF(*map(full, (tau_syn, tau_mem, r, leak, 1.0, 0.0, w_in)))
    weight = rng.normal(0.4, 0.7, (N, 3))
    graph = nc.NIRGraph.from_list(nc.Affine(weight, np.zeros(N)), node)
    x = (rng.random((80, 3)) < 0.3).astype(float)
    model = rockpool_nir.from_nir(nc.to_nir(graph))
    (neurons,) = (m for m in model.modules() if type(m).__name__ == "LIFTorch")
    dt = tau_mem / (1 + r)
    assert neurons.dt == pytest.approx(dt, rel=1e-6)
    theirs, _, _ = neurons.evolve(torch.tensor(x @ weight.T, dtype=torch.float32)[None])
    taken = graph.swap({"cubalif": as_rockpool_takes_it(node, dt)})
    ours = nc.run(taken, x, dt=dt, profile="rockpool", dtype="float32").output
    assert ours.max() > 1
    assert (theirs[0].detach().numpy() == ours).all()
