"""Spikes kept as bits between forward and backward: the same gradients, less memory."""

import weakref

import pytest
import torch
from torch import nn

from norse_lite import LI, LIF, EventConv2d, EventLinear, LIFRecurrent, SequentialState
from norse_lite.sparse import _bits, spikes_as_bits


def spikes(*shape, dtype=torch.float32):
    return (torch.rand(shape) < 0.4).to(dtype)


@pytest.fixture
def large(monkeypatch):
    """Take every array for a large one."""
    monkeypatch.setattr(_bits, "LARGE", 0)
    monkeypatch.setattr("norse_lite.fused._recurrent.LARGE", 0)
    monkeypatch.setattr(_bits, "_PRODUCTS", 0)
    monkeypatch.setattr(_bits, "_SMALLEST", 0)


NETWORKS = {
    "linear": lambda: SequentialState(nn.Linear(40, 50), LIF(v_th=0.1), nn.Linear(50, 3), LI()),
    "event": lambda: SequentialState(EventLinear(40, 50), LIF(v_th=0.1), EventLinear(50, 3), LI()),
    "recurrent": lambda: SequentialState(LIFRecurrent(40, 30), nn.Linear(30, 3)),
    "conv": lambda: SequentialState(
        nn.Unflatten(1, (1, 5, 8)), EventConv2d(1, 4, 3), LIF(v_th=0.1), nn.Conv2d(4, 3, 2)
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_keep_their_bits(name, dtype, monkeypatch):
    monkeypatch.setattr(_bits, "_SMALLEST", 0)
    network = NETWORKS[name]().to(dtype)
    x = spikes(30, 20, 40, dtype=dtype).requires_grad_()
    leaves = [x, *network.parameters()]
    expected = torch.autograd.grad(network(x)[0].square().sum(), leaves)
    with spikes_as_bits():
        y = network(x)[0]
    got = torch.autograd.grad(y.square().sum(), leaves)
    for a, b in zip(got, expected, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    "layer", [EventLinear(8, 16), EventConv2d(2, 16, 1), LIFRecurrent(8, 8)], ids=lambda m: type(m)
)
def test_layers_let_go_of_their_spikes(layer, large):
    x = spikes(4, 2, 2, 2) if isinstance(layer, EventConv2d) else spikes(50, 4, 8)
    y = layer(x)
    y, kept = (y[0], None) if isinstance(y, tuple) else (y, x)
    gone = weakref.ref(x if kept is not None else y)
    total = y.sum()
    del x, y, kept
    assert gone() is None
    total.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in layer.parameters())


def test_torch_layers_hold_on_to_theirs_unless_asked():
    layer = nn.Linear(512, 4)
    for context, freed in ((spikes_as_bits(), True), (torch.enable_grad(), False)):
        x = spikes(100, 512)
        gone = weakref.ref(x)
        with context:
            y = layer(x)
        del x
        assert (gone() is None) == freed
        y.sum().backward()


def test_other_values_are_kept_as_they_are():
    layer = nn.Linear(512, 4)
    x = torch.randn(100, 512)
    layer(x).sum().backward()
    expected = layer.weight.grad.clone()
    layer.zero_grad()
    with spikes_as_bits():
        y = layer(x)
    y.sum().backward()
    assert torch.equal(layer.weight.grad, expected)


def test_second_derivatives_stay_possible():
    x = spikes(100, 512).requires_grad_()
    weight = torch.randn(4, 512, requires_grad=True)

    def penalty():
        y = nn.functional.linear(x, weight).square().sum()
        (grad,) = torch.autograd.grad(y, weight, create_graph=True)
        return torch.autograd.grad(grad.square().sum(), (x, weight))

    expected = penalty()
    with spikes_as_bits():
        got = penalty()
    for a, b in zip(got, expected, strict=True):
        assert torch.equal(a, b)


def test_a_compiled_network_may_be_called_inside():
    network = NETWORKS["linear"]()
    x = spikes(30, 20, 40)
    expected = torch.autograd.grad(network(x)[0].sum(), network.parameters())
    compiled = torch.compile(network, backend="aot_eager")
    with spikes_as_bits():
        y = compiled(x)[0]
    got = torch.autograd.grad(y.sum(), network.parameters())
    for a, b in zip(got, expected, strict=True):
        assert torch.allclose(a, b, atol=1e-6)
