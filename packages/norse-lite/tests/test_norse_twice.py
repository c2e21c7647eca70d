"""The same programs against Norse 1.1.0 and against its surface here: values, states, gradients."""

import importlib
import inspect
import pkgutil
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

    for _module in pkgutil.walk_packages(theirs.__path__, "norse.torch."):
        try:
            importlib.import_module(_module.name)
        except (ImportError, AttributeError):  # plots, and a module that fails with new torch
            continue

ours = compat.torch

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]

# Names that are not carried over, and why.
ABSENT = {
    "AdjointFunction|AdjointRefracFunction|AdjointRefracFeedForwardFunction": "autograd internals",
    "derive_spatial_receptive_field": "replaced in later versions by derivatives in the parameters",
    "MultipleInheritanceNamedTupleMeta": "makes their tuples; ours are plain named tuples",
    "CubaLIF": "internal to from_nir",
}
# Signatures that follow later versions, which gave receptive fields a centre.
LATER = {"spatial_receptive_field", "spatial_parameters", "spatio_temporal_parameters"}


def public_names():
    for info in pkgutil.walk_packages(theirs.__path__, "norse.torch."):
        if any(part in info.name for part in (".test", "plot", "tensorboard", "coba_lif_adjoint")):
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if not name.startswith("_") and getattr(value, "__module__", "") == info.name:
                yield info.name, name, value


def is_absent(name):
    return any(part in name for parts in ABSENT for part in parts.split("|"))


def test_every_public_name_of_norse_exists_with_its_arguments():
    seen = 0
    for module, name, value in public_names():
        if is_absent(name) or type(value).__name__ == "TypeVar":
            continue
        twin = getattr(importlib.import_module(f"norse_lite.compat.{module}"), name)
        seen += 1
        if hasattr(value, "_fields"):
            assert twin._fields == value._fields
            assert set(twin._field_defaults) >= set(value._field_defaults)
            continue
        if name in LATER or (inspect.isclass(value) and issubclass(value, torch.autograd.Function)):
            continue
        try:
            wanted = inspect.signature(value).parameters.values()
        except ValueError:
            continue
        kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
        names = [p.name for p in wanted if p.kind not in kinds]
        given = [p.name for p in inspect.signature(twin).parameters.values()]
        given = [n for n in given if n in names]
        assert given == names, f"{module}.{name}"
    assert seen > 200


def test_names_at_the_top_are_those_of_norse():
    missing = [
        name
        for name in dir(theirs)
        if not name.startswith("_") and not hasattr(ours, name) and not is_absent(name)
    ]
    assert missing == []


def test_default_values_are_those_of_norse():
    compared = 0
    for module, name, value in public_names():
        if not hasattr(value, "_field_defaults") or is_absent(name):
            continue
        twin = getattr(importlib.import_module(f"norse_lite.compat.{module}"), name)
        for field, default in value._field_defaults.items():
            if isinstance(default, (torch.Tensor, float, int)):
                assert torch.equal(
                    torch.as_tensor(default),
                    torch.as_tensor(twin._field_defaults[field]).to(torch.as_tensor(default)),
                )
                compared += 1
    assert compared > 60


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
        return package.LIFBoxCell(package.LIFBoxParameters(reset_method=package.reset_subtract))
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


def test_encoders_agree():
    values = torch.rand(3, 4)
    programs = [
        lambda p: p.constant_current_lif_encode(10 * values, 20, drawn(p, "LIFParameters", 1)),
        lambda p: p.spike_latency_lif_encode(10 * values, 20),
        lambda p: p.spike_latency_encode((values > 0.5).float()),
        lambda p: p.poisson_encode(values, 50),
        lambda p: p.poisson_encode(values, 50, f_max=300, dt=2e-3),
        lambda p: p.poisson_encode_step(values),
        lambda p: p.signed_poisson_encode(2 * values - 1, 50, f_max=500),
        lambda p: p.population_encode(values, 5),
        lambda p: p.population_encode(values, 5, scale=2.0),
        lambda p: p.PoissonEncoder(30, f_max=400)(values),
        lambda p: p.PopulationEncoder(4)(values),
        lambda p: p.ConstantCurrentLIFEncoder(20)(10 * values),
        lambda p: p.SpikeLatencyLIFEncoder(20)(10 * values),
        lambda p: p.lif_current_encoder(10 * values, values, p.LIFParameters()),
        lambda p: p.lif_ex_current_encoder(10 * values, values),
    ]
    for program in programs:
        results = []
        for package in (theirs, ours):
            torch.manual_seed(7)
            results.append(program(package))
        torch.testing.assert_close(results[1], results[0])


def test_sensors_and_plasticity_agree():
    programs = []

    def correlation(p):
        parameters = p.LIFCorrelationParameters(
            input_correlation_parameters=p.CorrelationSensorParameters(
                *(torch.tensor(v) for v in (2.0, 3.0, 4.0, 5.0))
            )
        )
        sensors = [p.CorrelationSensorState(*torch.zeros(3, 1, n, 4)) for n in (3, 4)]
        state = p.LIFCorrelationState(p.LIFState(*torch.zeros(3, 1, 4)), *sensors)
        w, r = 2 * torch.rand(4, 3), torch.rand(4, 4)
        # Norse's sensors take one sample at a time.
        for x in (torch.rand(30, 1, 3) > 0.5).float():
            _, state = p.lif_correlation_step(x, state, w, r, parameters)
        return leaves(state)

    def update(p):
        state = p.CorrelationSensorState(*torch.rand(3, 1, 2, 3))
        rule = nn.Linear(12, 6)
        w = torch.rand(3, 2)
        changed = [
            p.correlation_based_update(t, rule, w, state, 0.1, 10).detach() for t in (3, 0, 10)
        ]
        return [*changed, *state]

    def sensor(p):
        state = p.STDPSensorState(torch.rand(3), torch.rand(3))
        parameters = p.STDPSensorParameters(*(torch.tensor(v) for v in (2.0, 3.0, 4.0, 5.0)))
        return p.stdp_sensor_step(torch.ones(3), torch.zeros(3), state, parameters)

    def short_term(p):
        state = p.TsodyksMakramState(torch.rand(3), torch.rand(3))
        outputs = []
        for z in (torch.rand(20, 3) > 0.5).float():
            y, state = p.stp_step(z, state, p.TsodyksMakramParameters())
            outputs.append(y)
        return [*outputs, *state]

    def timing(p, algorithm="additive", convolutional=False):
        stdp = (
            p.functional.stdp
            if p is ours
            else importlib.import_module("norse.torch.functional.stdp")
        )
        options = {"stdp_algorithm": algorithm, "mu": torch.tensor(0.7)}
        parameters = stdp.STDPParameters(
            eta_plus=0.1, eta_minus=0.05, convolutional=convolutional, **options
        )
        if convolutional:
            state = stdp.STDPState(torch.zeros(2, 2, 6, 6), torch.zeros(2, 3, 4, 4))
            w, step = torch.rand(3, 2, 3, 3), stdp.stdp_step_conv2d
            shapes = ((2, 2, 6, 6), (2, 3, 4, 4))
        else:
            state = stdp.STDPState(torch.zeros(2, 3), torch.zeros(2, 4))
            w, step = torch.rand(4, 3), stdp.stdp_step_linear
            shapes = ((2, 3), (2, 4))
        for _ in range(15):
            pre, post = ((torch.rand(s) > 0.6).float() for s in shapes)
            w, state = step(pre, post, w, state, parameters)
        return w, state.t_pre, state.t_post

    programs += [correlation, update, sensor, short_term]
    for algorithm in ("additive", "additive_step", "multiplicative_pow", "multiplicative_relu"):
        for convolutional in (False, True):
            programs.append(
                lambda p, a=algorithm, c=convolutional: timing(p, algorithm=a, convolutional=c)
            )
    for program in programs:
        results = []
        for package in (theirs, ours):
            torch.manual_seed(3)
            results.append(list(program(package)))
        for a, b in zip(*results, strict=True):
            torch.testing.assert_close(b, a, rtol=1e-5, atol=1e-6)


def test_small_functions_agree():
    a, b = torch.tensor([0.0, 1, 0, 1]), torch.tensor([0.0, 0, 1, 1])
    programs = [
        lambda p: p.logical_and(a, b),
        lambda p: p.logical_or(a, b),
        lambda p: p.logical_xor(a, b),
        lambda p: p.functional.logical.muller_c(b > 0, a > 0, a > 0).float(),
        lambda p: p.functional.logical.posedge_detector(a, b),
        lambda p: p.heavi_tanh_fn(a - 0.5, 1.0),
        lambda p: p.functional.threshold.sign(a - 0.5, "super", 1.0),
        lambda p: p.SpikesToTimesDecoder(torch.tensor(2), dt=0.1)(
            torch.stack([a, b, a, b]).unsqueeze(1)
        ),
        lambda p: p.LConv2d(1, 2, 3, stride=2, padding=1)(torch.ones(4, 2, 1, 8, 8)),
        lambda p: p.functional.lift.lift(p.functional.lif.lif_feed_forward_step, p.LIFParameters())(
            torch.ones(20, 3), state=p.LIFFeedForwardState(torch.zeros(3), torch.zeros(3))
        )[0],
        lambda p: p.Lift(p.LIFCell())(torch.ones(20, 3))[0],
        lambda p: importlib.import_module(f"{p.__name__}.module.exp_filter").ExpFilter(
            2, 3, tau_filter_inv=100.0
        )(torch.ones(9, 1, 2)),
        lambda p: p.TemporalReceptiveField((2, 3, 3), n_scales=3)(torch.ones(2, 2, 3, 3))[0],
    ]
    for program in programs:
        results = []
        for package in (theirs, ours):
            torch.manual_seed(5)
            results.append(program(package))
        torch.testing.assert_close(results[1], results[0])


def test_random_threshold_functions_have_the_probabilities_of_norse():
    u = torch.linspace(-1, 1, 5).repeat(20000, 1)
    for name in ("logistic_fn", "circ_dist_fn"):
        means, grads = [], []
        for package in (theirs, ours):
            x = u.clone().requires_grad_()
            z = getattr(package, name)(x, 1.5)
            z.sum().backward()
            means.append(z.detach().mean(0))
            grads.append(x.grad)
        torch.testing.assert_close(means[0], means[1], rtol=0, atol=0.02)
        torch.testing.assert_close(grads[0], grads[1])
