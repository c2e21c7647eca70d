"""The same networks in Norse 1.1.0 and in its surface here: values, states, gradients."""

import warnings

import pytest
import torch
from torch import nn

import norse_lite.compat.norse as compat

with warnings.catch_warnings():
    # Norse compiles with torch.jit, which newer versions of torch warn about.
    warnings.simplefilter("ignore")
    pytest.importorskip("norse", "1.1.0")
    import norse.torch as theirs

ours = compat.torch

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]


def leaves(state):
    if isinstance(state, torch.Tensor):
        return [state]
    if isinstance(state, (tuple, list)):
        return [leaf for value in state for leaf in leaves(value)]
    return []


RANGES = {
    "tau_syn_inv": (100, 400),
    "tau_mem_inv": (50, 200),
    "v_leak": (-0.1, 0.1),
    "v_th": (0.5, 0.9),
    "v_reset": (-0.3, 0),
    "alpha": (5, 50),
    "beta": (0.5, 1),
    "tau_adapt_inv": (1, 20),
    "delta_T": (0.3, 0.6),
    "tau_ada_inv": (1, 30),
    "adaptation_current": (1, 4),
    "adaptation_spike": (0.01, 0.1),
    "rho_reset": (2, 6),
}


def drawn(package, kind, seed):
    """Parameters drawn at random, the same for both packages."""
    generator = torch.Generator().manual_seed(seed)
    make = getattr(package, kind)
    values = {}
    for field in make._fields:
        if field in ("lif", "lif_adex"):
            inner = "LIFParameters" if field == "lif" else "LIFAdExParameters"
            values[field] = drawn(package, inner, seed)
        elif field in RANGES:
            low, high = RANGES[field]
            values[field] = low + (high - low) * torch.rand((), generator=generator)
    return make(**values)


def run(module, x, in_steps):
    if not in_steps:
        return module(x)
    state, outputs = None, []
    for x_t in x:
        y, state = module(x_t, state)
        outputs.append(y)
    return torch.stack(outputs), state


def compare(build, shape, *, in_steps, scale=1.0, dtype=torch.float64, release="1.1.0"):
    """Build and run a program with both packages; everything it computes must agree."""
    results = []
    for package in (theirs, ours):
        torch.manual_seed(1)
        module = build(package).to(dtype)
        x = scale * torch.rand(shape, generator=torch.Generator().manual_seed(3), dtype=dtype)
        x.requires_grad_()
        with compat.use_release(release):
            y, state = run(module, x, in_steps)
        weights = torch.randn(y.shape, generator=torch.Generator().manual_seed(4), dtype=dtype)
        loss = (y * weights).sum()
        for leaf in leaves(state):
            if leaf.requires_grad:
                loss = loss + leaf.sum()
        loss.backward()
        grads = {n: p.grad for n, p in module.named_parameters() if p.grad is not None}
        results.append((y.detach(), state, x.grad, grads, module.state_dict()))
    (y, state, grad, grads, saved), (y2, state2, grad2, grads2, saved2) = results
    assert list(saved) == list(saved2)
    spikes = ((y == 0) | (y == 1)).all()
    if spikes:
        assert torch.equal(y, y2)
    tolerance = 1e-9 if dtype == torch.float64 else 1e-5
    torch.testing.assert_close(y2, y, rtol=tolerance, atol=tolerance)
    assert len(leaves(state)) == len(leaves(state2))
    for a, b in zip(leaves(state), leaves(state2), strict=True):
        torch.testing.assert_close(b.to(a), a, rtol=tolerance, atol=tolerance)
    wide = 1e-7 if dtype == torch.float64 else 1e-4
    torch.testing.assert_close(grad2, grad, rtol=wide, atol=wide * float(grad.abs().max()))
    assert list(grads) == list(grads2)
    for name, value in grads.items():
        bound = wide * max(float(value.abs().max()), 1e-30)
        torch.testing.assert_close(grads2[name], value, rtol=wide, atol=bound)
    return y


NEURONS = {
    "LIF": ("LIFParameters", 1.0),
    "LIFAdEx": ("LIFAdExParameters", 0.5),
    "LIFEx": ("LIFExParameters", 0.5),
    "LSNN": ("LSNNParameters", 1.0),
    "LIFRefrac": ("LIFRefracParameters", 1.0),
    "LIFAdExRefrac": ("LIFAdExRefracParameters", 0.5),
    "IAF": ("IAFParameters", 1.0),
    "LI": ("LIParameters", 1.0),
    "LIBox": ("LIBoxParameters", 1.0),
    "LIFBox": ("LIFBoxParameters", 3.0),
}
FORMS = [
    (name, form)
    for name in NEURONS
    for form in ("Cell", "", "RecurrentCell", "Recurrent")
    if hasattr(theirs, name + form)
]


@pytest.mark.parametrize(("name", "form"), FORMS)
@pytest.mark.parametrize("seed", [None, 5, 6])
def test_neurons_agree(name, form, seed):
    kind, scale = NEURONS[name]

    def build(package):
        sizes = (5, 4) if "Recurrent" in form else ()
        p = () if seed is None else (drawn(package, kind, seed),)
        return getattr(package, name + form)(*sizes, *p, dt=1e-3)

    compare(build, (60, 2, 5), in_steps="Cell" in form, scale=scale)


@pytest.mark.parametrize("method", ["triangle", "tanh", "circ", "heavi_erfc"])
def test_surrogates_agree(method):
    def build(package):
        p = package.LIFParameters(method=method, alpha=torch.tensor(2.0))
        return package.SequentialState(package.LIF(p), nn.Linear(5, 3), package.LIF(p))

    compare(build, (40, 2, 5), in_steps=False, scale=2.0)


@pytest.mark.parametrize("behaviour", ["tonic_spiking", "dap", "class_1_exc", "mixed_mode"])
@pytest.mark.parametrize("form", ["", "Cell", "Recurrent", "RecurrentCell"])
def test_izhikevich_neurons_agree(behaviour, form):
    def build(package):
        sizes = (5, 4) if "Recurrent" in form else ()
        return getattr(package, "Izhikevich" + form)(*sizes, getattr(package, behaviour))

    compare(build, (100, 2, 5), in_steps="Cell" in form, scale=20.0, dtype=torch.float32)


def test_izhikevich_behaviours_are_those_of_norse():
    for name in ours.functional.izhikevich.__all__:
        value = getattr(ours, name)
        if isinstance(value, ours.IzhikevichSpikingBehavior):
            twin = getattr(theirs, name)
            for a, b in zip(value.p[:9], twin.p[:9], strict=True):
                assert a == pytest.approx(b)
            assert [float(v) for v in value.s] == pytest.approx([float(v) for v in twin.s])


def shaped(package, name):
    if name == "digits":  # the tutorial's network
        p = package.LIFParameters(v_th=torch.tensor(0.4))
        return package.SequentialState(
            nn.Conv2d(1, 4, 3),
            package.LIFCell(p),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 6, 3),
            package.LIFCell(),
            nn.Flatten(),
            nn.Linear(6 * 2 * 2, 10, bias=False),
            package.LICell(),
        )
    if name == "memory":  # recurrent neurons with an adaptive threshold
        p = package.LSNNParameters(tau_adapt_inv=torch.tensor(2.0), beta=torch.tensor(0.9))
        return package.SequentialState(
            package.LSNNRecurrentCell(10, 8, p), package.LILinearCell(8, 3)
        )
    if name == "sequences":
        return package.SequentialState(
            nn.Linear(10, 8),
            package.LIF(),
            nn.Linear(8, 8),
            package.LIFRecurrent(8, 6),
            package.LSNN(),
            package.LI(),
        )
    if name == "compartments":
        return package.LIFMCRecurrentCell(10, 4, drawn(package, "LIFParameters", 2))
    if name == "refractory compartments":
        g = 0.01 * torch.randn(4, 4, dtype=torch.float64)
        p = drawn(package, "LIFRefracParameters", 2)
        return package.LIFMCRefracRecurrentCell(10, 4, p, g_coupling=nn.Parameter(g))
    if name == "subtract":
        p = package.LIFBoxParameters(
            v_th=torch.tensor(0.8), v_reset=torch.tensor(-0.3), reset_method=package.reset_subtract
        )
        return package.LIFBoxCell(p)
    if name == "lift":
        return package.SequentialState(
            package.Lift(nn.Linear(10, 6)), package.LIF(), package.Lift(nn.ReLU())
        )
    assert name == "nested"
    return package.SequentialState(
        package.SequentialState(nn.Linear(10, 6), package.LIFCell()),
        package.SequentialState(nn.Linear(6, 4), package.LIFRefracCell()),
    )


@pytest.mark.parametrize(
    ("name", "in_steps"),
    [
        ("digits", True),
        ("memory", True),
        ("sequences", False),
        ("compartments", True),
        ("refractory compartments", True),
        ("subtract", True),
        ("lift", False),
        ("nested", True),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_programs_agree(name, in_steps, dtype):
    shape = (30, 2, 1, 10, 10) if name == "digits" else (40, 2, 10)

    def build(package):
        if name == "digits":
            torch.manual_seed(2)
        return shaped(package, name)

    if name == "refractory compartments" and dtype == torch.float32:
        pytest.skip("the coupling is given in float64")
    compare(build, shape, in_steps=in_steps, scale=3.0, dtype=dtype)


def test_convolutional_models_agree():
    for name in ("ConvNet", "ConvNet4"):
        a, b = getattr(theirs, name)(), getattr(ours, name)()
        b.load_state_dict(a.state_dict())
        x = 3 * torch.rand(15, 1, 1, 28, 28)
        y = a(x)
        assert y.abs().max() > 0
        torch.testing.assert_close(b(x), y)


@pytest.mark.parametrize("name", ["vgg11", "vgg13_bn", "mobilenet_v2"])
def test_large_models_have_the_weights_of_norse(name):
    with torch.device("meta"), torch.no_grad():
        shapes = [
            {k: v.shape for k, v in getattr(package, name)(num_classes=3).state_dict().items()}
            for package in (theirs, ours)
        ]
    assert shapes[0] == shapes[1]


def test_a_small_mobilenet_agrees():
    options = {"num_classes": 3, "inverted_residual_setting": [[1, 16, 1, 1], [6, 24, 2, 2]]}
    a, b = (package.MobileNetV2(**options).eval() for package in (theirs, ours))
    for module in a.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, 0.5, 0.3)
    b.load_state_dict(a.state_dict())
    x = 50 * torch.rand(12, 1, 3, 32, 32)
    y = a(x)
    assert y.abs().max() > 0.0
    torch.testing.assert_close(b(x), y)


def test_regularization_and_hidden_outputs_agree():
    results = []
    for package in (theirs, ours):
        torch.manual_seed(0)
        cell = package.RegularizationCell()
        voltages = package.RegularizationCell(package.voltage_accumulator)
        model = package.SequentialState(nn.Linear(4, 3), package.LIFCell(), return_hidden=True)
        seen, state = [], None
        model.register_forward_state_hooks(lambda m, given, made, seen=seen: seen.append(made[0]))
        for x in torch.rand(10, 2, 4) * 5:
            hidden, state = model(x, state)
            cell(hidden[1], state[1])
            voltages(hidden[1], state[1])
        model.remove_forward_state_hooks()
        model(torch.rand(2, 4))
        assert isinstance(state, list)
        assert len(seen) == 10
        results.append((cell.state, voltages.state, *hidden, *seen))
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(b, a)


def test_recurrent_chains_agree():
    for output in (-1, [0, 2]):
        results = []
        for package in (theirs, ours):
            torch.manual_seed(0)
            model = package.RecurrentSequential(
                nn.Linear(3, 3), package.LICell(), nn.Linear(3, 3), output_modules=output
            )
            state = None
            for x in torch.rand(2 if output != -1 else 6, 2, 3):
                if output != -1:
                    state = None
                y, state = model(x, state)
            results.append([y] if output == -1 else y)
        for a, b in zip(*results, strict=True):
            torch.testing.assert_close(b, a)
