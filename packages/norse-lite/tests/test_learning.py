"""Learning rules against autograd, finite differences and closed forms."""

import numpy as np
import pytest
import torch
from torch import nn

from norse_lite import LIF, LIFBox, LIFCell, NetworkError, SequentialState, SuperSpike
from norse_lite.learning import Delay, EPropLIF, EventPropLIF, OTTTCell, eventprop_lif

SURROGATE = SuperSpike(alpha=5.0)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def spikes(seed, *shape, p=0.3):
    g = torch.Generator().manual_seed(seed)
    return torch.bernoulli(torch.full(shape, p, dtype=torch.float64), generator=g)


def run_eprop(layer, x, signals):
    state, outputs = None, []
    for t, x_t in enumerate(x):
        z, state = layer(x_t, state)
        layer.accumulate(signals[t], state)
        outputs.append(z)
    return torch.stack(outputs)


def test_eprop_without_recurrence_is_backpropagation_through_time():
    x, signals = spikes(0, 40, 3, 6), torch.randn(40, 3, 4).double()
    layer = EPropLIF(6, 4, recurrent=False, surrogate=SURROGATE).double()
    with torch.no_grad():
        layer.input_weights.copy_(layer.input_weights.abs())  # enough to spike, whatever the draw
    z = run_eprop(layer, x, signals)
    weights = layer.input_weights.detach().clone().requires_grad_()
    expected, _ = LIF(surrogate=SURROGATE, detach_reset=True)(x @ weights.T)
    assert torch.equal(z, expected)
    assert z.sum() > 5
    (expected * signals).sum().backward()
    assert torch.allclose(layer.input_weights.grad, weights.grad, rtol=1e-10)


def test_eprop_leaves_out_exactly_what_spikes_do_to_other_neurons():
    x, signals = spikes(1, 30, 2, 5), torch.randn(30, 2, 4).double()
    layer = EPropLIF(5, 4, surrogate=SURROGATE).double()
    z = run_eprop(layer, x, signals)
    inner = layer.input_weights.detach().clone().requires_grad_()
    outer = layer.recurrent_weights.detach().clone().requires_grad_()
    cell, state, last, outputs = LIFCell(surrogate=SURROGATE, detach_reset=True), None, None, []
    for x_t in x:
        last = torch.zeros(2, 4).double() if last is None else last
        last, state = cell(x_t @ inner.T + last.detach() @ outer.T, state)
        outputs.append(last)
    out = torch.stack(outputs)
    assert torch.equal(out, z)
    (out * signals).sum().backward()
    assert torch.allclose(layer.input_weights.grad, inner.grad, rtol=1e-9)
    expected = outer.grad.clone().fill_diagonal_(0)
    assert torch.allclose(layer.recurrent_weights.grad, expected, rtol=1e-9)


def test_eprop_is_exact_through_a_smoothing_readout():
    x, target = spikes(2, 40, 2, 5), torch.randn(40, 2, 3).double()
    readout = torch.randn(3, 4).double()
    layer = EPropLIF(5, 4, recurrent=False, tau_out=8e-3, surrogate=SURROGATE).double()
    state, y = None, torch.zeros(2, 3).double()
    for t in range(40):
        z, state = layer(x[t], state)
        y = y + 1 / 8 * (z @ readout.T - y)
        layer.accumulate((y - target[t]) @ readout, state)
    weights = layer.input_weights.detach().clone().requires_grad_()
    z, _ = LIF(surrogate=SURROGATE, detach_reset=True)(x @ weights.T)
    y, loss = torch.zeros(2, 3).double(), 0
    for t in range(40):
        y = y + 1 / 8 * (z[t] @ readout.T - y)
        loss = loss + ((y - target[t]) ** 2).sum() / 2
    loss.backward()
    assert torch.allclose(layer.input_weights.grad, weights.grad, rtol=1e-9)


def test_eprop_learns_a_rate_online():
    torch.manual_seed(0)
    layer = EPropLIF(20, 10, surrogate=SURROGATE, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.02)
    x, rates = spikes(3, 60, 4, 20).float(), []
    for _ in range(30):
        optimizer.zero_grad()
        state, total = None, torch.zeros(4, 10)
        for t, x_t in enumerate(x):
            z, state = layer(x_t, state)
            total = total + z
            layer.accumulate(total / (t + 1) - 0.2, state)
        optimizer.step()
        rates.append(total.mean().item() / 60)
    assert abs(rates[-1] - 0.2) < 0.03 < abs(rates[0] - 0.2)


def ottt_by_hand(x, weights, grads, keep, v_th):
    """Equations 5 to 7 of the paper, for two layers, with numpy."""
    u = [np.zeros((x.shape[1], w.shape[0])) for w in weights]
    traces = [np.zeros((x.shape[1], w.shape[1])) for w in weights]
    total = [np.zeros_like(w) for w in weights]
    outputs = []
    for t in range(len(x)):
        signal, slopes = x[t], []
        for k, w in enumerate(weights):
            traces[k] = keep * traces[k] + signal
            u[k] = keep * u[k] + signal @ w.T
            slopes.append(1 / (5 * np.abs(u[k] - v_th) + 1) ** 2)
            signal = (u[k] > v_th).astype(float)
            u[k] = u[k] - v_th * signal
        outputs.append(signal)
        back = grads[t]
        for k in (1, 0):
            back = back * slopes[k]
            total[k] += back.T @ traces[k]
            back = back @ weights[k]
    return np.stack(outputs), total


def test_ottt_is_the_rule_of_the_paper():
    torch.manual_seed(1)
    x, grads = spikes(4, 25, 3, 6), torch.randn(25, 3, 2).double()
    cells = [
        OTTTCell(nn.Linear(n, m, bias=False), surrogate=SURROGATE, v_th=0.4).double()
        for n, m in ((6, 5), (5, 2))
    ]
    model = SequentialState(*cells)
    state, outputs = None, []
    for t in range(25):
        z, state = model(x[t], state)
        (z * grads[t]).sum().backward()
        outputs.append(z.detach())
    weights = [c.synapse.weight.detach().numpy() for c in cells]
    expected, total = ottt_by_hand(x.numpy(), weights, grads.numpy(), 0.9, 0.4)
    assert expected.sum() > 3
    np.testing.assert_array_equal(torch.stack(outputs).numpy(), expected)
    for cell, grad in zip(cells, total, strict=True):
        np.testing.assert_allclose(cell.synapse.weight.grad.numpy(), grad, rtol=1e-9, atol=1e-12)


def test_ottt_of_one_layer_below_threshold_is_backpropagation_through_time():
    x, grads = spikes(5, 20, 2, 4), torch.randn(20, 2, 3).double()
    cell = OTTTCell(nn.Linear(4, 3, bias=False), v_th=50.0, surrogate=SuperSpike(0.01)).double()
    state = None
    for t in range(20):
        z, state = cell(x[t], state)
        (z * grads[t]).sum().backward()
    weights = cell.synapse.weight.detach().clone().requires_grad_()
    # LIFBox with the gain that undoes its dt / tau is the same membrane.
    layer = LIFBox(r=10.0, v_th=50.0, surrogate=SuperSpike(0.01), detach_reset=True)
    z, _ = layer(x @ weights.T)
    (z * grads).sum().backward()
    assert torch.allclose(cell.synapse.weight.grad, weights.grad, rtol=1e-9)


def dense_spikes(times, weights, tau_mem, tau_syn, v_th, duration, dt=5e-6):
    """Spike times of the differential equations in very small exact steps."""
    v, i = np.zeros(len(weights)), np.zeros(len(weights))
    inputs = sorted((t, n) for n, row in enumerate(times) for t in row if t < duration)
    spikes, k = [[] for _ in weights], 0
    for step in range(round(duration / dt)):
        while k < len(inputs) and inputs[k][0] <= step * dt:
            i = i + weights[:, inputs[k][1]]
            k += 1
        v = v + dt / tau_mem * (i - v)
        i = i * np.exp(-dt / tau_syn)
        for n in np.flatnonzero(v > v_th):
            spikes[n].append((step + 1) * dt)
            v[n] = 0
    return spikes


OPTIONS = {"tau_mem": 20e-3, "tau_syn": 5e-3, "v_th": 1.0, "duration": 0.06, "max_spikes": 3}


def event_case():
    g = torch.Generator().manual_seed(3)
    times = 0.04 * torch.rand(2, 4, 2, generator=g, dtype=torch.float64)
    weights = 4.0 + 2.0 * torch.randn(3, 4, generator=g, dtype=torch.float64)
    return times, weights


def test_event_times_are_those_of_the_differential_equations():
    times, weights = event_case()
    found = eventprop_lif(times, weights, **OPTIONS)
    for b in range(2):
        values = {k: v for k, v in OPTIONS.items() if k != "max_spikes"}
        expected = dense_spikes(times[b].numpy(), weights.numpy(), **values)
        assert sum(map(len, expected)) > 4
        for n, row in enumerate(expected):
            padded = (row + [0.06] * 3)[:3]
            np.testing.assert_allclose(found[b, n].numpy(), padded, atol=5e-5)


@pytest.mark.parametrize("taus", [(20e-3, 5e-3), (5e-3, 15e-3)])
def test_event_gradients_are_exact(taus):
    times, weights = event_case()
    options = {**OPTIONS, "tau_mem": taus[0], "tau_syn": taus[1]}
    found = eventprop_lif(times, weights, **options)
    assert ((found < 0.06).sum((0, 2)) > 0).sum() >= 2
    coefficients = torch.randn(found.shape, generator=torch.Generator().manual_seed(0)).double()

    def loss(times, weights):
        return (eventprop_lif(times, weights, **options) * coefficients).sum() * 1e3

    inputs = (times.requires_grad_(), weights.requires_grad_())
    assert torch.autograd.gradcheck(loss, inputs, eps=1e-8, atol=1e-3, fast_mode=True)


def test_two_event_layers_learn_to_spike_at_given_times():
    g = torch.Generator().manual_seed(0)
    model = nn.Sequential(
        EventPropLIF(5, 10, scale=25.0, generator=g), EventPropLIF(10, 2, scale=25.0, generator=g)
    ).double()
    times = 0.02 * torch.rand(1, 5, 1, generator=g, dtype=torch.float64)
    start = model(times).detach()
    assert (start < 0.1).all()
    target = start + torch.tensor([[[-1.5e-3], [2e-3]]]).double()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    for _ in range(80):
        loss = ((model(times) - target) * 1e3).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (model(times) - target).abs().max().item() < 0.5e-3


def test_delays_shift_mix_and_can_be_cut():
    x = torch.rand(30, 2, 3, 4)
    layer = Delay(3, torch.tensor([0.0, 3e-3, 2.25e-3]), max_delay=6e-3)
    y, _ = layer(x)
    assert torch.equal(y[:, :, 0], x[:, :, 0])
    assert torch.allclose(y[3:, :, 1], x[:-3, :, 1])
    assert torch.allclose(y[3:, :, 2], 0.75 * x[1:-2, :, 2] + 0.25 * x[:-3, :, 2], atol=1e-6)
    first, state = layer(x[:2])
    second, state = layer(x[2:17], state)
    third, _ = layer(x[17:], state)
    assert torch.equal(torch.cat([first, second, third]), y)
    assert torch.allclose(layer.round_().delay, torch.tensor([0.0, 3e-3, 2e-3]))


@pytest.mark.parametrize("spread", [0.0, 2e-3])
def test_the_gradient_by_the_delay_is_that_of_finite_differences(spread):
    layer = Delay(3, 1e-3 * torch.tensor([0.4, 1.6, 2.3]), max_delay=5e-3, spread=spread).double()
    x, c = torch.rand(20, 2, 3).double(), torch.rand(20, 2, 3).double()
    assert torch.autograd.gradcheck(
        lambda s: (torch.func.functional_call(layer, {"steps": s}, (x,))[0] * c).sum(),
        (layer.steps.detach().clone().requires_grad_(),),
    )


def test_a_delay_is_found_from_far_away_with_a_spread():
    x = spikes(6, 200, 1, 2, p=0.05)
    target = torch.stack([x[:, :, 0].roll(7, 0), x[:, :, 1].roll(3, 0)], 2)[20:]
    layer = Delay(2, 5e-3, max_delay=12e-3, spread=3e-3).double()
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    for epoch in range(150):
        layer.spread = max(0.0, 3e-3 * (1 - epoch / 120))
        loss = ((layer(x)[0][20:] - target) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert torch.allclose(layer.delay, torch.tensor([7e-3, 3e-3]).double(), atol=0.2e-3)


def test_wrong_arguments_are_named():
    with pytest.raises(NetworkError, match=r"must be \(B, 3\)"):
        EPropLIF(3, 4)(torch.ones(2, 5))
    with pytest.raises(NetworkError, match="tau_mem must be at least dt"):
        OTTTCell(nn.Linear(2, 2), tau_mem=1e-4)
    with pytest.raises(NetworkError, match="must differ"):
        eventprop_lif(torch.ones(1, 2, 1), torch.ones(3, 2), tau_mem=5e-3, tau_syn=5e-3)
    with pytest.raises(NetworkError, match=r"times must be \(B, 2, k\)"):
        eventprop_lif(torch.ones(1, 3, 1), torch.ones(3, 2))
    with pytest.raises(NetworkError, match="between 0 and max_delay"):
        Delay(2, 1.0)
    with pytest.raises(NetworkError, match="spread is a time in seconds"):
        Delay(2, spread=1.0)
    with pytest.raises(NetworkError, match=r"\(T, B, 2, \.\.\.\)"):
        Delay(2)(torch.ones(4, 1, 3))
