"""Plasticity rules against closed forms, loops over synapses, and Norse."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from norse_lite import NetworkError, plasticity
from norse_lite.plasticity import (
    STDP,
    RewardSTDP,
    RewardSTDPParameters,
    STDPParameters,
    TsodyksMarkram,
    TsodyksMarkramParameters,
    TsodyksMarkramState,
    stdp_step_conv2d,
    stdp_step_linear,
)

ALGORITHMS = ("additive", "additive_step", "multiplicative_pow", "multiplicative_relu")


def spikes(seed, *shape, p=0.3):
    g = torch.Generator().manual_seed(seed)
    return torch.bernoulli(torch.full(shape, p, dtype=torch.float64), generator=g)


def test_a_pair_of_spikes_gives_the_exponential_window():
    p = STDPParameters(eta_plus=1.0, eta_minus=0.5, tau_pre=10e-3, tau_post=20e-3, hardbound=False)
    for gap in (-30, -7, -1, 1, 4, 25):
        z_pre, z_post = torch.zeros(2, 60, 1, 1, dtype=torch.float64)
        z_pre[30], z_post[30 + gap] = 1, 1
        layer = nn.Linear(1, 1, bias=False).double()
        nn.init.zeros_(layer.weight)
        STDP(layer, p)(z_pre, z_post)
        # The traces are Euler steps of an exponential, which start at dt / tau.
        expected = 0.1 * 0.9**gap if gap > 0 else -0.5 * 0.05 * 0.95**-gap
        assert layer.weight.item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(seed=st.integers(0, 1000))
def test_every_algorithm_is_the_sum_over_pairs(algorithm, seed):
    p = STDPParameters(
        eta_plus=0.1, eta_minus=0.2, a_pre=1.5, a_post=0.7, algorithm=algorithm, mu=0.5
    )
    z_pre, z_post = spikes(seed, 2, 3), spikes(seed + 1, 2, 4)
    g = torch.Generator().manual_seed(seed)
    w = torch.rand(4, 3, generator=g, dtype=torch.float64)
    state = plasticity.STDPState(torch.rand(2, 3).double(), torch.rand(2, 4).double())
    new, after = stdp_step_linear(z_pre, z_post, w, state, p)
    for i in range(4):
        for j in range(3):
            value = w[i, j].item()
            plus, minus = {
                "additive": (1, 1),
                "additive_step": (value < 1, value > 0),
                "multiplicative_pow": ((1 - value) ** 0.5, value**0.5),
                "multiplicative_relu": (1 - value, value),
            }[algorithm]
            for b in range(2):
                t_pre = 0.98 * state.t_pre[b, j].item() + 0.02 * 1.5 * z_pre[b, j].item()
                t_post = 0.98 * state.t_post[b, i].item() + 0.02 * 0.7 * z_post[b, i].item()
                value += 0.1 * plus * z_post[b, i].item() * t_pre
                value -= 0.2 * minus * z_pre[b, j].item() * t_post
                assert after.t_pre[b, j].item() == pytest.approx(t_pre)
            assert new[i, j].item() == pytest.approx(min(max(value, 0), 1))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stride": 2, "padding": 1},
        {"dilation": (1, 2), "padding": (0, 2)},
        {"groups": 2, "padding": 1},
    ],
    ids=str,
)
def test_a_kernel_learns_from_all_its_places(options):
    conv = nn.Conv2d(2, 4, 3, bias=False, **options).double()
    z_pre = spikes(1, 3, 2, 9, 8)
    z_post = spikes(2, *conv(z_pre).shape)
    w = torch.rand(conv.weight.shape, dtype=torch.float64)
    p = STDPParameters(eta_plus=0.1, eta_minus=0.07, hardbound=False)
    new, state = stdp_step_conv2d(z_pre, z_post, w, None, p, **options)
    # Each place of the kernel is a linear synapse between an unfolded patch and an output.
    groups = options.get("groups", 1)
    unfold = nn.Unfold(3, **{k: v for k, v in options.items() if k != "groups"})

    def patches(x):
        return unfold(x).reshape(3, groups, 2 // groups * 9, -1)

    def outputs(x):
        return x.reshape(3, groups, 4 // groups, -1)

    plus = torch.einsum("bgol,bgkl->gok", outputs(z_post), patches(state.t_pre))
    minus = torch.einsum("bgol,bgkl->gok", outputs(state.t_post), patches(z_pre))
    expected = w + (0.1 * plus - 0.07 * minus).reshape(w.shape)
    assert torch.allclose(new, expected, rtol=1e-12)


def test_learning_can_be_cut_in_time_and_changes_the_layer_in_place():
    z_pre, z_post = spikes(3, 40, 2, 5), spikes(4, 40, 2, 3)
    weights = []
    for cuts in ((40,), (13, 27), (1, 39)):
        torch.manual_seed(0)
        layer = nn.Linear(5, 3).double()
        rule, state, start = STDP(layer, STDPParameters(eta_plus=0.01)), None, 0
        assert not list(rule.parameters())
        for n in cuts:
            state = rule(z_pre[start : start + n], z_post[start : start + n], state)
            start += n
        weights.append(layer.weight.detach())
    assert torch.equal(weights[0], weights[1])
    assert torch.equal(weights[0], weights[2])


def test_repeated_order_strengthens_what_comes_before():
    layer = nn.Linear(10, 1, bias=False)
    nn.init.constant_(layer.weight, 0.5)
    z_pre, z_post = torch.zeros(100, 1, 10), torch.zeros(100, 1, 1)
    for k in range(10):
        z_pre[5 * k : 5 * k + 5, 0, k] = 1  # one input after the other
    z_post[48:52] = 1
    rule = STDP(
        layer, STDPParameters(eta_plus=0.05, eta_minus=0.05, algorithm="multiplicative_relu")
    )
    for _ in range(20):
        rule(z_pre, z_post)
    weights = layer.weight[0]
    assert (weights[:9].diff() > 0).all()


def test_a_reward_applies_what_stdp_proposed_and_its_absence_nothing():
    p = RewardSTDPParameters(eta_plus=0.1, eta_minus=0.1, tau_e=50e-3, hardbound=False)
    z_pre, z_post = spikes(5, 30, 2, 4), spikes(6, 30, 2, 3)
    layer = nn.Linear(4, 3, bias=False).double()
    before = layer.weight.detach().clone()
    rule = RewardSTDP(layer, p)
    rewards = torch.zeros(30, dtype=torch.float64)
    state = rule(z_pre, z_post, rewards)
    assert torch.equal(layer.weight, before)
    # Each step's STDP change decays from its step on.
    traces, expected = None, torch.zeros(3, 4, dtype=torch.float64)
    for t in range(30):
        new, traces = stdp_step_linear(z_pre[t], z_post[t], before, traces, p)
        expected = expected + (new - before) * (1 - 1 / 50) ** (29 - t)
    assert torch.allclose(state.eligibility, expected, atol=1e-12)
    rewards[-1] = -2.0
    rule(z_pre, z_post, rewards)
    assert torch.allclose(layer.weight, before - 2 * expected, atol=1e-12)


def test_rewards_teach_a_choice():
    g = torch.Generator().manual_seed(0)
    p = RewardSTDPParameters(eta_plus=0.2, eta_minus=0.0, w_max=1.0)
    layer = nn.Linear(1, 2, bias=False)
    nn.init.constant_(layer.weight, 0.5)
    rule = RewardSTDP(layer, p)
    for _ in range(60):
        chosen = int(torch.rand((), generator=g) < 0.5)
        z_post = torch.zeros(10, 1, 2)
        z_post[5, 0, chosen] = 1
        rewards = torch.zeros(10)
        rewards[-1] = 1.0 if chosen == 1 else -1.0  # only the second neuron is rewarded
        rule(torch.ones(10, 1, 1), z_post, rewards)
    assert layer.weight[1, 0] > 0.6 > 0.4 > layer.weight[0, 0]


def test_convolutional_reward_learning_is_that_of_stdp_without_memory():
    z_pre, z_post, w = spikes(7, 2, 1, 6, 6), spikes(8, 2, 3, 4, 4), torch.rand(3, 1, 3, 3).double()
    p = RewardSTDPParameters(eta_plus=0.01, eta_minus=0.02)
    new, _ = plasticity.reward_stdp_step_conv2d(z_pre, z_post, w, 1.0, None, p)
    expected, _ = stdp_step_conv2d(z_pre, z_post, w, None, p)
    assert torch.equal(new, expected)


def test_release_follows_the_differential_equations_between_spikes():
    dt, tau_f, tau_d, release = 1e-5, 40e-3, 300e-3, 0.3
    layer = TsodyksMarkram(tau_f=tau_f, tau_d=tau_d, U=release, dt=dt)
    times = (10e-3, 22e-3, 60e-3, 61e-3)
    z = torch.zeros(8000, 1, 1, dtype=torch.float64)
    for t in times:
        z[round(t / dt)] = 1
    y, _ = layer(z)
    u, x, last, expected = 0.0, 1.0, 0.0, []
    for t in times:
        u *= np.exp(-(t - last) / tau_f)
        x = 1 - (1 - x) * np.exp(-(t - last) / tau_d)
        u += release * (1 - u)
        expected.append(u * x)
        x -= u * x
        last = t
    found = y[[round(t / dt) for t in times]].flatten()
    assert torch.allclose(found, torch.tensor(expected, dtype=torch.float64), rtol=2e-3)
    assert int((y != 0).sum()) == len(times)


def test_short_term_plasticity_can_be_cut_and_learned_through():
    layer, z = TsodyksMarkram(), spikes(9, 30, 2, 3).requires_grad_()
    y, state = layer(z)
    first, middle = layer(z[:11])
    second, end = layer(z[11:], middle)
    assert torch.equal(torch.cat([first, second]), y)
    assert torch.equal(end.x, state.x)
    y.sum().backward()
    assert z.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: STDPParameters(algorithm="hebb"), "algorithm must be one of"),
        (lambda: STDPParameters(tau_pre=0.0), "tau_pre must be a positive"),
        (lambda: STDPParameters(w_min=2.0), "w_min 2.0 must not be above"),
        (lambda: STDP(nn.Flatten()), "nn.Linear or nn.Conv2d"),
        (lambda: STDP(nn.Conv2d(1, 1, 3, padding="same")), "padding of the convolution as a num"),
        (
            lambda: stdp_step_linear(torch.ones(1, 2), torch.ones(1, 3), torch.ones(2, 3)),
            r"\(n_post, n_pre\) = \(3, 2\)",
        ),
        (
            lambda: STDP(nn.Linear(2, 2))(torch.ones(3, 1, 2), torch.ones(4, 1, 2)),
            "same, positive length",
        ),
        (lambda: RewardSTDPParameters(tau_e=-1.0), "tau_e"),
        (lambda: TsodyksMarkram(tau_f=0.0), "tau_f and tau_d"),
        (lambda: TsodyksMarkram()(torch.zeros(0, 1)), r"must be \(T, B, \*shape\)"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(NetworkError, match=message):
        call()


@pytest.mark.interop
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_stdp_gives_the_weights_of_norse(algorithm):
    norse = pytest.importorskip("norse.torch.functional.stdp")
    z_pre, z_post, w = spikes(1, 25, 3, 6), spikes(2, 25, 3, 4), torch.rand(4, 6).double()
    values = {"a_pre": 1.5, "a_post": 0.7, "eta_plus": 0.1, "eta_minus": 0.2, "mu": 0.5}
    p = STDPParameters(tau_pre=1 / 30, tau_post=1 / 15, algorithm=algorithm, **values)
    theirs = norse.STDPParameters(
        tau_pre_inv=torch.tensor(30.0).double(),
        tau_post_inv=torch.tensor(15.0).double(),
        stdp_algorithm=algorithm,
        **{k: torch.tensor(v).double() for k, v in values.items()},
    )
    a, b, state = w, w, None
    s = norse.STDPState(torch.zeros(3, 6).double(), torch.zeros(3, 4).double())
    for t in range(25):
        a, state = stdp_step_linear(z_pre[t], z_post[t], a, state, p)
        b, s = norse.stdp_step_linear(z_pre[t], z_post[t], b, s, theirs)
    assert torch.allclose(a, b, rtol=1e-10)
    assert torch.allclose(state.t_post, s.t_post, rtol=1e-10)


@pytest.mark.interop
@pytest.mark.filterwarnings("ignore")
def test_release_is_that_of_norse():
    norse = pytest.importorskip("norse.torch.functional.tsodyks_makram")
    z = spikes(3, 50, 7)
    state = TsodyksMarkramState(torch.full((7,), 0.3).double(), torch.full((7,), 0.9).double())
    theirs = norse.TsodyksMakramState(*state)
    p = TsodyksMarkramParameters(tau_f=1 / 20, tau_d=0.75)
    for t in range(50):
        y, state = plasticity.tsodyks_markram_step(z[t], state, p)
        expected, theirs = norse.stp_step(z[t], theirs, norse.TsodyksMakramParameters())
        assert torch.allclose(y, expected, rtol=1e-10)
