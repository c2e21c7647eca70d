"""Readouts and losses against independent computations."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from norse_lite import LI, LIF, NetworkError, SequentialState, SuperSpike, decode, loss


def trains(seed, shape=(12, 3, 4), p=0.2):
    g = torch.Generator().manual_seed(seed)
    return torch.bernoulli(torch.full(shape, p, dtype=torch.float64), generator=g)


@given(st.integers(0, 1000), st.integers(1, 5))
def test_spike_times_are_those_that_a_search_finds(seed, k):
    z = trains(seed)
    times = decode.spike_times(z, k, dt=0.5)
    for index in np.ndindex(3, 4):
        found = np.flatnonzero(z[(slice(None), *index)].numpy())[:k].tolist()
        expected = [0.5 * t for t in found + [12] * (k - len(found))]
        assert times[(slice(None), *index)].tolist() == expected


def test_the_gradient_of_a_time_is_minus_one_at_its_spike_or_at_the_end():
    z = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]], requires_grad=True)
    decode.first_spike_time(z).sum().backward()
    assert z.grad.tolist() == [[0.0, 0.0], [-1.0, 0.0], [0.0, -1.0]]


def test_the_exponential_filter_is_a_convolution_and_can_be_cut():
    z = trains(1)
    y = decode.exp_filter(z, tau=4e-3)
    a = np.exp(-1 / 4)
    kernel = (1 - a) * a ** np.arange(12)
    for index in np.ndindex(3, 4):
        column = z[(slice(None), *index)].numpy()
        np.testing.assert_allclose(
            y[(slice(None), *index)].numpy(), np.convolve(column, kernel)[:12], atol=1e-12
        )
    readout = decode.ExpFilter(4, 2, tau=4e-3).double()
    whole, _ = readout(z)
    first, state = readout(z[:5])
    second, _ = readout(z[5:], state)
    assert torch.equal(torch.cat([first, second]), whole)


@given(st.integers(0, 1000), st.floats(1e-3, 50e-3))
def test_van_rossum_is_the_integral_of_the_squared_difference(seed, tau):
    a, b = trains(seed), trains(seed + 1)
    # The closed form of the integral: pairs of spikes contribute exp(-|t_i - t_j| / tau) / 2.
    t = torch.arange(12, dtype=torch.float64) * 1e-3
    kernel = torch.exp(-(t[:, None] - t[None]).abs() / tau) / 2
    d = (a - b).flatten(1)
    expected = torch.einsum("tn,ts,sn->n", d, kernel, d).mean()
    assert torch.allclose(loss.van_rossum(a, b, tau=tau), expected, rtol=1e-9)
    assert loss.van_rossum(a, a, tau=tau) == 0


def test_two_spikes_far_apart_have_distance_one():
    a, b = torch.zeros(2, 500, 1, 1)
    a[10], b[480] = 1, 1
    assert loss.van_rossum(a, b).item() == pytest.approx(1)


def test_cross_entropies_are_those_of_the_readout():
    z, target = trains(3), torch.tensor([0, 2, 3])

    def entropy(scores):
        scores = scores.numpy()
        log_sum = np.log(np.exp(scores).sum(1))
        return (log_sum - scores[np.arange(3), target.numpy()]).mean()

    z_np = z.numpy()
    first = np.where(z_np.any(0), z_np.argmax(0), 12)
    for value, scores in (
        (loss.rate_cross_entropy(z, target, scale=0.5), 0.5 * z.sum(0)),
        (loss.max_membrane_cross_entropy(z * 1.5, target), 1.5 * z.amax(0)),
        (loss.mean_membrane_cross_entropy(z, target), z.mean(0)),
        (loss.first_spike_cross_entropy(z, target, tau=5e-3), torch.tensor(-first / 5)),
    ):
        assert float(value) == pytest.approx(entropy(scores), rel=1e-9)


def test_rates_and_latencies_outside_their_goal_are_penalised():
    z = trains(4, (50, 2, 6))
    target = torch.tensor([1, 5])
    wanted = np.full((2, 6), 0.1)
    wanted[[0, 1], [1, 5]] = 0.8
    assert float(loss.rate_mse(z, target)) == pytest.approx(
        ((z.mean(0).numpy() - wanted) ** 2).mean()
    )
    assert float(loss.count_mse(z, z.sum(0))) == 0
    times = decode.first_spike_time(z, 1e-3)
    assert float(loss.latency_mse(z, times)) == pytest.approx(0, abs=1e-12)
    assert loss.spike_rate_penalty(torch.full((9, 2, 3), 0.1)) == 0
    assert loss.spike_rate_penalty(torch.zeros(9, 2, 3), low=0.1) == pytest.approx(0.01)


def test_wrong_shapes_are_named():
    with pytest.raises(NetworkError, match=r"must be \(T, B, classes\)"):
        loss.rate_cross_entropy(torch.zeros(3, 4), torch.zeros(3))
    with pytest.raises(NetworkError, match=r"one class per sample, \(4,\)"):
        loss.max_membrane_cross_entropy(torch.zeros(3, 4, 2), torch.zeros(3))
    with pytest.raises(NetworkError, match="differ in shape"):
        loss.van_rossum(torch.zeros(3, 4), torch.zeros(3, 5))


@pytest.mark.parametrize(
    "objective",
    [
        loss.rate_cross_entropy,
        loss.first_spike_cross_entropy,
        loss.rate_mse,
        lambda z, y: loss.van_rossum(
            z,
            nn.functional.one_hot(y, 3).double().expand(30, -1, -1)
            * (torch.arange(30) % 5 == 2)[:, None, None],
        ),
    ],
    ids=["rate", "first spike", "rate mse", "van Rossum"],
)
def test_every_spike_loss_teaches_a_small_network(objective):
    torch.manual_seed(0)
    y = torch.arange(12) % 3
    x = nn.functional.one_hot(y, 3).double().repeat_interleave(4, 1).expand(30, -1, -1) * 0.5
    surrogate = SuperSpike(alpha=10)
    model = SequentialState(nn.Linear(12, 3), LIF(surrogate=surrogate)).double()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    values = []
    for _ in range(40):
        value = objective(model(x)[0], y)
        values.append(value.item())
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    assert values[-1] < 0.5 * values[0]


def test_membrane_losses_teach_too():
    torch.manual_seed(0)
    y = torch.arange(12) % 3
    x = nn.functional.one_hot(y, 3).float().expand(20, -1, -1)
    model = SequentialState(nn.Linear(3, 3), LI())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    for _ in range(30):
        v, _ = model(x)
        value = loss.max_membrane_cross_entropy(v, y) + loss.mean_membrane_cross_entropy(v, y)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    assert loss.accuracy(decode.max_membrane(model(x)[0]), y) == 1.0
