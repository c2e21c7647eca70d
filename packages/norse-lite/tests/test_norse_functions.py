"""The functions of Norse 1.1.0 and of its surface here: encoders, sensors, plasticity, logic."""

import importlib
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
    return [leaf for value in state for leaf in leaves(value)]


def test_encoders_agree():
    values = torch.rand(3, 4)
    programs = [
        lambda p: p.constant_current_lif_encode(
            10 * values, 20, p.LIFParameters(v_th=torch.tensor(0.7), v_leak=torch.tensor(0.1))
        ),
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
