"""Calibration, examination and counting, on networks whose condition is known."""

import re

import pytest
import torch
from torch import nn

from norse_lite import (
    LI,
    LIF,
    IAFCell,
    LIFCell,
    LIFConvRecurrent,
    LIFRecurrent,
    Lift,
    NetworkError,
    SequentialState,
    SuperSpike,
    Triangle,
    calibrate,
    doctor,
    fluctuation_driven_,
    synops,
)
from norse_lite.diagnose import EnergyModel


def spikes(*shape, p=0.15, seed=0):
    g = torch.Generator().manual_seed(seed)
    return torch.bernoulli(torch.full(shape, p), generator=g)


def deep(*, cells=False):
    torch.manual_seed(0)
    neuron = LIFCell if cells else LIF
    return SequentialState(
        nn.Linear(64, 128), neuron(), nn.Linear(128, 96), neuron(), nn.Linear(96, 10), neuron()
    )


def rates_of(model, x):
    rates, state = [], x
    for module in model:
        state = module(state)[0] if isinstance(module, (LIF, LIFRecurrent)) else module(state)
        if isinstance(module, (LIF, LIFRecurrent)):
            rates.append(state.mean().item())
    return rates


@pytest.mark.parametrize("by", ["weights", "threshold"])
def test_calibration_brings_every_layer_to_the_wanted_rate(by):
    model, x = deep(), spikes(60, 8, 64)
    assert rates_of(model, x)[2] < 0.01
    before = {k: v.clone() for k, v in model.state_dict().items()}
    result = calibrate(model, x, rate=0.08, by=by)
    assert rates_of(model, x) == pytest.approx([0.08] * 3, rel=0.1)
    assert result.reached
    assert [row.after for row in result.rows] == pytest.approx(rates_of(model, x))
    changed = {k for k, v in model.state_dict().items() if not torch.equal(v, before[k])}
    assert all(k.endswith("v_th" if by == "threshold" else ("weight", "bias")) for k in changed)
    assert "->" in str(result)


def test_rates_may_differ_between_layers_and_layers_be_left_alone():
    model, x = deep(), spikes(60, 8, 64)
    weight = model[0].weight.clone()
    calibrate(model, x, {"3": 0.2, "5": 0.02})
    assert rates_of(model, x)[1:] == pytest.approx([0.2, 0.02], rel=0.15)
    assert torch.equal(model[0].weight, weight)
    with pytest.raises(NetworkError, match="'4' is no spiking layer; there are 1, 3, 5"):
        calibrate(model, x, {"4": 0.2})


def test_cells_recurrent_layers_convolutions_and_norms_are_calibrated():
    x = spikes(25, 2, 64)
    model = deep(cells=True)
    assert calibrate(model, x, 0.1).reached
    torch.manual_seed(1)
    model = SequentialState(LIFRecurrent(64, 40), nn.Linear(40, 20), LIF())
    assert calibrate(model, x, 0.06).reached
    assert rates_of(model, x) == pytest.approx([0.06, 0.06], rel=0.1)
    torch.manual_seed(2)
    model = SequentialState(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        LIF(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(36, 9),
        LIF(),
    )
    result = calibrate(model, x.unflatten(2, (1, 8, 8)), 0.1)
    assert [row.changed for row in result.rows] == ["1", "5"]
    assert result.reached


def test_a_layer_that_cannot_fire_is_reported():
    model = SequentialState(nn.Linear(4, 3), LIF())
    nn.init.constant_(model[0].weight, -1.0)
    nn.init.zeros_(model[0].bias)
    result = calibrate(model, spikes(20, 2, 4), 0.1)
    assert not result.reached
    assert "not reached" in str(result)
    with pytest.raises(NetworkError, match="no spiking neuron"):
        calibrate(nn.Linear(4, 3), spikes(20, 2, 4))
    with pytest.raises(NetworkError, match="between 0 and 1"):
        calibrate(model, spikes(20, 2, 4), 2.0)


def test_default_weights_leave_most_neurons_silent_and_fluctuation_driven_ones_do_not():
    x = spikes(100, 16, 64)
    torch.manual_seed(0)
    model = SequentialState(nn.Linear(64, 128), LIF(), nn.Linear(128, 128), LIF())

    def silent(z):
        return (z.sum((0, 1)) == 0).float().mean().item()

    assert silent(model[:2](x)[0]) > 0.3
    g = torch.Generator().manual_seed(0)
    fluctuation_driven_(model, rate=0.15, generator=g)
    first, _ = model[:2](x)
    assert silent(first) < 0.05
    assert silent(model(x)[0]) < 0.2


@pytest.mark.parametrize("xi", [2.0, 4.0])
def test_the_voltage_of_fluctuation_driven_neurons_has_the_promised_deviation(xi):
    model = SequentialState(nn.Linear(400, 300), LIF(v_th=1.5))
    fluctuation_driven_(model, rate=0.05, xi=xi, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        # A readout without threshold has the same voltage as the neuron would have without spikes.
        v, _ = LI()(model[0](spikes(150, 8, 400, p=0.05)))
    assert v[60:].std().item() == pytest.approx(1.5 / xi, rel=0.1)


def test_recurrent_weights_share_the_variance():
    model = SequentialState(LIFRecurrent(200, 300))
    fluctuation_driven_(model, recurrent_share=0.25, generator=torch.Generator().manual_seed(1))
    inner = model[0].input_weights.var() * 200
    outer = model[0].recurrent_weights.var() * 300
    assert (outer / inner).item() == pytest.approx(1 / 3, rel=0.05)
    with pytest.raises(NetworkError, match="no weights before a spiking neuron"):
        fluctuation_driven_(SequentialState(nn.Linear(3, 3), LI()))


def healthy():
    torch.manual_seed(0)
    model = SequentialState(
        nn.Linear(64, 50), LIF(surrogate=SuperSpike(10.0)), nn.Linear(50, 5), LI()
    )
    calibrate(model, spikes(60, 8, 64), 0.08)
    return model


def test_a_healthy_network_has_no_finding_and_is_not_touched():
    model = healthy()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    diagnosis = doctor(model, spikes(60, 8, 64))
    assert diagnosis.ok, str(diagnosis)
    assert diagnosis.rates["1"] == pytest.approx(0.08, rel=0.1)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    assert model[1].rules.surrogate == SuperSpike(10.0)
    assert "nothing found" in str(diagnosis)


def broken(code):
    x, model = spikes(60, 8, 64), healthy()
    if code == "silent":
        model[0].weight.data.mul_(1e-3)
        model[0].bias.data.zero_()
    elif code == "saturated":
        model[0].bias.data.fill_(50.0)
    elif code == "vanishing-surrogate":
        model[1] = LIF(surrogate=Triangle(), v_th=1000.0)
    elif code == "vanishing-gradient":
        model[1] = LIF(surrogate=SuperSpike(1e7))
    elif code == "dt-tau":
        model[1] = LIF(tau_mem=10.0, tau_syn=5.0)
    elif code == "not-finite":
        model[2].weight.data.fill_(float("inf"))
    elif code == "dt-mix":
        model[1] = LIF(dt=2e-3, surrogate=SuperSpike(10.0))
    elif code == "nothing-to-learn":
        model.requires_grad_(False)
    elif code == "dtype-mix":
        model[2].double()
        return model, x
    elif code == "device-mix":
        model[2].to("meta")
    elif code == "input-dtype":
        x = x.long()
    elif code == "empty-input":
        x = torch.zeros_like(x)
    return model, x


@pytest.mark.filterwarnings("ignore:.*dt / tau")
@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("silent", "1"),
        ("saturated", "1"),
        ("vanishing-surrogate", "1"),
        ("vanishing-gradient", "1"),
        ("dt-tau", "1"),
        ("not-finite", "3"),
        ("device-mix", ""),
        ("dt-mix", ""),
        ("nothing-to-learn", ""),
        ("input-dtype", ""),
        ("empty-input", ""),
    ],
)
def test_a_planted_fault_is_found_where_it_is(code, path):
    diagnosis = doctor(*broken(code))
    assert code in diagnosis.codes(path), str(diagnosis)
    assert not diagnosis.ok
    assert all(finding.fix and finding.message for finding in diagnosis.findings)


def test_mixed_precision_is_named():
    model = SequentialState(nn.Linear(64, 5), LIF()).double()
    with pytest.raises(NetworkError, match="input is float32 and the weights are float64"):
        model(spikes(3, 1, 64))
    assert "dtype-mix" in doctor(model, spikes(3, 1, 64)).codes()


def test_following_the_advice_for_a_silent_layer_makes_it_speak():
    model, x = broken("silent")
    calibrate(model, x)
    assert "silent" not in doctor(model, x).codes()


def test_an_undefined_weight_is_found_though_no_output_shows_it():
    model, x = healthy(), spikes(60, 8, 64)
    model[0].weight.data[0, 0] = float("nan")
    diagnosis = doctor(model, x)
    assert "not-finite" in diagnosis.codes("0")
    assert "exploding-gradient" not in diagnosis.codes()


@pytest.mark.parametrize("v_th", [0.02, 1.0, 50.0, 1000.0])
@pytest.mark.parametrize("alpha", [100.0, 1e5])
def test_following_the_advice_for_the_surrogate_makes_the_gradient_reach(v_th, alpha):
    torch.manual_seed(0)
    x = spikes(60, 8, 64)

    def chain(*surrogates):
        torch.manual_seed(0)
        first, second = (LIF(v_th=v_th, surrogate=s) for s in surrogates)
        model = SequentialState(nn.Linear(64, 30), first, nn.Linear(30, 20), second)
        calibrate(model, x, rate=0.05)
        return model

    chosen = {"1": SuperSpike(alpha), "3": SuperSpike(alpha)}
    for finding in doctor(chain(*chosen.values()), x).findings:
        if finding.code == "vanishing-surrogate":
            alpha = re.search(r"surrogate=SuperSpike\(alpha=([^)]+)\)", finding.fix)[1]
            chosen[finding.path] = SuperSpike(float(alpha))
    codes = doctor(chain(*chosen.values()), x).codes()
    assert "vanishing-surrogate" not in codes
    assert "vanishing-gradient" not in codes


@pytest.mark.parametrize("rate", [0.0, 1.0, float("nan"), "5 %"])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(NetworkError, match="rate must lie between 0 and 1"):
        calibrate(healthy(), spikes(20, 2, 64), rate=rate)


def test_synaptic_operations_of_linear_and_recurrent_layers_are_inputs_times_synapses():
    x = spikes(20, 4, 64)
    model = SequentialState(nn.Linear(64, 30), LIF(v_th=0.05), LIFRecurrent(30, 12))
    count = synops(model, x)
    hidden, _ = model[:2](x)
    out, _ = model(x)
    first, _, second = count.rows
    assert first.synops == pytest.approx(x.sum().item() * 30 / 4)
    assert second.synops == pytest.approx(
        (hidden.sum().item() * 12 + out[:-1].sum().item() * 11) / 4
    )
    assert first.dense == 20 * 64 * 30
    assert count.spikes == pytest.approx((hidden.sum() + out.sum()).item() / 4)
    assert count.updates == 20 * (30 + 12)
    costs = EnergyModel(accumulate=1.0, multiply_accumulate=5.0, update=3.0)
    count = synops(model, x, energy=costs)
    assert count.energy == pytest.approx(count.synops + 3 * count.updates)
    graded = synops(model, 0.5 * x, energy=costs)
    assert graded.rows[0].energy == pytest.approx(5 * graded.rows[0].synops)
    assert "4.6 pJ" in synops(model, x).formula
    assert "per sample" in str(count)


@pytest.mark.parametrize(
    "options",
    [{}, {"stride": 2}, {"padding": 1}, {"groups": 2, "padding": 2}, {"dilation": 2}],
    ids=str,
)
def test_operations_of_a_convolution_are_the_weights_that_spikes_meet(options):
    conv, x = nn.Conv2d(2, 4, 3, **options), spikes(3, 2, 2, 9, 8)
    count = synops(SequentialState(conv, LIF()), x).rows[0]
    # A weight meets a spike wherever the gradient of the sum of outputs by the input counts one.
    ones = nn.Conv2d(2, 4, 3, bias=False, **options)
    nn.init.ones_(ones.weight)
    expected = ones(x.flatten(0, 1)).sum().item()
    assert count.synops == pytest.approx(expected / 2)
    full = ones(torch.ones_like(x).flatten(0, 1))
    assert count.dense == full.numel() * 9 * (2 // conv.groups) / 2


def test_cells_and_convolutional_recurrent_layers_count_the_same_way():
    x = spikes(6, 3, 64)
    layer = deep()
    cell = deep(cells=True)
    cell.load_state_dict(layer.state_dict())
    assert synops(cell, x).synops == synops(layer, x).synops
    lifted = SequentialState(nn.Linear(64, 8), Lift(IAFCell()))
    assert synops(lifted, x).dense == 6 * 64 * 8
    model = LIFConvRecurrent(1, 2, 3)
    images = spikes(5, 2, 1, 6, 6)
    count = synops(SequentialState(model), images)
    assert 0 < count.synops <= count.dense
    with pytest.raises(NetworkError, match="no linear layer"):
        synops(nn.Flatten(), x)
