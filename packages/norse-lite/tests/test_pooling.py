"""Pooling against torch's, and large tensors in memory that is used again."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from norse_lite import LIF, AvgPool2d, EventConv2d, EventLinear, SequentialState, _memory
from norse_lite.sparse import mean_pool2d


def gradient(function, x, seed=1):
    x = x.clone().requires_grad_()
    y = function(x)
    generator = torch.Generator().manual_seed(seed)
    y.backward(torch.randn(y.shape, generator=generator).to(y.dtype))
    return y.detach(), x.grad


@st.composite
def pools(draw):
    torch.manual_seed(draw(st.integers(0, 2**31)))
    kernel = draw(st.one_of(st.integers(1, 4), st.tuples(st.integers(1, 4), st.integers(1, 4))))
    low = kernel if isinstance(kernel, int) else max(kernel)
    size = (draw(st.integers(low, 20)), draw(st.integers(low, 70)))
    leading = draw(st.sampled_from([(3,), (2, 3), (1, 1)]))
    dtype = draw(st.sampled_from([torch.float32, torch.float64, torch.bfloat16]))
    return kernel, torch.randn(*leading, *size).to(dtype)


@settings(deadline=None, max_examples=60)
@given(pools())
def test_pooling_has_the_bits_of_torch_forward_and_backward(case):
    kernel, x = case
    ours, expected = gradient(AvgPool2d(kernel), x), gradient(nn.AvgPool2d(kernel), x)
    for a, b in zip(ours, expected, strict=True):
        assert a.dtype == b.dtype
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 3, "stride": 2},
        {"kernel_size": 2, "padding": 1},
        {"kernel_size": 3, "ceil_mode": True},
        {"kernel_size": 2, "divisor_override": 3},
        {"kernel_size": (2, 1), "stride": (2, 2)},
    ],
)
def test_other_windows_are_left_to_torch(options):
    x = torch.randn(2, 3, 7, 8)
    ours, expected = gradient(AvgPool2d(**options), x), gradient(nn.AvgPool2d(**options), x)
    assert all(torch.equal(a, b) for a, b in zip(ours, expected, strict=True))


def test_pooling_takes_images_of_any_layout():
    x = torch.randn(2, 6, 8, 3).permute(0, 3, 1, 2)
    assert torch.equal(mean_pool2d(x, 2), F.avg_pool2d(x, 2))
    with pytest.raises(RuntimeError, match="too small"):
        mean_pool2d(torch.randn(1, 1, 2, 2), 3)


def test_pooling_compiles_exports_and_works_inside_transforms():
    pool, x = AvgPool2d(2), torch.randn(3, 2, 6, 6)
    compiled = torch.compile(pool, backend="eager", fullgraph=True)
    assert torch.equal(compiled(x), pool(x))
    exported = torch.export.export(pool, (x,)).module()
    assert torch.equal(exported(x), pool(x))
    assert torch.equal(torch.func.vmap(pool)(x), pool(x))


def test_event_driven_chains_accept_the_pooling():
    torch.manual_seed(0)
    x = (torch.rand(12, 2, 2, 10, 10) < 0.1).float()
    conv, linear = EventConv2d(2, 4, 3, padding=1), EventLinear(100, 5)
    with torch.no_grad():
        conv.weight.mul_(8)
        results = []
        for pool in (AvgPool2d(2), nn.AvgPool2d(2)):
            chain = SequentialState(conv, LIF(), pool, nn.Flatten(), linear, event_driven=True)
            results.append(chain(x)[0])
    assert torch.equal(*results)
    assert results[0].any()


@pytest.fixture
def store(monkeypatch):
    """Keep the memory of every tensor, however small."""
    monkeypatch.setattr(_memory, "SMALLEST", 0)


def test_tensors_in_used_memory_have_the_same_values(monkeypatch):
    torch.manual_seed(0)
    x = torch.rand(20, 3, 2, 8, 8)
    conv, neuron = EventConv2d(2, 4, 3, padding=1), LIF()

    def run(x):
        y = conv(x.flatten(0, 1)).unflatten(0, x.shape[:2])
        return AvgPool2d(2)(neuron(y)[0].flatten(0, 1))

    expected = gradient(run, x)
    monkeypatch.setattr(_memory, "SMALLEST", 0)
    for _ in range(3):
        assert all(torch.equal(a, b) for a, b in zip(gradient(run, x), expected, strict=True))


def test_results_that_are_kept_keep_their_memory(store):
    layer = LIF()
    inputs = [torch.full((5, 2, 7), 0.3 * k) for k in range(4)]
    results = [layer(x)[0] for x in inputs]
    copies = [z.clone() for z in results]
    for x in inputs:
        layer(x * 2)
    assert all(map(torch.equal, results, copies))


def test_tensors_of_the_store_are_tensors_like_any_other(store, tmp_path):
    z = LIF()(torch.rand(5, 2, 7))[0]
    torch.save(z, tmp_path / "z.pt")
    assert torch.equal(torch.load(tmp_path / "z.pt"), z)
    shared = z.clone().share_memory_()
    assert torch.equal(shared, z)
    z.add_(1)
    assert z.is_contiguous()
    assert torch.equal(z, shared + 1)
    assert _memory.empty((0, 3), torch.float64).shape == (0, 3)
