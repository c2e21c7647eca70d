"""Compiled neuron models against their plain numpy definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neuro_kernels
from neuro_kernels import dynamics
from neuro_kernels.reference import dynamics as reference
from neuro_kernels.reference.adaptive import exponential

NEURONS = sorted(dynamics.NEURONS)
SURROGATES = sorted(set(dynamics.SURROGATES) - {"given"})


@st.composite
def cases(draw, finite=False):
    neuron = draw(st.sampled_from(NEURONS))
    steps = draw(st.integers(0, 12))
    batch = draw(st.integers(1, 5))
    neurons = draw(st.sampled_from([1, 3, 17, 700]))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    per_neuron = draw(st.booleans())
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    model = dynamics.NEURONS[neuron]
    shape = (neurons,) if per_neuron else ()
    ranges = {"leak": (0.02, 0.9), "decay": (0.02, 0.9), "gain": (0.5, 2.0), "v_leak": (-0.3, 0.3)}
    ranges |= {"v_th": (0.4, 1.2), "v_reset": (-0.5, 0.2), "weight": (0.1, 2.0)}
    ranges |= {"delta_t": (0.3, 0.6), "ada": (0.01, 0.2), "adaptation_current": (0.5, 4.0)}
    ranges |= {"adaptation_spike": (0.01, 0.3), "adapt": (0.01, 0.2), "beta": (0.1, 2.0)}
    ranges |= {"rho_reset": (0.5, 3.0)}
    coefficients = np.stack([rng.uniform(*ranges[name], shape) for name in model.coefficients])
    x = rng.normal(0.4, 1, (steps, batch, neurons)).astype(dtype)
    state = tuple(rng.normal(0, 0.5, (batch, neurons)).astype(dtype) for _ in model.states)
    reset = draw(st.sampled_from(["value", "subtract"]))
    if finite and "delta_t" in model.coefficients:  # an upswing may outgrow what is subtracted
        reset = "value"
    return neuron, x, coefficients.astype(dtype), state, reset, rng


@given(cases(), st.booleans())
def test_forward_has_the_bits_of_the_reference(case, at_rest):
    neuron, x, coefficients, state, reset, _ = case
    state = None if at_rest else state
    expected = reference.forward(neuron, x, list(coefficients), state, reset=reset)
    got = dynamics.forward(neuron, x, coefficients, state, reset=reset, save=True)
    np.testing.assert_array_equal(got.out, expected.out)
    for a, b in zip(got.state, expected.state, strict=True):
        np.testing.assert_array_equal(a, b)
    if got.saved is not None:
        np.testing.assert_array_equal(got.saved, expected.saved)


@given(
    cases(finite=True),
    st.sampled_from(SURROGATES),
    st.booleans(),
    st.sampled_from([1.0, 10.0, 100.0]),
)
def test_backward_agrees_with_the_reference(case, surrogate, detach, alpha):
    neuron, x, coefficients, state, reset, rng = case
    rule = {"surrogate": surrogate, "alpha": alpha, "detach_reset": detach, "reset": reset}
    rule["grad_out"] = rng.normal(0, 1, x.shape).astype(x.dtype)
    rule["grad_state"] = [rng.normal(0, 1, s.shape).astype(x.dtype) for s in state]
    expected = reference.backward(neuron, x, list(coefficients), state, **rule)
    got = dynamics.backward(neuron, x, coefficients, state, learn=True, **rule)
    size = 1e-4 if x.dtype == np.float32 else 1e-11

    def check(a, b):
        bound = np.abs(b).max(initial=1.0)
        np.testing.assert_allclose(a, b, rtol=0, atol=size * bound)

    check(got.x, expected.x)
    for a, b in zip(got.state, expected.state, strict=True):
        check(a, b)
    total = expected.coefficients.sum(axis=1)
    check(got.coefficients, total if coefficients.ndim == 2 else total.sum(axis=1))


@given(cases(finite=True), st.sampled_from(SURROGATES))
def test_backward_is_the_same_from_saved_voltages_and_from_a_replay(case, surrogate):
    neuron, x, coefficients, state, reset, rng = case
    rule = {"surrogate": surrogate, "alpha": 7.0, "reset": reset}
    rule["grad_out"] = rng.normal(0, 1, x.shape).astype(x.dtype)
    saved = dynamics.forward(neuron, x, coefficients, state, reset=reset, save=True).saved
    replayed = dynamics.backward(neuron, x, coefficients, state, **rule)
    learning = dynamics.backward(neuron, x, coefficients, state, learn=True, **rule)
    restored = dynamics.backward(neuron, x, coefficients, state, saved=saved, **rule)
    np.testing.assert_array_equal(restored.x, replayed.x)
    np.testing.assert_array_equal(learning.x, replayed.x)
    model = dynamics.NEURONS[neuron]
    if model.spiking:
        values = dict(zip(model.coefficients, coefficients, strict=True))
        values |= dict(zip(model.tape, np.moveaxis(saved, 1, 0), strict=True))
        u = [values[a] - (values[b] if b else 0) for a, b in model.distances]
        rule |= {"surrogate": "given"}
        derivative = reference.surrogate_derivative(surrogate, np.stack(u), 7.0).astype(x.dtype)
        rule["derivative"] = derivative if len(u) > 1 else derivative[0]
        given_ = dynamics.backward(neuron, x, coefficients, state, saved=saved, **rule)
        bound = np.abs(replayed.x).max(initial=1.0)
        np.testing.assert_allclose(given_.x, replayed.x, rtol=0, atol=1e-4 * bound)


@given(cases(), st.data())
def test_a_sequence_cut_in_two_gives_the_same_bits(case, data):
    neuron, x, coefficients, state, reset, _ = case
    cut = data.draw(st.integers(0, len(x)))
    whole = dynamics.forward(neuron, x, coefficients, state, reset=reset)
    first = dynamics.forward(neuron, x[:cut], coefficients, state, reset=reset)
    second = dynamics.forward(neuron, x[cut:], coefficients, first.state, reset=reset)
    np.testing.assert_array_equal(np.concatenate([first.out, second.out]), whole.out)
    for a, b in zip(second.state, whole.state, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("neuron", NEURONS)
def test_results_do_not_depend_on_the_number_of_threads(neuron):
    rng = np.random.default_rng(3)
    x = rng.normal(0.4, 1, (40, 5000)).astype(np.float32)
    count = len(dynamics.NEURONS[neuron].coefficients)
    coefficients = np.linspace(0.1, 0.9, count, dtype=np.float32)
    before = neuro_kernels.num_threads()
    results = []
    try:
        for threads in (1, 2, 3):
            neuro_kernels.set_num_threads(threads)
            trace = dynamics.forward(neuron, x, coefficients)
            grads = dynamics.backward(neuron, x, coefficients, grad_out=x, learn=True)
            results.append((trace.out, trace.state[0], grads.x, grads.coefficients))
    finally:
        neuro_kernels.set_num_threads(before)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_misfits_are_refused_with_what_was_expected():
    x = np.zeros((3, 2), np.float32)
    iaf = np.ones(3, np.float32)
    with pytest.raises(ValueError, match="unknown neuron 'lfi': choose one of lif"):
        dynamics.forward("lfi", x, iaf)
    with pytest.raises(ValueError, match=r"\(3,\) or \(3, neurons\) for gain, v_th, v_reset"):
        dynamics.forward("iaf", x, np.ones(4, np.float32))
    with pytest.raises(ValueError, match="5 neurons do not fit"):
        dynamics.forward("iaf", x, np.ones((3, 5), np.float32))
    with pytest.raises(ValueError, match="float32 or float64"):
        dynamics.forward("iaf", x.astype(int), iaf)
    with pytest.raises(ValueError, match=r"state v must be float32 of shape \(2,\)"):
        dynamics.forward("iaf", x, iaf, [np.zeros(3, np.float32)])
    with pytest.raises(ValueError, match="unknown surrogate"):
        dynamics.backward("iaf", x, iaf, surrogate="none")
    with pytest.raises(ValueError, match="derivative is expected"):
        dynamics.backward("iaf", x, iaf, surrogate="given")
    with pytest.raises(ValueError, match="grad_out must be float32"):
        dynamics.backward("iaf", x, iaf, grad_out=np.zeros(3, np.float32))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_exponential_is_close_to_that_of_numpy(dtype):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-87, 88, 3000), rng.normal(0, 1, 3000)]).astype(dtype)
    ours, expected = exponential(x), np.exp(x.astype(np.float64))
    assert np.abs(ours / expected - 1).max() < 2.5 * np.finfo(dtype).eps
    ends = np.array([np.inf, 1000, 90 if dtype == np.float32 else 710, -1000, -np.inf], dtype)
    assert exponential(ends).tolist() == [np.inf, np.inf, np.inf, 0, 0]
    assert np.isnan(exponential(np.array([np.nan], dtype))).all()
