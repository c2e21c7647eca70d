"""Receptive fields against independent formulas and Norse, and accumulation for losses."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from norse_lite import LI, LIF, NetworkError, SequentialState, regularization
from norse_lite import receptive_fields as rf


def test_the_gaussian_is_the_density():
    c = torch.tensor([[2.0, 0.5], [0.5, 1.0]], dtype=torch.float64)
    kernel = rf.gaussian_kernel(7, c, domain=3, x=0.5, y=-1.0)
    grid = np.linspace(-3, 3, 7)
    inverse = np.linalg.inv(c.numpy())
    for i, a in enumerate(grid):
        for j, b in enumerate(grid):
            d = np.array([a - 0.5, b + 1.0])
            expected = math.exp(-d @ inverse @ d / 2) / (2 * math.pi * math.sqrt(1.75))
            assert kernel[i, j].item() == pytest.approx(expected, rel=1e-10)


def test_the_covariance_has_the_asked_axes():
    c = rf.covariance_matrix(*(torch.tensor(v).double() for v in (2.0, 0.5, 0.7)))
    direction = torch.tensor([math.cos(0.7), math.sin(0.7)]).double()
    assert torch.allclose(c @ direction, 4 * direction, rtol=1e-6)


def test_derived_fields_are_those_of_the_analytic_gaussian_where_pixels_are_fine():
    size, domain, scale, angle = 161, 8.0, 3.0, 0.4
    pixel = 2 * domain / (size - 1)
    grid = torch.linspace(-domain, domain, size).double()
    a, b = torch.meshgrid(grid, grid, indexing="ij")
    along, across = (
        a * math.cos(angle) - b * math.sin(angle),
        b * math.cos(angle) + a * math.sin(angle),
    )
    g = torch.exp(-(along**2 + across**2) / (2 * scale))
    g = g / g.sum()
    for order, factor in (
        ((0, 0), 1),
        ((1, 0), -along / scale),
        ((0, 1), -across / scale),
        ((2, 0), along**2 / scale**2 - 1 / scale),
    ):
        field = rf.spatial_receptive_field(
            torch.tensor(scale).double(), angle, 1.0, size, dx=order[0], dy=order[1], domain=domain
        )
        # Derivatives are per pixel and scaled with the variance to their order.
        expected = g * factor * (scale * pixel) ** sum(order)
        inside = (slice(20, -20), slice(20, -20))
        assert torch.allclose(
            field[inside], expected[inside], atol=0.01 * expected.abs().max().item()
        )


def test_fields_may_lie_off_centre():
    field = rf.spatial_receptive_field(1.0, 0.0, 1.0, 17, x=2.0, y=-3.0)
    assert divmod(int(field.argmax()), 17) == (10, 5)


def test_gradients_reach_all_parameters_and_are_right():
    def total(scale, angle, ratio, x, y):
        weights = torch.arange(81, dtype=torch.float64).reshape(9, 9).sin()
        field = rf.spatial_receptive_field(scale, angle, ratio, 9, x, y, dx=1, domain=4)
        return (field * weights).sum()

    values = [torch.tensor(v).double().requires_grad_() for v in (2.0, 0.4, 0.7, 0.3, -0.2)]
    assert torch.autograd.gradcheck(total, values)


def test_banks_hold_each_field_once_or_all():
    scales, angles, ratios = torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.0]), torch.ones(1)
    assert rf.spatial_parameters(scales, angles, ratios, 0).shape == (2, 7)
    assert rf.spatial_parameters(scales, angles, ratios, 0, include_replicas=True).shape == (4, 7)
    bank = rf.spatial_parameters(scales, angles, ratios, 1)
    kernels = rf.spatial_receptive_fields(bank, 9)
    distance = torch.cdist(kernels.flatten(1), kernels.flatten(1)) + torch.eye(len(bank))
    assert distance.min() > 1e-3
    times = rf.spatio_temporal_parameters(scales, angles, ratios, 0, torch.tensor([3.0, 5.0]))
    assert times[:, -1].tolist() == [3.0, 5.0, 3.0, 5.0]


def test_channels_are_summed_or_kept_apart():
    bank = rf.spatial_parameters(torch.tensor([1.0, 2.0]), torch.tensor([0.3]), torch.tensor([0.5]))
    x = torch.rand(2, 3, 12, 12)
    apart = rf.SpatialReceptiveField2d(3, 5, bank, aggregate=False, padding=2)(x)
    summed = rf.SpatialReceptiveField2d(3, 5, bank, padding=2)(x)
    assert apart.shape == (2, 6, 12, 12)
    assert torch.allclose(apart.unflatten(1, (3, 2)).sum(1), summed, atol=1e-5)
    single = rf.SpatialReceptiveField2d(1, 5, bank, padding=2)(x[:, 1:2])
    assert torch.allclose(apart[:, 2:4], single, atol=1e-5)


@pytest.mark.parametrize(
    "kind", [rf.SampledSpatialReceptiveField2d, rf.ParameterizedSpatialReceptiveField2d]
)
def test_learning_finds_the_orientation_of_a_filter(kind):
    target = rf.spatial_receptive_field(2.0, 0.6, 0.5, 9, domain=4).reshape(1, 1, 9, 9)
    fields = kind(
        1,
        9,
        torch.tensor([2.0]),
        torch.tensor([0.2]),
        torch.tensor([0.5]),
        optimize_scales=False,
        optimize_ratios=False,
        domain=4,
    )
    optimizer = torch.optim.Adam([p for p in fields.parameters() if p.requires_grad], lr=0.05)
    for _ in range(60):
        loss = ((fields.weights - target) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert fields.angles.item() == pytest.approx(0.6, abs=0.02)
    assert fields.scales.item() == 2.0


def test_temporal_fields_are_exponential_in_time():
    fields = rf.TemporalReceptiveField((2, 3), n_scales=3, c=2.0, learn=False)
    x = torch.zeros(30, 1, 2, 3)
    x[0] = 1.0
    y, _ = fields(x)
    for k, steps in enumerate((1.0, 2.0, 4.0)):
        expected = (1 / steps) * (1 - 1 / steps) ** torch.arange(30)
        assert torch.allclose(y[:, 0, k, 0, 0], expected, atol=1e-6)
    learned = rf.TemporalReceptiveField((2, 3), time_constants=torch.tensor([5e-3, 10e-3]))
    y, state = learned(x)
    y.sum().backward()
    assert all(p.grad is not None for p in learned.parameters())
    cell = rf.TemporalReceptiveFieldCell((2, 3), time_constants=torch.tensor([5e-3, 10e-3]))
    state, outputs = None, []
    for x_t in x:
        y_t, state = cell(x_t, state)
        outputs.append(y_t)
    assert torch.equal(torch.stack(outputs), y)


def test_space_and_time_are_separable():
    bank = rf.spatial_parameters(torch.tensor([2.0]), torch.tensor([0.3]), torch.tensor([0.5]), 1)
    taus = torch.tensor([4e-3, 16e-3])
    fields = rf.SpatioTemporalReceptiveField2d(2, 5, bank, taus, padding=2)
    x = torch.rand(12, 2, 2, 8, 8)
    y, _ = fields(x)
    assert y.shape == (12, 2, 2, len(bank), 8, 8)
    spatial = rf.SpatialReceptiveField2d(2, 5, bank, padding=2)
    v = torch.zeros(2, len(bank), 8, 8)
    for t in range(12):
        v = v + 1e-3 / 16e-3 * (spatial(x[t]) - v)
        assert torch.allclose(y[t, :, 1], v, atol=1e-5)


def test_wrong_arguments_are_named():
    with pytest.raises(NetworkError, match=r"\(n, 7\) with the columns scale, angle"):
        rf.spatial_receptive_fields(torch.ones(2, 3), 5)
    with pytest.raises(NetworkError, match="unknown option 'bias'"):
        rf.SpatialReceptiveField2d(1, 5, torch.ones(1, 7), bias=True)
    with pytest.raises(NetworkError, match=r"last axes of the input must be \(2, 5\)"):
        rf.TemporalReceptiveField((2, 5))(torch.ones(3, 1, 5))
    with pytest.raises(NetworkError, match="below min_scale"):
        rf.temporal_scale_distribution(3, 4, 2)


@pytest.mark.interop
@pytest.mark.filterwarnings("ignore")
def test_fields_are_those_of_norse():
    norse = pytest.importorskip("norse.torch.functional.receptive_field")
    scales, ratios = torch.tensor([1.5, 3.0]), torch.tensor([0.5, 1.3])
    straight = rf.spatial_parameters(scales, torch.zeros(1), ratios, 2)
    # Where Norse turns a field, it derives it in another direction than its axis.
    turned = rf.spatial_parameters(scales, torch.tensor([0.7, -2.0]), ratios, 0)
    bank = torch.cat([straight, turned])
    ours = rf.spatial_receptive_fields(bank, 11, domain=6)
    theirs = norse.spatial_receptive_fields_with_derivatives(bank[:, [0, 1, 2, 5, 6]], 11, 6)
    assert torch.allclose(ours, theirs, atol=1e-6 * theirs.abs().max().item())
    for arguments in ((4,), (5, 3.0), (3, 1, None, 2.0)):
        assert torch.allclose(
            rf.temporal_scale_distribution(*arguments),
            norse.temporal_scale_distribution(*arguments),
            rtol=1e-4,
        )


def test_regularization_sums_spikes_and_voltages():
    x = torch.rand(20, 2, 4)
    z, state = LIF()(x)
    count = regularization.RegularizationCell()
    for part in (z[:7], z[7:]):
        same, total = count(part, state)
        assert same is part
    assert total == z.sum()
    count.reset()
    assert count(z)[1] == z.sum()
    volts = regularization.RegularizationCell(regularization.voltage_accumulator)
    volts(z, state)
    assert torch.equal(volts(z, state)[1], 2 * state.v)
    with pytest.raises(NetworkError, match="no voltage"):
        volts(z, None)


def test_a_wrapped_neuron_stands_in_a_chain_and_its_sum_has_gradients():
    wrapped = regularization.RegularizationWrapper(LIF())
    model = SequentialState(nn.Linear(4, 8), wrapped, nn.Linear(8, 2), LI())
    x = 5 * torch.rand(30, 3, 4)
    _, state = model(x)
    _, spikes = state[1]
    spikes.backward()
    assert model[0].weight.grad.abs().sum() > 0
    _, again = model(x, state)
    assert again[1][1] >= spikes
    with pytest.raises(NetworkError, match="takes no state"):
        regularization.RegularizationWrapper(nn.Linear(2, 2))
