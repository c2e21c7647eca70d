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
from norse_lite.fused import _ops
from norse_lite.surrogate import ATan, Boxcar, SuperSpike, Surrogate, Triangle, surrogate_key

pytest.importorskip("triton")
LAYERS = ["LIF", "LIFBox", "IAF", "CubaLIF", "LI", "LIBox", "CubaLI"]


class Gaussian(Surrogate):
    """A surrogate that no kernel knows."""

    def derivative(self, u):
        return torch.exp(-4 * u * u)

    def __repr__(self):
        return "Gaussian()"


SURROGATES = [SuperSpike(10.0), Triangle(), ATan(), Boxcar(), Gaussian()]


@pytest.fixture(scope="module")
def kernels():
    """The module of the kernels, with functions that the interpreter runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_INTERPRET", "1")
        names = ("norse_lite.fused._triton", "norse_lite.fused._triton_kernels")
        for name in names:
            patch.delitem(sys.modules, name, raising=False)
        yield importlib.import_module(names[0])
        for name in names:
            sys.modules.pop(name, None)


@st.composite
def cases(draw):
    layer = getattr(norse_lite, draw(st.sampled_from(LAYERS)))
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    neurons, batch, steps = draw(st.sampled_from([1, 5, 70])), 2, draw(st.integers(0, 5))
    torch.manual_seed(draw(st.integers(0, 2**31)))
    x = torch.randn(steps, batch, neurons, dtype=dtype) + 0.5
    options = {"tau_mem": 5e-3 * (0.5 + torch.rand(neurons))} if draw(st.booleans()) else {}
    if layer is norse_lite.IAF:
        options = {"v_th": 0.5 + torch.rand(neurons)} if options else {}
    packed = layer(**options).coefficients_for(x).packed((neurons,))
    state = None
    if draw(st.booleans()):
        state = torch.randn(len(layer.neuron.state._fields), batch, neurons, dtype=dtype)
    surrogate = surrogate_key(draw(st.sampled_from(SURROGATES)))
    rule = (layer.neuron.kernel, draw(st.booleans()), draw(st.booleans()), surrogate)
    return x, state, packed, rule, draw(st.booleans())


def test_the_neurons_with_a_kernel_are_those_that_are_sent_to_it(kernels):
    assert set(_ops.ON_CUDA) == set(kernels.MODELS)


@settings(max_examples=40)
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


COMPILE = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from norse_lite.fused import _triton_kernels

integers, numbers = ("steps", "columns", "neurons", "x_step"), ("alpha", "through")
for name, kernel in _triton_kernels.compiled().items():
    if name not in ("_forward", "_backward"):
        continue
    for kind in range(4):
        fixed = {"KIND": kind, "SPIKING": True, "SUBTRACT": kind % 2 == 0, "STATE": True}
        fixed |= {"SAVE": True, "SURROGATE": kind, "LEARN": True, "BLOCK": 128}
        fixed = {key: fixed[key] for key in kernel.arg_names if key in fixed}
        types = dict.fromkeys(kernel.arg_names, "*fp32")
        types |= {key: "i32" for key in integers if key in types}
        types |= {key: "fp32" for key in numbers if key in types}
        types |= dict.fromkeys(fixed, "constexpr")
        places = {(kernel.arg_names.index(key),): value for key, value in fixed.items()}
        source = ASTSource(fn=kernel, signature=types, constexprs=places)
        options = {"enable_fp_fusion": False}
        made = triton.compile(source, target=GPUTarget("cuda", 80, 32), options=options)
        assert "fma" not in made.asm["ptx"], "other roundings than on the processor"
        print(name, kind, len(made.asm["cubin"]) > 0)
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
    assert done.stdout.count("True") == 8
