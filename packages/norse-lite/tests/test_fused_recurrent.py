"""Compiled recurrent neurons against plain torch: values, gradients, states, tracing."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import norse_lite
from norse_lite.fused import _feedback
from norse_lite.surrogate import Boxcar, SuperSpike, Surrogate

EXPONENTIAL = ["LIFExRecurrent", "LIFAdExRecurrent", "LIFAdExRefracRecurrent"]
LAYERS = ["LIFRecurrent", "LIFBoxRecurrent", "PLIFRecurrent", "IAFRecurrent", "CubaLIFRecurrent"]
LAYERS += ["LSNNRecurrent", "AdaLIFRecurrent", "LIFRefracRecurrent", *EXPONENTIAL]


class Gaussian(Surrogate):
    """A surrogate that no kernel knows."""

    def derivative(self, u):
        return torch.exp(-4 * u * u)

    def __repr__(self):
        return "Gaussian()"


def dyadic(*shape, dtype):
    """Numbers whose sums are exact in any order, so that dense and event-driven ones are equal."""
    return (torch.randn(shape) * 16).round().to(dtype) / 32


@st.composite
def cases(draw):
    name = draw(st.sampled_from(LAYERS))
    layer = getattr(norse_lite, name)
    single = name not in EXPONENTIAL and draw(st.booleans())
    dtype = torch.float32 if single else torch.float64
    torch.manual_seed(draw(st.integers(0, 2**31)))
    inputs, neurons = draw(st.integers(1, 4)), draw(st.sampled_from([1, 3, 18]))
    steps, batch = draw(st.integers(1, 8)), draw(st.integers(1, 3))
    names = [f.name for f in layer.neuron.parameters.__dataclass_fields__.values()]
    options = {
        "learn": tuple(p for p in names if draw(st.booleans())),
        "surrogate": draw(st.sampled_from([SuperSpike(10.0), Boxcar(), Gaussian()])),
        "reset": "value" if name in EXPONENTIAL else draw(st.sampled_from(["value", "subtract"])),
        "detach_reset": draw(st.booleans()),
        "autapses": draw(st.booleans()),
        "input_weights": 2 * dyadic(neurons, inputs, dtype=dtype),
        "recurrent_weights": dyadic(neurons, neurons, dtype=dtype),
    }
    if draw(st.booleans()):
        options["v_th"] = 0.5 + torch.rand(neurons, dtype=torch.float64)
    default = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        pair = [layer(inputs, neurons, **options, backend=b) for b in ("auto", "reference")]
    finally:
        torch.set_default_dtype(default)
    x = 2 * dyadic(steps, batch, inputs, dtype=dtype) + 0.5
    state = None
    if draw(st.booleans()):
        inner = layer.neuron.state._fields
        values = [torch.randn(batch, neurons, dtype=dtype) for _ in inner]
        spikes = (torch.rand(batch, neurons) < 0.5).to(dtype)
        state = layer.neuron.recurrent_state(spikes, *values)
    return pair, x, state, draw(st.sampled_from([0.0, 0.85, 1e9]))


def run(layer, x, state):
    x = x.clone().requires_grad_()
    leaves = [x, *layer.parameters()]
    if state is not None:
        state = type(state)(*(value.clone().requires_grad_() for value in state))
        leaves += list(state)
    y, last = layer(x, state)
    generator = torch.Generator().manual_seed(1)
    loss = 0
    for value in (y, *last):
        loss = loss + (value * torch.randn(value.shape, generator=generator).to(y.dtype)).sum()
    return y, last, torch.autograd.grad(loss, leaves, allow_unused=True)


@settings(max_examples=80)
@given(cases())
def test_compiled_and_plain_torch_agree_in_values_and_gradients(case):
    (compiled, plain), x, state, keep = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_feedback, "KEEP", keep)  # dense products, chosen, or events
        y, last, grads = run(compiled, x, state)
    y_plain, last_plain, grads_plain = run(plain, x, state)
    assert torch.equal(y, y_plain)
    for a, b in zip(last, last_plain, strict=True):
        assert torch.allclose(a, b, rtol=1e-5 if x.dtype == torch.float32 else 1e-11, atol=1e-12)
    size = 1e-3 if x.dtype == torch.float32 else 1e-9
    for a, b in zip(grads, grads_plain, strict=True):
        if a is None or b is None:  # no path to this leaf, which one of the two may show as zeros
            assert all(g is None or not g.any() for g in (a, b))
            continue
        bound = max(1.0, float(b.abs().max()))
        assert torch.allclose(a, b, rtol=0, atol=size * bound)


@given(cases(), st.data())
def test_a_sequence_cut_in_time_gives_the_same_bits(case, data):
    (layer, plain), x, state, _ = case
    cut = data.draw(st.integers(0, len(x)))
    for form in (layer, plain):
        with torch.no_grad():
            whole, last = form(x, state)
            parts = []
            for part in (x[:cut], x[cut:]):
                if len(part):
                    y, state = form(part, state)
                    parts.append(y)
        assert torch.equal(torch.cat(parts), whole)
        for a, b in zip(last, state, strict=True):
            assert torch.equal(a, b)
        state = None if case[2] is None else case[2]


def test_many_spikes_take_the_dense_product_and_few_the_list():
    weights = torch.randn(300, 300)
    feedback = _feedback.Feedback(weights, 16)
    drive = torch.randn(16, 300)
    for density in (0.02, 0.9):
        spikes = (torch.rand(16, 300) < density).float()
        current = torch.empty_like(drive)
        feedback.add(spikes, drive, current)
        assert bool(len(feedback.events)) == (density < 0.5)
        assert torch.allclose(current, drive + spikes @ weights.t(), atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_computed_in_float32_and_keeps_the_input_dtype(dtype):
    single = norse_lite.LIFRecurrent(5, 8, generator=torch.Generator().manual_seed(3))
    layers = [norse_lite.LIFRecurrent(5, 8, backend=b) for b in ("auto", "reference")]
    for layer in (single, *layers):
        layer.load_state_dict({k: v.to(dtype).float() for k, v in single.state_dict().items()})
    x = 3 * torch.rand(20, 2, 5, generator=torch.Generator().manual_seed(4)).to(dtype)
    for layer in layers:
        layer.to(dtype)
        y, state = layer(x)
        assert y.dtype == state.z.dtype == dtype
        assert state.v.dtype == torch.float32
        drive = torch.nn.functional.linear(x, layer.input_weights).float()
        identity = norse_lite.LIFRecurrent(
            8, 8, input_weights=torch.eye(8), recurrent_weights=single.recurrent_weights
        )
        assert torch.equal(y, identity(drive)[0].to(dtype))
        y.float().sum().backward()
        assert layer.recurrent_weights.grad.dtype == dtype


def test_a_cell_gives_the_spikes_of_the_layer():
    torch.manual_seed(3)
    layer = norse_lite.LIFRecurrent(6, 40, input_weights=dyadic(40, 6, dtype=torch.float32))
    cell = norse_lite.LIFRecurrentCell(6, 40)
    cell.load_state_dict(layer.state_dict())
    x, state = 1 + dyadic(30, 3, 6, dtype=torch.float32), None
    whole, last = layer(x)
    for x_t, expected in zip(x, whole, strict=True):
        z, state = cell(x_t, state)
        assert torch.equal(z, expected)
    for a, b in zip(state, last, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("learn", [False, True])
def test_the_operator_passes_the_checks_of_torch(learn):
    layer = norse_lite.LIFRecurrent(3, 4, learn=("tau_mem",) if learn else ())
    drive = torch.randn(5, 2, 4, requires_grad=True)
    packed = layer.coefficients_for(drive).packed((4,)).detach().requires_grad_(learn)
    z, state = torch.ones(2, 4, requires_grad=True), torch.randn(2, 2, 4, requires_grad=True)
    weights = torch.randn(4, 4, requires_grad=True)
    rule = ("lif", False, False, layer.rules.surrogate_key, True, learn)
    arguments = (drive, z, state, weights, packed, *rule)
    results = torch.library.opcheck(torch.ops.norse_lite.recurrent.default, arguments)
    assert set(results.values()) == {"SUCCESS"}


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("learn", [(), ("tau_mem",)])
def test_layers_trace_into_one_graph(learn, dynamic):
    layer = norse_lite.LIFRecurrent(3, 4, learn=learn, generator=torch.Generator().manual_seed(1))
    compiled = torch.compile(layer, fullgraph=True, dynamic=dynamic, backend="aot_eager")
    for steps in (6, 9) if dynamic else (6,):
        x = 3 * torch.rand(steps, 2, 3)
        y, _ = compiled(x)
        expected, _ = layer(x)
        assert torch.equal(y, expected)
        traced = torch.autograd.grad(y.sum(), layer.parameters())
        eager = torch.autograd.grad(expected.sum(), layer.parameters())
        for a, b in zip(traced, eager, strict=True):
            assert torch.equal(a, b)


def test_layers_export():
    layer = norse_lite.LIFRecurrent(3, 4, generator=torch.Generator().manual_seed(1))
    program = torch.export.export(layer, (torch.rand(6, 2, 3),))
    x = 3 * torch.rand(6, 2, 3)
    assert torch.equal(program.module()(x)[0], layer(x)[0])
