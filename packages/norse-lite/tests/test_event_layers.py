"""Event-driven layers against torch's own: values, gradients, choice, tracing."""

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from norse_lite import EventConv2d, EventLinear, SequentialState
from norse_lite.sparse import _choice, _conv2d, _linear, event_conv2d, event_linear

# Stated in the documentation: values differ by rounding, in units of the largest.
APART = {torch.float32: 2e-5, torch.float64: 1e-13, torch.bfloat16: 2e-2}


@pytest.fixture
def always(monkeypatch):
    """Choose events for every input, however small or dense."""
    monkeypatch.setattr(_choice, "_SHORTEST", -1.0)
    monkeypatch.setattr(_choice, "KEEP", 1e12)


def force(monkeypatch):
    monkeypatch.setattr(_choice, "_SHORTEST", -1.0)
    monkeypatch.setattr(_choice, "KEEP", 1e12)


def close(a, b, dtype):
    a, b = a.detach(), b.detach()
    assert a.dtype == b.dtype == dtype
    assert a.shape == b.shape
    bound = max(1.0, float(b.abs().max())) if b.numel() else 1.0
    assert torch.allclose(a, b, rtol=0, atol=APART[dtype] * bound)


def gradients(function, *leaves):
    leaves = [leaf.clone().requires_grad_() for leaf in leaves]
    y = function(*leaves)
    generator = torch.Generator().manual_seed(1)
    cotangent = torch.randn(y.shape, generator=generator).to(y.dtype)
    return y, torch.autograd.grad(y, leaves, cotangent)


def spikes(draw, shape, dtype):
    torch.manual_seed(draw(st.integers(0, 2**31)))
    x = (torch.rand(shape) < draw(st.sampled_from([0.0, 0.05, 0.5, 1.0]))).to(dtype)
    return x if draw(st.booleans()) else x * torch.randn(shape).to(dtype)


@st.composite
def linear_cases(draw):
    dtype = draw(st.sampled_from(list(APART)))
    leading = draw(st.sampled_from([(), (1,), (7, 3), (2, 3, 4)]))
    inputs, outputs = draw(st.sampled_from([1, 5, 40])), draw(st.sampled_from([1, 16, 33]))
    x = spikes(draw, (*leading, inputs), dtype)
    weight, bias = torch.randn(outputs, inputs).to(dtype), torch.randn(outputs).to(dtype)
    return x, weight, (bias,) if draw(st.booleans()) else ()


@given(linear_cases())
def test_event_linear_agrees_with_linear(case):
    x, weight, bias = case
    with pytest.MonkeyPatch.context() as patch:
        force(patch)
        y, grads = gradients(event_linear, x, weight, *bias)
    expected, expected_grads = gradients(F.linear, x, weight, *bias)
    close(y, expected, x.dtype)
    for a, b in zip(grads, expected_grads, strict=True):
        close(a, b, x.dtype)


@st.composite
def conv_cases(draw):
    dtype = draw(st.sampled_from(list(APART)))
    groups = draw(st.sampled_from([1, 2]))
    channels, outputs = groups * draw(st.integers(1, 2)), groups * draw(st.sampled_from([1, 9]))
    kernel = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    options = {"groups": groups, "dilation": draw(st.integers(1, 2))}
    options["padding"] = draw(st.sampled_from(["same", "valid", 0, 1, (2, 0)]))
    options["stride"] = 1 if options["padding"] == "same" else draw(st.integers(1, 3))
    x = spikes(draw, (draw(st.integers(1, 6)), channels, 7, draw(st.integers(5, 8))), dtype)
    weight = torch.randn(outputs, channels // groups, *kernel).to(dtype)
    bias = (torch.randn(outputs).to(dtype),) if draw(st.booleans()) else ()
    return x, weight, bias, options


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch, of its own convolution
@settings(max_examples=60)
@given(conv_cases())
def test_event_conv2d_agrees_with_conv2d(case):
    x, weight, bias, options = case
    with pytest.MonkeyPatch.context() as patch:
        force(patch)
        y, grads = gradients(lambda *a: event_conv2d(*a, **options), x, weight, *bias)
    expected, expected_grads = gradients(lambda *a: F.conv2d(*a, **options), x, weight, *bias)
    close(y, expected, x.dtype)
    for a, b in zip(grads, expected_grads, strict=True):
        close(a, b, x.dtype)


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.usefixtures("always")
def test_all_padding_modes_agree_with_conv2d(mode):
    events = EventConv2d(2, 3, 3, padding=1, padding_mode=mode)
    dense = nn.Conv2d(2, 3, 3, padding=1, padding_mode=mode)
    dense.load_state_dict(events.state_dict())
    x = (torch.rand(4, 2, 6, 6) < 0.2).float()
    close(events(x), dense(x), torch.float32)
    close(events(x[0]), dense(x[0]), torch.float32)


def test_sparse_input_takes_the_events_and_dense_input_does_not():
    x = torch.zeros(2000, 400)
    weight = torch.randn(256, 400)
    assert len(_linear._events(x, weight)) == 0
    x[:, ::50] = 1
    assert len(_linear._events(x, weight)) == 16000
    assert _linear._events(torch.ones_like(x), weight) is None
    frames = torch.zeros(64, 16, 24, 24)
    kernels = torch.randn(32, 16, 3, 3)
    rules = ([1, 1], [1, 1], [1, 1], 1)
    frames[:, :, ::8, ::8] = 1
    assert len(_conv2d._events(frames, kernels, rules)) == 64 * 16 * 9
    assert _conv2d._events(torch.ones_like(frames), kernels, rules) is None


def test_input_that_hides_from_the_sample_is_still_counted():
    x = torch.zeros(6400, 400)
    x.view(64, 100, 400)[:, 1:] = 1  # every row but those that are looked at first
    assert _linear._events(x, torch.randn(256, 400)) is None


def test_small_and_foreign_inputs_are_left_to_torch():
    weight = torch.randn(8, 10)
    assert _linear._events(torch.zeros(3, 10), weight) is None
    big = torch.zeros(5000, 400)
    assert _linear._events(big, torch.randn(256, 400, dtype=torch.float64)) is None
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert event_linear(big, torch.randn(256, 400)).dtype == torch.bfloat16
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        event_linear(big, torch.randn(256, 399))
    with pytest.raises(RuntimeError, match="channels"):
        event_conv2d(torch.zeros(64, 3, 34, 34), torch.randn(16, 4, 3, 3))


@pytest.mark.usefixtures("always")
def test_transforms_of_functions_take_the_dense_way():
    x, weight = (torch.rand(20, 5) < 0.2).float(), torch.randn(3, 5)
    grad = torch.func.grad(lambda w: event_linear(x, w).square().sum())(weight)
    dense = torch.func.grad(lambda w: F.linear(x, w).square().sum())(weight)
    assert torch.equal(grad, dense)
    assert torch.equal(torch.func.vmap(event_linear, (0, None))(x, weight), F.linear(x, weight))


@pytest.mark.usefixtures("always")
def test_the_input_is_kept_as_a_list_only():
    saved = []
    x = (torch.rand(100, 50) < 0.1).float()
    layer = EventLinear(50, 20)
    with torch.autograd.graph.saved_tensors_hooks(
        lambda t: saved.append(t.shape) or t, lambda t: t
    ):
        layer(x).sum().backward()
    assert torch.Size([100, 50]) not in saved


def test_layers_copy_pickle_and_exchange_state_with_torch():
    for events, dense in [
        (EventLinear(4, 3), nn.Linear(4, 3)),
        (EventConv2d(1, 2, 3), nn.Conv2d(1, 2, 3)),
    ]:
        dense.load_state_dict(events.state_dict())
        for twin in (copy.deepcopy(events), pickle.loads(pickle.dumps(events))):
            twin.load_state_dict(dense.state_dict())
            assert torch.equal(twin.weight, events.weight)


def test_layers_stand_in_a_chain_over_sequences():
    model = SequentialState(EventConv2d(2, 4, 3), nn.Flatten(), EventLinear(144, 3))
    y, _ = model((torch.rand(10, 5, 2, 8, 8) < 0.1).float())
    assert y.shape == (10, 5, 3)


@pytest.mark.usefixtures("always")
def test_the_operators_pass_the_checks_of_torch():
    x = (torch.rand(6, 5) < 0.3).float().requires_grad_()
    weight, bias = torch.randn(4, 5, requires_grad=True), torch.randn(4, requires_grad=True)
    results = torch.library.opcheck(torch.ops.norse_lite.event_linear.default, (x, weight, bias))
    assert set(results.values()) == {"SUCCESS"}
    frames = (torch.rand(2, 2, 5, 6) < 0.3).float().requires_grad_()
    kernels = torch.randn(4, 1, 3, 2, requires_grad=True)
    arguments = (frames, kernels, bias, [2, 1], [1, 0], [1, 2], 2)
    results = torch.library.opcheck(torch.ops.norse_lite.event_conv2d.default, arguments)
    assert set(results.values()) == {"SUCCESS"}


@pytest.mark.parametrize("density", [0.02, 1.0])
@pytest.mark.parametrize("dynamic", [False, True])
def test_layers_trace_into_one_graph(density, dynamic):
    model = nn.Sequential(EventConv2d(2, 8, 3), nn.Flatten(), EventLinear(8 * 64, 33))
    compiled = torch.compile(model, fullgraph=True, dynamic=dynamic, backend="aot_eager")
    for batch in (60, 80):
        x = (torch.rand(batch, 2, 10, 10) < density).float()
        close(compiled(x), model(x), torch.float32)
        traced = torch.autograd.grad(compiled(x).sum(), model.parameters())
        eager = torch.autograd.grad(model(x).sum(), model.parameters())
        for a, b in zip(traced, eager, strict=True):
            close(a, b, torch.float32)


def test_layers_export():
    model = nn.Sequential(EventConv2d(2, 8, 3), nn.Flatten(), EventLinear(8 * 64, 33))
    batch = torch.export.Dim("batch", min=2)
    sample = torch.zeros(4, 2, 10, 10)
    program = torch.export.export(model, (sample,), dynamic_shapes=({0: batch},))
    x = (torch.rand(70, 2, 10, 10) < 0.02).float()
    close(program.module()(x), model(x), torch.float32)
