"""The CUDA kernels under Triton's interpreter, against the compiled ones for the processor."""

import importlib
import os
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import norse_lite
from neuro_kernels import dynamics
from norse_lite.fused import _eager, _ops, _recurrent, _run
from norse_lite.surrogate import ATan, Boxcar, SuperSpike, Surrogate, Triangle, surrogate_key

pytest.importorskip("triton")
INTEGRATORS = ["LI", "LIBox", "CubaLI"]
LAYERS = ["LIF", "LIFBox", "IAF", "CubaLIF", "PLIF", *INTEGRATORS]
ADAPTIVE = ["LSNN", "AdaLIF", "LIFEx", "LIFAdEx", "LIFRefrac", "LIFAdExRefrac"]


class Gaussian(Surrogate):
    """A surrogate that no kernel knows."""

    def derivative(self, u):
        return torch.exp(-4 * u * u)

    def __repr__(self):
        return "Gaussian()"


SPIKING = [name for name in LAYERS + ADAPTIVE if name not in INTEGRATORS]
MODULES = [
    f"norse_lite.fused._triton{name}"
    for name in ("", "_kernels", "_exponential", "_adaptive", "_adaptive_backward", "_recurrent")
]
FORWARD = _ops.forward
SURROGATES = [SuperSpike(10.0), Triangle(), ATan(), Boxcar(), Gaussian()]


@pytest.fixture(scope="module")
def kernels():
    """The module of the kernels, with functions that the interpreter runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_INTERPRET", "1")
        for name in MODULES:
            patch.delitem(sys.modules, name, raising=False)
        yield importlib.import_module(MODULES[0])
        for name in MODULES:
            sys.modules.pop(name, None)


@pytest.fixture
def on_triton(kernels):
    """Layers on this machine's processor run the kernels for CUDA."""
    recurrent = importlib.import_module("norse_lite.fused._triton_recurrent")
    with pytest.MonkeyPatch.context() as patch:
        for module in (_eager, _run):
            patch.setattr(module, "forward", kernels.forward)
        patch.setattr(_eager, "backward", kernels.backward)
        patch.setattr(_recurrent, "forward", recurrent.forward)
        patch.setattr(_recurrent, "backward", recurrent.backward)
        yield


@st.composite
def cases(draw):
    name = draw(st.sampled_from(LAYERS + ADAPTIVE))
    layer = getattr(norse_lite, name)
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    neurons, batch, steps = draw(st.sampled_from([1, 5, 70])), 2, draw(st.integers(0, 5))
    torch.manual_seed(draw(st.integers(0, 2**31)))
    x = torch.randn(steps, batch, neurons, dtype=dtype) + 0.5
    options = {"tau_mem": 5e-3 * (0.5 + torch.rand(neurons))} if draw(st.booleans()) else {}
    if layer is norse_lite.IAF:
        options = {"v_th": 0.5 + torch.rand(neurons)} if options else {}
    elif name in ADAPTIVE:
        x = 3 * x
        options |= {"v_th": 0.2 + torch.rand(neurons)} if options else {}
    packed = layer(**options).coefficients_for(x).packed((neurons,))
    state = None
    if draw(st.booleans()):
        state = torch.randn(len(layer.neuron.state._fields), batch, neurons, dtype=dtype)
    surrogate = surrogate_key(draw(st.sampled_from(SURROGATES)))
    # Without a reset to a value, an upswing leaves the range of numbers.
    subtract = "Ex" not in name and draw(st.booleans())
    rule = (layer.neuron.kernel, subtract, draw(st.booleans()), surrogate)
    return x, state, packed, rule, draw(st.booleans())


def test_every_neuron_that_is_compiled_has_a_kernel(kernels):
    assert set(kernels.MODELS) == set(dynamics.NEURONS)


@settings(max_examples=60)
@given(case=cases())
def test_values_and_gradients_are_those_of_the_processor(kernels, case):
    x, state, packed, rule, learn = case
    arguments = (x, state, packed, *rule, True)
    out, last, saved = kernels.forward(*arguments)
    expected = _ops.forward(*arguments)
    for a, b in zip((out, last, saved), expected, strict=True):
        assert torch.equal(a, b)
    grad_out, grad_last = torch.randn_like(out), torch.randn_like(last)
    tape = saved if saved.numel() else None
    results = [
        one(grad_out, grad_last, x, tape, state, packed, *rule, learn)
        for one in (kernels.backward, _ops.backward)
    ]
    size = 1e-4 if x.dtype == torch.float32 else 1e-11
    for a, b in zip(*results, strict=True):
        bound = max(1.0, float(b.abs().max())) if b.numel() else 1.0
        assert torch.allclose(a, b, rtol=0, atol=size * bound)


@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered:RuntimeWarning")
def test_the_exponential_has_the_bits_of_the_processor(kernels):
    edges = [0.0, -0.0, 1.0, 88.72283, 88.8, -87.33654, -87.4, 1e30, -1e30, 709.7, -708.4]
    special = [float("inf"), float("-inf"), float("nan")]
    for dtype in (torch.float32, torch.float64):
        far = torch.linspace(-120, 120, 400, dtype=dtype)
        # delta_t of 1 and v_th of 0, so that the voltage is the argument.
        v = torch.cat([far, torch.tensor(edges + special, dtype=dtype)])
        coefficients = {"v_th": 0.0, "delta_t": 1.0, "v_reset": -1.0}
        layer = norse_lite.LIFEx(**coefficients)
        packed = layer.coefficients_for(v).packed((len(v),))
        state = torch.stack([v, torch.zeros_like(v)])[:, None]
        rule = ("lif_ex", False, False, surrogate_key(SuperSpike()), True)
        x = torch.zeros(1, 1, len(v), dtype=dtype)
        (_, _, a), (_, _, b) = (one(x, state, packed, *rule) for one in (kernels.forward, FORWARD))
        assert torch.equal(a[0, 1].nan_to_num(nan=-1.0), b[0, 1].nan_to_num(nan=-1.0))
        assert a[0, 1].isnan().sum() == 1


def gradients(layer, x, state):
    """Outputs, and gradients of the input, the state and the parameters."""
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


def agree(layers, x, state, size):
    (y, last, grads), (y_plain, last_plain, grads_plain) = (
        gradients(layer, x, state) for layer in layers
    )
    assert torch.equal(y, y_plain)
    for a, b in zip(last, last_plain, strict=True):
        assert torch.allclose(a, b, rtol=1e-5, atol=1e-6)
    for a, b in zip(grads, grads_plain, strict=True):
        if a is None or b is None:  # no path to this leaf, which one may show as zeros
            assert all(g is None or not g.any() for g in (a, b))
            continue
        bound = max(1.0, float(b.abs().max()))
        assert torch.allclose(a, b, rtol=0, atol=size * bound)


@pytest.mark.usefixtures("on_triton")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("name", LAYERS + ADAPTIVE)
def test_layers_agree_with_plain_torch_with_every_parameter_learned(name, dtype):
    layer, neurons = getattr(norse_lite, name), 6
    torch.manual_seed(5)
    names = tuple(layer.neuron.parameters.__dataclass_fields__)
    options = {"learn": names, "surrogate": SuperSpike(10.0)}
    if name in SPIKING:
        options["v_th"] = 0.3 + torch.rand(neurons)
    else:
        del options["surrogate"]
    layers = [layer(**options, backend=backend) for backend in ("auto", "reference")]
    if dtype == torch.float64:
        layers = [one.double() for one in layers]
    x = (3 * torch.rand(9, 2, neurons)).to(dtype)
    agree(layers, x, None, 1e-2 if dtype == torch.bfloat16 else 1e-3)


@pytest.mark.usefixtures("on_triton")
@pytest.mark.parametrize("learn", [False, True])
@pytest.mark.parametrize("name", SPIKING)
def test_recurrent_layers_agree_with_plain_torch(name, learn):
    layer, neurons = getattr(norse_lite, f"{name}Recurrent"), 6
    torch.manual_seed(6)
    names = tuple(layer.neuron.parameters.__dataclass_fields__) if learn else ()
    options = {
        "learn": names,
        "surrogate": SuperSpike(10.0),
        "v_th": 0.3 + torch.rand(neurons),
        # Sums of such numbers are exact in any order.
        "input_weights": (torch.randn(neurons, 4) * 16).round() / 16,
        "recurrent_weights": (torch.randn(neurons, neurons) * 16).round() / 32,
    }
    layers = [layer(4, neurons, **options, backend=b).double() for b in ("auto", "reference")]
    x = (torch.rand(9, 2, 4) * 64).round().double() / 32
    agree(layers, x, None, 1e-9)
    inner = [torch.rand(2, neurons).double() for _ in layer.neuron.state._fields]
    state = layer.neuron.recurrent_state((torch.rand(2, neurons) < 0.5).double(), *inner)
    agree(layers, x, state, 1e-9)


@pytest.mark.usefixtures("on_triton")
@pytest.mark.parametrize("name", [*LAYERS, *ADAPTIVE, "LSNNRecurrent", "LIFAdExRefracRecurrent"])
def test_a_sequence_cut_in_time_gives_the_same_bits(name):
    torch.manual_seed(7)
    layer = getattr(norse_lite, name)(*(3, 5) if "Recurrent" in name else ())
    x = 3 * torch.rand(8, 2, 3 if "Recurrent" in name else 5)
    with torch.no_grad():
        whole, last = layer(x)
        for cut in (0, 1, 5, 8):
            first, state = layer(x[:cut])
            second, state = layer(x[cut:], state)
            assert torch.equal(torch.cat([first, second]), whole)
            for a, b in zip(state, last, strict=True):
                assert torch.equal(a, b)


COMPILE = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from norse_lite.fused import _triton_adaptive, _triton_adaptive_backward, _triton_kernels

integers, scalars = ("steps", "columns", "neurons", "x_step"), ("alpha", "through")
first = _triton_kernels.compiled()
second = _triton_adaptive.compiled() | _triton_adaptive_backward.compiled()
cases = [(first, kind, "fp32") for kind in range(4)]
cases += [(second, kind, number) for kind, number in enumerate(["fp32"] * 5, 4)]
cases += [(second, 6, "fp64")]
for kernels, kind, number in cases:
    for kernel in (kernels["_forward"], kernels["_backward"]):
        fixed = {"KIND": kind, "SPIKING": True, "SUBTRACT": kind % 2 == 0, "STATE": True}
        fixed |= {"SAVE": True, "STATES": True, "REFRACTORY": kind in (4, 6)}
        fixed |= {"SURROGATE": kind % 5, "LEARN": True, "BLOCK": 128}
        fixed = {key: fixed[key] for key in kernel.arg_names if key in fixed}
        types = dict.fromkeys(kernel.arg_names, "*" + number)
        types |= {key: "i32" for key in integers if key in types}
        types |= {key: "fp32" for key in scalars if key in types}
        types |= dict.fromkeys(fixed, "constexpr")
        places = {(kernel.arg_names.index(key),): value for key, value in fixed.items()}
        source = ASTSource(fn=kernel, signature=types, constexprs=places)
        options = {"enable_fp_fusion": False}
        made = triton.compile(source, target=GPUTarget("cuda", 80, 32), options=options)
        assert "fma" not in made.asm["ptx"], "other roundings than on the processor"
        assert kernel is kernels["_backward"] or "div.full" not in made.asm["ptx"]
        print(kind, number, len(made.asm["cubin"]) > 0)
"""


def test_the_kernels_compile_for_a_device_that_is_not_here(tmp_path):
    settings_ = {"TRITON_CACHE_DIR": str(tmp_path), "TRITON_INTERPRET": "0"}
    program = tmp_path / "compile.py"  # the kernels' source must be in files
    program.write_text(COMPILE)
    command = [sys.executable, "-W", "ignore", str(program)]
    done = subprocess.run(
        command, env=os.environ | settings_, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("True") == 20
