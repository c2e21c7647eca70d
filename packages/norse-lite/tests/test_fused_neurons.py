"""Compiled neurons against plain torch: values, gradients, states, tracing."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import norse_lite
from norse_lite import LIF, LIFRecurrent
from norse_lite.surrogate import ATan, Boxcar, SuperSpike, Surrogate, Triangle

EXPONENTIAL = ["LIFEx", "LIFAdEx", "LIFAdExRefrac"]
LAYERS = ["LIF", "LIFBox", "PLIF", "IAF", "LI", "LIBox", "CubaLIF", "CubaLI", "LSNN", "AdaLIF"]
LAYERS += ["LIFRefrac", *EXPONENTIAL]


class Gaussian(Surrogate):
    """A surrogate that no kernel knows."""

    def derivative(self, u):
        return torch.exp(-4 * u * u)

    def __repr__(self):
        return "Gaussian()"


SURROGATES = [SuperSpike(), SuperSpike(10.0), Triangle(), ATan(), Boxcar(), Gaussian()]


@st.composite
def cases(draw):
    name = draw(st.sampled_from(LAYERS))
    layer = getattr(norse_lite, name)
    # Two exponential functions differ in the last bit, which float32 would show as other spikes.
    exponential = name in EXPONENTIAL
    dtype = torch.float64 if exponential else draw(st.sampled_from([torch.float32, torch.float64]))
    shape = draw(st.sampled_from([(), (3,), (2, 3, 2)]))
    x_shape = (draw(st.integers(0, 9)), draw(st.integers(1, 3)), *shape)
    torch.manual_seed(draw(st.integers(0, 2**31)))
    names = [f.name for f in layer.neuron.parameters.__dataclass_fields__.values()]
    per_neuron = draw(st.booleans())
    parameters = {}
    for parameter in names:
        default = getattr(layer.neuron.parameters(), parameter)
        spread = torch.rand(shape if per_neuron else (), dtype=torch.float64)
        parameters[parameter] = default * (0.5 + spread) + (0 if default else 0.2 * spread - 0.1)
    learn = tuple(p for p in names if draw(st.booleans()))
    options = {
        "learn": learn,
        "surrogate": draw(st.sampled_from(SURROGATES)),
        # An upswing may outgrow what is subtracted, and leave the range of numbers.
        "reset": "value" if exponential else draw(st.sampled_from(["value", "subtract"])),
        "detach_reset": draw(st.booleans()),
        "integrator": draw(st.sampled_from(["euler", "exact"])),
    }
    default = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        pair = [layer(**parameters, **options, backend=b) for b in ("auto", "reference")]
    finally:
        torch.set_default_dtype(default)
    x = torch.randn(x_shape, dtype=dtype) + 0.5
    state = None
    if draw(st.booleans()):
        fields = layer.neuron.state._fields
        state = layer.neuron.state(*(torch.randn(x_shape[1:], dtype=dtype) for _ in fields))
    return pair, x, state, draw(st.booleans())


def run(layer, x, state, use_state):
    x = x.clone().requires_grad_()
    leaves = [x, *layer.parameters()]
    if state is not None:
        state = type(state)(*(value.clone().requires_grad_() for value in state))
        leaves += list(state)
    y, last = layer(x, state)
    generator = torch.Generator().manual_seed(1)
    loss = (y * torch.randn(y.shape, generator=generator, dtype=y.dtype)).sum()
    if use_state:
        for value in last:
            loss = (
                loss + (value * torch.randn(value.shape, generator=generator, dtype=y.dtype)).sum()
            )
    if not loss.requires_grad:
        return y, last, [None] * len(leaves)
    return y, last, torch.autograd.grad(loss, leaves, allow_unused=True)


@given(cases())
def test_compiled_and_plain_torch_agree_in_values_and_gradients(case):
    (compiled, plain), x, state, use_state = case
    y, last, grads = run(compiled, x, state, use_state)
    y_plain, last_plain, grads_plain = run(plain, x, state, use_state)
    assert torch.equal(y, y_plain)
    exponential = type(compiled).__name__ in EXPONENTIAL
    for a, b in zip(last, last_plain, strict=True):
        assert torch.allclose(a, b, rtol=1e-12, atol=1e-12) if exponential else torch.equal(a, b)
    size = 1e-3 if x.dtype == torch.float32 else 1e-10
    for a, b in zip(grads, grads_plain, strict=True):
        if a is not None and b is not None and b.numel():
            bound = max(1.0, float(b.abs().max()))
            assert torch.allclose(a, b, rtol=0, atol=size * bound)
        else:  # no path to this leaf, which one of the two may show as zeros
            assert all(g is None or not g.any() for g in (a, b))


@given(cases(), st.data())
def test_a_sequence_cut_in_time_gives_the_same_bits(case, data):
    (layer, plain), x, state, _ = case
    cut = data.draw(st.integers(0, len(x)))
    for form in (layer, plain):
        with torch.no_grad():
            whole, last = form(x, state)
            first, middle = form(x[:cut], state)
            second, end = form(x[cut:], middle)
        assert torch.equal(torch.cat([first, second]), whole)
        for a, b in zip(last, end, strict=True):
            assert torch.equal(a, b)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", LAYERS)
def test_half_precision_is_computed_in_float32_and_keeps_the_input_dtype(name, dtype):
    x = torch.randn(20, 2, 5).to(dtype)
    layer = getattr(norse_lite, name)()
    y, state = layer(x)
    expected, state32 = layer(x.float())
    assert y.dtype == dtype
    assert torch.equal(y, expected.to(dtype))
    assert all(torch.equal(a, b) for a, b in zip(state, state32, strict=True))


def test_an_input_expanded_over_time_is_not_copied_and_gives_the_same():
    x = torch.randn(3, 4)
    constant = x.expand(50, 3, 4)
    layer = norse_lite.LIF()
    assert torch.equal(layer(constant)[0], layer(constant.clone())[0])
    leaf = x.clone().requires_grad_()
    layer(leaf.expand(50, 3, 4))[0].mean(0).sum().backward()
    other = x.clone().requires_grad_()
    norse_lite.LIF(backend="reference")(other.expand(50, 3, 4))[0].mean(0).sum().backward()
    assert torch.allclose(leaf.grad, other.grad, atol=1e-6)


@pytest.mark.parametrize("name", ["LIF", "LSNN", "LIFRefrac"])
def test_a_large_layer_keeps_nothing_but_its_input_for_the_backward_pass(name):
    x = torch.randn(20, 64, 1000, requires_grad=True)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
        y, _ = getattr(norse_lite, name)()(x)
    assert [t.data_ptr() for t in kept if t.numel() > 1000] == [x.data_ptr()]
    y.sum().backward()
    assert x.grad is not None


@pytest.mark.parametrize(
    ("name", "learn"), [("LIF", False), ("LIF", True), ("LI", False), ("LIFRefrac", False)]
)
def test_the_operator_passes_the_checks_of_torch(name, learn):
    from norse_lite.fused._ops import neuron_op
    from norse_lite.surrogate import surrogate_key

    layer = getattr(norse_lite, name)(learn=("tau_mem",) if learn else ())
    x = torch.randn(5, 2, 3, requires_grad=True)
    packed = layer.coefficients_for(x).packed((3,)).detach().requires_grad_(learn)
    state = torch.randn(len(layer.neuron.state._fields), 2, 3, requires_grad=True)
    key = surrogate_key(SuperSpike())
    arguments = (x, state, packed, layer.neuron.kernel, False, False, key, not learn)
    results = torch.library.opcheck(neuron_op, arguments)
    assert set(results.values()) == {"SUCCESS"}


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize(
    ("name", "learn"), [("LIF", ()), ("LIF", ("tau_mem", "v_th")), ("LIFAdExRefrac", ())]
)
def test_layers_trace_into_one_graph(name, learn, dynamic):
    layer = getattr(norse_lite, name)(learn=learn)
    compiled = torch.compile(layer, fullgraph=True, dynamic=dynamic, backend="aot_eager")
    for steps in (6, 9) if dynamic else (6,):
        x = torch.randn(steps, 2, 3)
        a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
        y, state = compiled(a)
        y_eager, state_eager = layer(b)
        assert torch.equal(y, y_eager)
        assert torch.equal(state.v, state_eager.v)
        y.sum().backward()
        y_eager.sum().backward()
        assert torch.equal(a.grad, b.grad)


@pytest.mark.parametrize("name", ["LIF", "LSNN"])
def test_layers_export_with_any_number_of_steps(name):
    layer = getattr(norse_lite, name)()
    shapes = ({0: torch.export.Dim("steps", min=2)}, None)
    program = torch.export.export(layer, (torch.randn(6, 2, 3), None), dynamic_shapes=shapes)
    x = torch.randn(11, 2, 3)
    assert torch.equal(program.module()(x, None)[0], layer(x)[0])


@pytest.mark.parametrize(
    "layer", [LIF(), LIFRecurrent(4, 4)], ids=lambda layer: type(layer).__name__
)
def test_the_transforms_of_torch_func_pass_through(layer):
    x = 3 * torch.rand(6, 10, 2, 4)
    expected = torch.stack([layer(one)[0] for one in x])
    assert torch.equal(torch.vmap(lambda one: layer(one)[0])(x), expected)

    def total(one):
        return layer(one)[0].sum()

    one = x[0].clone().requires_grad_()
    (grad,) = torch.autograd.grad(total(one), one)
    assert torch.allclose(torch.func.grad(total)(x[0]), grad, atol=1e-6)


def test_a_layer_made_in_inference_mode_runs():
    with torch.inference_mode():
        layer = LIF(v_th=0.5)
        x = torch.rand(10, 2, 4)
        before, _ = layer(x)
        layer.v_th.fill_(1e3)
        assert not layer(x)[0].any()
    assert before.any()


@pytest.mark.parametrize("width", [1024, 1023])
def test_outputs_beyond_the_cache_have_the_bits_of_small_ones(width):
    torch.manual_seed(0)
    x, cotangent = torch.rand(40, 60, width), torch.randn(40, 60, width)
    layer = LIF(surrogate=SuperSpike(3.0))

    def both(x, cotangent):
        x = x.detach().requires_grad_()
        z, state = layer(x)
        z.backward(cotangent)
        return z.detach(), state.v.detach(), state.i.detach(), x.grad

    whole = both(x, cotangent)
    assert whole[0].numel() * 4 > 8 << 20
    parts = [both(*p) for p in zip(x.chunk(4, 1), cotangent.chunk(4, 1), strict=True)]
    for axis, name in zip((1, 0, 0, 1), range(4), strict=True):
        assert torch.equal(torch.cat([part[name] for part in parts], axis), whole[name])
