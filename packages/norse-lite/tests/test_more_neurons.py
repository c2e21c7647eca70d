"""Neurons beyond Norse's golden traces."""

import math

import pytest
import torch

import norse_lite as nl


def run_izhikevich(name, drive, steps=1500):
    behaviour = nl.IZHIKEVICH_BEHAVIOURS[name]
    layer = nl.Izhikevich(**behaviour.parameters)
    x = drive(torch.arange(steps)).double().view(-1, 1, 1)
    z, _ = layer(x, behaviour.state(torch.zeros(1, 1, dtype=torch.float64)))
    return z.flatten().nonzero().flatten().tolist()


def test_izhikevich_neurons_behave_as_in_the_paper():
    def step(value):
        return lambda t: torch.where(t > 100, value, 0.0)

    tonic = run_izhikevich("tonic_spiking", step(14.0))
    assert len(tonic) > 5
    assert len(run_izhikevich("phasic_spiking", step(0.5))) == 1
    gaps = torch.tensor(run_izhikevich("tonic_bursting", step(15.0))).diff()
    assert gaps.max() > 4 * gaps.min()  # bursts and pauses
    adapting = torch.tensor(run_izhikevich("spike_frequency_adaptation", step(30.0))).diff()
    assert adapting[-1] > 1.5 * adapting[0]
    assert not run_izhikevich("integrator", lambda t: torch.zeros(len(t)))


def test_sigma_delta_layers_transmit_the_value_of_a_rectified_unit():
    torch.manual_seed(0)
    signal = torch.cumsum(0.3 * torch.randn(200, 1, 5, dtype=torch.float64), 0)
    changes = torch.diff(signal, dim=0, prepend=torch.zeros(1, 1, 5, dtype=torch.float64))
    sent, _ = nl.SigmaDelta(v_th=0.2)(changes)
    received = torch.cumsum(sent, 0)
    assert ((received - signal.relu()).abs() <= 0.2 + 1e-12).all()
    assert (sent != 0).double().mean() < 0.9


def test_a_resonator_answers_to_its_own_frequency():
    t = torch.arange(1000) * 1e-3
    voltages = []
    for frequency in (5.0, 20.0, 60.0):
        x = 0.05 * torch.sin(2 * math.pi * frequency * t).view(-1, 1, 1)
        cell, state, highest = nl.ResonateFireCell(frequency=20.0, v_th=1e9), None, 0.0
        for x_t in x:
            _, state = cell(x_t, state)
            highest = max(highest, state.v.item())
        voltages.append(highest)
    assert voltages[1] > 2 * voltages[0]
    assert voltages[1] > 2 * voltages[2]


def test_a_masked_parallel_neuron_does_not_see_the_future():
    torch.manual_seed(0)
    psn = nl.PSN(8, masked=True)
    x = torch.randn(8, 2, 3)
    changed = x.clone()
    changed[5:] = torch.randn(3, 2, 3)
    assert torch.equal(psn(x)[0][:5], psn(changed)[0][:5])
    with pytest.raises(nl.NetworkError, match="must have 8 steps, got 7"):
        psn(x[:7])


def test_a_sliding_parallel_neuron_is_a_sum_over_its_window_and_can_be_cut():
    torch.manual_seed(0)
    psn = nl.SlidingPSN(3)
    x = torch.randn(12, 2, 4)
    padded = torch.cat([torch.zeros(2, 2, 4), x])
    h = sum(w * padded[k : k + 12] for k, w in enumerate(psn.weight.detach()))
    z, _ = psn(x)
    assert torch.equal(z, (h > 1).float())
    first, state = psn(x[:1])
    second, state = psn(x[1:7], state)
    third, _ = psn(x[7:], state)
    assert torch.equal(torch.cat([first, second, third]), z)


def test_a_refractory_neuron_is_silent_for_its_time():
    z, _ = nl.LIFRefrac(rho_reset=7.0)(torch.full((200, 1, 1), 5.0))
    times = z.flatten().nonzero().flatten()
    assert len(times) > 5
    assert times.diff().min() > 7


def test_correlation_sensors_decay_in_turn():
    """Pre then post leaves a correlation that has decayed up to the second spike only."""
    t, gap = 60, 20
    x = torch.zeros(t, 1, 1, dtype=torch.float64)
    x[5] = 1.0
    state = nl.CorrelationState(*torch.zeros(3, 1, 1, 1, dtype=torch.float64))
    post = torch.zeros_like(x)
    post[5 + gap] = 1.0
    for pre_t, post_t in zip(x, post, strict=True):
        state = nl.correlation_step(pre_t, post_t, state, eta_p=2.0, decay_c=0.03, decay_ac=0.05)
    assert state.correlation.item() == pytest.approx(2.0 * 0.97**gap)
    assert state.anti.item() == pytest.approx(0.95 ** (t - 5 - gap - 1))
    assert state.after.item() == 1


def test_neurons_with_sensors_fire_as_those_without():
    torch.manual_seed(0)
    weights = {"input_weights": torch.rand(4, 3), "recurrent_weights": torch.rand(4, 4)}
    x = (torch.rand(40, 2, 3) < 0.4).float()
    z, state = nl.LIFCorrelation(3, 4, **weights, tau_c=0.02)(x)
    plain, last = nl.LIFRecurrent(3, 4, **weights)(x)
    assert torch.equal(z, plain)
    assert torch.equal(state.lif.v, last.v)
    assert state.recurrent.correlation.sum() > 0
    with pytest.raises(nl.NetworkError, match="state must be LIFCorrelationState"):
        nl.LIFCorrelation(3, 4)(x, last._replace())  # three fields, as of another neuron
