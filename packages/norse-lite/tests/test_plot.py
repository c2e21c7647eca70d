"""Pictures, TensorBoard and Lightning: what is drawn and logged is what was computed."""

import pickle

import numpy as np
import pytest
import torch
from matplotlib import pyplot
from matplotlib.figure import Figure
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from norse_lite import LI, LIF, LIFCell, NetworkError, SequentialState, SuperSpike, plot
from norse_lite.monitor import ActivityMonitor


@pytest.fixture
def ax():
    return Figure().subplots()


def spikes(*shape, p=0.2):
    return torch.bernoulli(torch.full(shape, p), generator=torch.Generator().manual_seed(0))


def test_a_raster_has_a_mark_per_spike_at_its_time_and_neuron(ax):
    z = spikes(30, 3, 2, 5)
    assert plot.raster(z, sample=1, dt=2e-3, ax=ax) is ax
    points = np.asarray(ax.collections[0].get_offsets())
    t, n = np.nonzero(z[:, 1].flatten(1).numpy())
    assert sorted(map(tuple, points)) == sorted(zip(2.0 * t, n * 1.0, strict=True))
    plot.raster(-z, ax=ax)
    assert len(ax.collections) == 3


def test_voltages_are_drawn_with_threshold_and_spikes(ax):
    cell, state, voltages, outputs = LIFCell(), None, [], []
    for x in torch.full((60, 1, 3), 0.6):
        z, state = cell(x, state)
        voltages.append(state.v)
        outputs.append(z)
    v, z = torch.stack(voltages), torch.stack(outputs)
    plot.membrane(v, threshold=1.0, z=z, neurons=[0, 2], ax=ax)
    curves = {line.get_label(): line for line in ax.lines}
    assert set(curves) == {"neuron 0", "neuron 2", "threshold"}
    np.testing.assert_allclose(curves["neuron 2"].get_ydata(), v[:, 0, 2].numpy())
    assert len(ax.collections[0].get_offsets()) == int(z[:, 0, 0].sum()) > 0
    with pytest.raises(NetworkError, match="differ"):
        plot.membrane(v, z=z[:5], ax=ax)


def test_distributions_count_every_weight_and_neuron(ax):
    model = SequentialState(nn.Linear(20, 30), LIF(), nn.Linear(30, 2, bias=False))
    plot.weights(model, bins=10, ax=ax)
    for patch, weight in zip(ax.patches, (model[0].weight, model[2].weight), strict=True):
        values, edges, _ = patch.get_data()
        expected, _ = np.histogram(weight.detach().numpy(), edges, density=True)
        np.testing.assert_allclose(values, expected, rtol=1e-4)
    other = Figure().subplots()
    plot.rates(spikes(50, 4, 17), bins=8, ax=other)
    assert other.patches[0].get_data().values.sum() == 17
    with pytest.raises(NetworkError, match="no weights"):
        plot.weights(LIF(), ax=ax)
    with pytest.raises(NetworkError, match=r"\(T, B, \*shape\)"):
        plot.rates(spikes(5, 4))


def test_surrogate_curves_are_their_derivatives(ax):
    plot.surrogates([SuperSpike(5.0), "triangle"], reach=1.0, ax=ax)
    u, y = ax.lines[0].get_data()
    np.testing.assert_allclose(y, 1 / (5 * np.abs(u) + 1) ** 2, rtol=1e-5)


def test_a_figure_is_made_where_none_is_given():
    pyplot.switch_backend("agg")
    ax = plot.raster(spikes(10, 3))
    assert ax.figure in map(pyplot.figure, pyplot.get_fignums())
    pyplot.close(ax.figure)
    with pytest.raises(NetworkError, match="no sample 5 of 3"):
        plot.raster(spikes(10, 3, 2), sample=5, ax=ax)


class Writer:
    def __init__(self):
        self.scalars, self.histograms = {}, {}

    def add_scalar(self, tag, value, step=None):
        self.scalars[tag, step] = float(value)

    def add_histogram(self, tag, values, step=None):
        self.histograms[tag, step] = values.clone()


def test_a_monitor_writes_rates_and_voltages_of_every_pass():
    torch.manual_seed(0)
    model, writer = SequentialState(nn.Linear(5, 8), LIF(v_th=0.3), nn.Linear(8, 2), LI()), Writer()
    xs = [3 * torch.rand(20, 4, 5) for _ in range(3)]
    with ActivityMonitor(model, writer, every=2):
        for x in xs:
            model(x)
    model(xs[0])
    assert {step for _, step in writer.scalars} == {0, 2}
    for step in (0, 2):
        z, _ = model[:2](xs[step])
        assert writer.scalars["1/rate", step] == pytest.approx(z.mean().item())
        silent = (z.sum((0, 1)) == 0).float().mean().item()
        assert writer.scalars["1/silent", step] == pytest.approx(silent)
        _, state = model(xs[step])
        assert torch.equal(writer.histograms["3/voltages", step], state[3].v)
    with pytest.raises(NetworkError, match="no neuron"):
        ActivityMonitor(nn.Linear(2, 2), writer)


@pytest.mark.filterwarnings("ignore")
def test_tensorboard_takes_what_the_monitor_writes(tmp_path):
    pytest.importorskip("tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    model = SequentialState(nn.Linear(5, 8), LIF())
    with SummaryWriter(tmp_path) as writer, ActivityMonitor(model, writer):
        model(torch.rand(10, 2, 5))
    assert next(tmp_path.iterdir()).stat().st_size > 100


@pytest.mark.filterwarnings("ignore")
def test_lightning_trains_a_network(tmp_path):
    lightning = pytest.importorskip("lightning")
    from norse_lite.lightning import SpikingClassifier

    assert pickle.loads(pickle.dumps(SpikingClassifier)) is SpikingClassifier
    torch.manual_seed(0)
    y = torch.arange(64) % 4
    x = nn.functional.one_hot(y, 4).float().unsqueeze(1).expand(-1, 20, -1)
    model = SequentialState(
        nn.Linear(4, 16), LIF(surrogate=SuperSpike(10.0), v_th=0.3), nn.Linear(16, 4), LI()
    )
    trainer = lightning.Trainer(
        max_epochs=15,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
    )
    module = SpikingClassifier(model, batch_first=True, lr=0.02)
    loader = DataLoader(TensorDataset(x, y), batch_size=16)
    trainer.fit(module, loader, loader)
    assert trainer.callback_metrics["val_accuracy"] > 0.9


def test_what_cannot_be_drawn_is_refused_in_one_sentence():
    broken = nn.Linear(2, 2)
    broken.weight.data[0, 0] = float("nan")
    for message, draw in (
        ("expected a tensor, not NoneType", lambda: plot.raster(None)),
        ("there is nothing to draw", lambda: plot.raster(torch.zeros(0, 1, 3))),
        ("there is nothing to draw", lambda: plot.membrane(torch.zeros(3, 1, 0))),
        ("there is nothing to draw", lambda: plot.rates(torch.zeros(0, 1, 3))),
        ("there is no surrogate", lambda: plot.surrogates([])),
        ("weight has infinite or undefined", lambda: plot.weights(broken)),
    ):
        with pytest.raises(NetworkError, match=message):
            draw()
