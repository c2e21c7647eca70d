"""Encoders: what each promises, against independent computations and against Norse."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from norse_lite import LIFParameters, NetworkError, decode, encode

values = st.lists(st.floats(0, 1), min_size=1, max_size=8)


def lif_by_hand(current, steps, tau_mem=10e-3, dt=1e-3):
    v = 0.0
    out = []
    for _ in range(steps):
        v += dt / tau_mem * (current - v)
        out.append(float(v > 1))
        v = 0.0 if v > 1 else v
    return out


def test_a_constant_current_gives_the_spikes_of_a_hand_written_neuron():
    currents = torch.tensor([[0.1, 1.35, 2.0], [4.0, 9.0, -2.0]], dtype=torch.float64)
    z = encode.constant_current_lif_encode(currents, 60, LIFParameters(tau_mem=8e-3))
    for index in np.ndindex(2, 3):
        expected = lif_by_hand(float(currents[index]), 60, tau_mem=8e-3)
        assert z[(slice(None), *index)].tolist() == expected


def test_neurons_of_the_current_encoder_may_differ():
    p = LIFParameters(v_th=torch.tensor([0.5, 1.5, 1e9]))
    z = encode.constant_current_lif_encode(torch.full((3,), 2.0), 50, p).sum(0)
    assert z[0] > z[1] > 0
    assert z[2] == 0
    assert encode.constant_current_lif_encode(torch.tensor(2.0), 9).shape == (9,)


def test_the_latency_code_keeps_exactly_the_first_spike():
    currents = torch.linspace(0.05, 20, 50)
    full = encode.constant_current_lif_encode(currents, 80)
    first = encode.spike_latency_lif_encode(currents, 80)
    assert torch.equal(first.sum(0), (full.sum(0) > 0).float())
    spiking = first.sum(0) > 0
    assert torch.equal(first.argmax(0)[spiking], full.argmax(0)[spiking])
    assert (first.argmax(0)[spiking].diff() <= 0).all()


def test_poisson_rates_are_within_five_standard_deviations():
    x = torch.tensor([0.0, 0.1, 0.5, 1.0])
    steps, p = 40_000, x.double() * 0.2
    z = encode.poisson_encode(x, steps, f_max=200, generator=torch.Generator().manual_seed(5))
    deviation = (z.double().mean(0) - p).abs()
    assert (deviation <= 5 * (p * (1 - p) / steps).sqrt()).all()
    gaps = np.diff(np.flatnonzero(z[:, 3].numpy()))
    assert abs(np.mean(gaps == 1) - 0.2) < 0.02  # memoryless: a spike is followed at once with p


def test_a_generator_decides_the_spikes_and_nothing_else_does():
    x = torch.rand(5, 7)
    a, b = (
        encode.SignedPoissonEncoder(20, 300, generator=torch.Generator().manual_seed(3))(x)
        for _ in range(2)
    )
    assert torch.equal(a, b)
    state = torch.get_rng_state()
    encode.PoissonEncoder(20, generator=torch.Generator())(x)
    assert torch.equal(torch.get_rng_state(), state)


def test_half_precision_keeps_low_rates():
    x = torch.full((2000,), 0.01, dtype=torch.bfloat16)
    z = encode.poisson_encode(x, 100, generator=torch.Generator().manual_seed(0))
    assert z.dtype == torch.bfloat16
    assert 120 < z.float().sum() < 280  # 200 expected


def test_signed_rates_have_the_sign_of_the_value():
    x = torch.tensor([-0.8, 0.0, 0.4])
    z = encode.signed_poisson_encode(x, 5000, generator=torch.Generator().manual_seed(1))
    assert set(z.unique().tolist()) == {-1.0, 0.0, 1.0}
    assert torch.allclose(z.mean(0), 0.1 * x, atol=0.015)
    z = encode.signed_poisson_encode_step(torch.tensor([-2.0, 2.0]))
    assert z.tolist() == [-1.0, 1.0]


def test_population_activities_are_gaussians_around_even_centres():
    x = torch.rand(4, 3, dtype=torch.float64)
    y = encode.population_encode(x, 6, scale=2.0)
    centres = np.linspace(0, 2, 6)
    expected = np.exp(-2 * (x.numpy()[..., None] - centres) ** 2 / 2)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-12)


def test_population_scales_may_differ_between_samples():
    x, scales = torch.rand(4, 3), torch.tensor([[1.0], [2.0], [3.0], [4.0]])
    y = encode.population_encode(x, 5, scale=scales)
    for row in range(4):
        one = encode.population_encode(x[row], 5, scale=float(scales[row]))
        assert torch.allclose(y[row], one)


@given(values, st.integers(1, 30))
def test_time_to_first_spike_is_linear_in_the_value(x, steps):
    z = encode.ttfs_encode(torch.tensor(x, dtype=torch.float64), steps)
    for column, value in zip(z.T, x, strict=True):
        assert column.sum() == float(value > 0)
        if value > 0:
            assert int(column.argmax()) == round((1 - value) * (steps - 1))


@given(st.lists(st.floats(0.11, 5), min_size=1, max_size=6))
def test_the_logarithmic_law_is_the_crossing_of_a_charging_membrane(x):
    z = encode.ttfs_encode(torch.tensor(x, dtype=torch.float64), 4000, law="log", floor=0.1)
    for column, value in zip(z.T, x, strict=True):
        t = 10e-3 * np.log(value / (value - 0.1))
        at = t / 1e-3
        if abs(at - round(at)) > 1e-6 and at < 4000:
            assert int(column.argmax()) == int(at)
            assert column.sum() == 1


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.integers(1, 10))
def test_ranks_follow_a_stable_sort(x, steps):
    z = encode.rank_encode(torch.tensor(x, dtype=torch.float32), steps)
    order = sorted(range(len(x)), key=lambda i: -x[i])
    for rank, i in enumerate(order):
        expected = [float(t == rank) for t in range(steps)]
        assert z[:, i].tolist() == expected


def test_ranks_are_decoded_in_their_order():
    x = torch.rand(3, 9, generator=torch.Generator().manual_seed(2))
    y = decode.rank_order(encode.rank_encode(x))
    assert torch.equal(y.argsort(-1), x.argsort(-1))


@given(st.lists(st.floats(-0.1, 0.1), min_size=1, max_size=60), st.floats(0.1, 0.5))
def test_the_sum_of_delta_spikes_follows_the_signal(moves, threshold):
    signal = torch.tensor(moves, dtype=torch.float64).cumsum(0)
    z = encode.delta_encode(signal, threshold)
    level = signal[0] + threshold * z.cumsum(0)
    assert float((level - signal).abs().max()) < threshold + 1e-12


def test_delta_of_successive_steps_does_not_see_slow_drifts():
    signal = torch.arange(10.0)[:, None] * torch.tensor([0.05, 0.2, -0.2])
    z = encode.delta_encode(signal, 0.1, reference="previous_step")
    assert z.sum(0).tolist() == [0.0, 9.0, -9.0]
    z = encode.DeltaEncoder(0.1, reference="previous_step", signed=False)(signal)
    assert z.sum(0).tolist() == [0.0, 9.0, 0.0]
    assert encode.delta_encode(signal, 0.1).sum(0)[0] == 4


def test_modules_survive_pickling_with_their_generator():
    encoder = encode.PoissonEncoder(30, generator=torch.Generator().manual_seed(8))
    x = torch.rand(3, 4)
    encoder(x)
    again = pickle.loads(pickle.dumps(encoder))
    assert torch.equal(again(x), encoder(x))
    assert "seq_length=30" in repr(again)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: encode.poisson_encode(torch.ones(2, dtype=torch.int64), 5), "floating tensor"),
        (lambda: encode.poisson_encode(torch.ones(2), 0), "positive whole number"),
        (lambda: encode.ttfs_encode(torch.ones(2), 5, law="log"), "floor > 0"),
        (lambda: encode.ttfs_encode(torch.ones(2), 5, law="cubic"), "'linear' or 'log'"),
        (lambda: encode.delta_encode(torch.ones(2), -1), "threshold must be positive"),
        (lambda: encode.population_encode(torch.ones(0), 3), "give scale"),
        (lambda: encode.population_encode(torch.ones(2), 3, torch.ones(3)), "does not fit"),
        (lambda: encode.rank_encode(torch.tensor(1.0)), "single number"),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(NetworkError, match=message):
        call()


@pytest.mark.interop
@pytest.mark.filterwarnings("ignore")
def test_encoders_give_the_spikes_of_norse():
    norse = pytest.importorskip("norse.torch.functional.encode")
    x = torch.rand(6, 5, generator=torch.Generator().manual_seed(4)) * 4
    for name, arguments in (
        ("constant_current_lif_encode", (50,)),
        ("spike_latency_lif_encode", (50,)),
        ("poisson_encode", (50, 70.0, 2e-3)),
        ("poisson_encode_step", (300.0,)),
        ("signed_poisson_encode", (50, 70.0)),
        ("signed_poisson_encode_step", (300.0,)),
        ("population_encode", (7,)),
        ("population_encode", (7, 3)),
    ):
        options = {"generator": None} if "poisson" in name else {}
        results = []
        for module in (norse, encode):
            if options:
                options = {"generator": torch.Generator().manual_seed(9)}
            results.append(getattr(module, name)(x - 2 * ("signed" in name), *arguments, **options))
        assert torch.allclose(*results, rtol=1e-6, atol=0 if "population" not in name else 1e-7), (
            name
        )
    z = encode.poisson_encode(x, 40, generator=torch.Generator().manual_seed(0))
    assert torch.equal(norse.spike_latency_encode(z), encode.spike_latency_encode(z))
