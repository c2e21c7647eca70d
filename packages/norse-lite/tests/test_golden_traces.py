"""Default parameters give the numbers that Norse computes: spikes, states and gradients."""

import numpy as np
import pytest
import torch

import norse_lite
from norse_lite.surrogate import SuperSpike

# Model of the traces -> layer, cell, and the parameters whose gradients are traced: 1 / tau there.
FEED_FORWARD = {
    "lif_ff": ("LIF", ("tau_mem", "tau_syn", "v_leak", "v_th", "v_reset")),
    "lif_box_ff": ("LIFBox", ("tau_mem", "v_leak", "v_th", "v_reset")),
    "iaf_ff": ("IAF", ("v_th", "v_reset")),
    "li_ff": ("LI", ("tau_mem", "tau_syn", "v_leak")),
    "li_box_ff": ("LIBox", ("tau_mem", "v_leak")),
}


def tensors(case, names, part):
    return [torch.from_numpy(case[f"{part}.{name}"]).clone() for name in names]


def assert_close(got, expected, size):
    bound = max(float(np.abs(expected).max()), 1e-30)
    np.testing.assert_allclose(got, expected, rtol=0, atol=size * bound)


@pytest.mark.parametrize("model", FEED_FORWARD)
def test_layer_and_cell_give_the_outputs_and_states_of_norse(golden, model):
    name, _ = FEED_FORWARD[model]
    case = golden.case(model)
    x = torch.from_numpy(case["in/x"])
    cell, layer = getattr(norse_lite, name + "Cell")(), getattr(norse_lite, name)()
    fields = cell.neuron.state._fields
    state = cell.neuron.state(*tensors(case, fields, "in/state0"))
    with torch.no_grad():
        z, last = layer(x, state)
        steps = []
        for t in range(len(x)):
            out, state = cell(x[t], state)
            steps.append((out, *state))
    np.testing.assert_array_equal(torch.stack([s[0] for s in steps]), z)
    if name.startswith("LIF") or name == "IAF":
        np.testing.assert_array_equal(z, case["out/z"])
    np.testing.assert_allclose(z, case["out/z"], rtol=1e-10, atol=1e-14)
    for k, field in enumerate(fields):
        trace = torch.stack([s[k + 1] for s in steps])
        np.testing.assert_allclose(trace, case[f"out/state.{field}"], rtol=1e-10, atol=1e-14)
        np.testing.assert_array_equal(last[k], trace[-1])


@pytest.mark.parametrize("release", ["1.1.0", "head"])
@pytest.mark.parametrize("backend", ["auto", "reference"])
@pytest.mark.parametrize("model", FEED_FORWARD)
def test_gradients_are_those_of_norse(golden, model, backend, release):
    name, learn = FEED_FORWARD[model]
    case = golden.case(model, release)
    surrogate = SuperSpike(1.0 if release == "1.1.0" else 100.0)
    with_float64_parameters = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        cell = getattr(norse_lite, name + "Cell")(learn=learn, surrogate=surrogate, backend=backend)
    finally:
        torch.set_default_dtype(with_float64_parameters)
    fields = cell.neuron.state._fields
    x = torch.from_numpy(case["in/x"]).requires_grad_()
    first = [s.requires_grad_() for s in tensors(case, fields, "in/state0")]
    state = cell.neuron.state(*first)
    loss = torch.zeros((), dtype=torch.float64)
    for t in range(len(x)):
        out, state = cell(x[t], state)
        loss = loss + (out * torch.from_numpy(case["in/cot.z"][t])).sum()
        for field, value in zip(fields, state, strict=True):
            loss = loss + (value * torch.from_numpy(case[f"in/cot.state.{field}"][t])).sum()
    loss.backward()
    np.testing.assert_allclose(loss.item(), case["out/loss"], rtol=1e-10)
    assert_close(x.grad, case["grad/x"], 1e-7)
    for field, value in zip(fields, first, strict=True):
        assert_close(value.grad, case[f"grad/state0.{field}"], 1e-7)
    for parameter in learn:
        if parameter.startswith("tau"):
            # d/dlog(tau) = -1/tau d/d(1/tau)
            got = -getattr(cell, f"log_{parameter}").grad * getattr(cell, parameter).detach()
            expected = case[f"grad/p.{parameter}_inv"]
        else:
            got, expected = getattr(cell, parameter).grad, case[f"grad/p.{parameter}"]
        assert_close(got, expected, 1e-7)


def test_super_spike_is_that_of_norse(golden):
    arrays = golden._arrays
    x = torch.from_numpy(arrays["surrogate/x"])
    expected = arrays["surrogate/super/alpha=100/dy"]
    np.testing.assert_allclose(SuperSpike(100.0).derivative(x), expected, rtol=1e-10)
    released = arrays["v1_1_0/surrogate/super/alpha=100/dy"]
    np.testing.assert_allclose(SuperSpike(1.0).derivative(x), released, rtol=1e-10)


def test_the_current_based_neuron_of_nir_gives_the_numbers_of_norse(golden):
    case = golden.case("cuba_lif_nir_import")
    torch.set_default_dtype(torch.float64)
    learn = ("tau_mem", "tau_syn", "v_leak", "v_th", "v_reset", "r", "w_in")
    try:
        cell = norse_lite.CubaLIFCell(w_in=float(case["in/p.w_in"]), learn=learn)
    finally:
        torch.set_default_dtype(torch.float32)
    x = torch.from_numpy(case["in/x"]).requires_grad_()
    first = [s.requires_grad_() for s in tensors(case, ("lif.v", "syn.v"), "in/state0")]
    state = norse_lite.CubaLIFState(*first)
    loss = torch.zeros((), dtype=torch.float64)
    for t in range(len(x)):
        out, state = cell(x[t], state)
        np.testing.assert_array_equal(out.detach(), case["out/z"][t])
        loss = loss + (out * torch.from_numpy(case["in/cot.z"][t])).sum()
        for field, value in zip(("lif.v", "syn.v"), state, strict=True):
            expected = case[f"out/state.{field}"][t]
            np.testing.assert_allclose(value.detach(), expected, rtol=1e-10, atol=1e-14)
            loss = loss + (value * torch.from_numpy(case[f"in/cot.state.{field}"][t])).sum()
    loss.backward()
    assert_close(x.grad, case["grad/x"], 1e-7)
    for parameter, key in (("w_in", "w_in"), ("r", "r"), ("v_th", "lif.v_th")):
        assert_close(getattr(cell, parameter).grad, case[f"grad/p.{key}"], 1e-7)


RECURRENT = {
    "lif_rec": ("LIFRecurrent", ("tau_mem", "tau_syn", "v_leak", "v_th", "v_reset"), True),
    "iaf_rec": ("IAFRecurrent", ("v_th", "v_reset"), False),
}


@pytest.mark.parametrize("release", ["1.1.0", "head"])
@pytest.mark.parametrize("model", RECURRENT)
def test_recurrent_layers_and_cells_give_the_numbers_of_norse(golden, model, release):
    name, learn, detach = RECURRENT[model]
    case = golden.case(model, release)
    weights = [torch.from_numpy(case[f"in/w.{w}"]) for w in ("input", "recurrent")]
    surrogate = SuperSpike(1.0 if release == "1.1.0" else 100.0)
    torch.set_default_dtype(torch.float64)
    try:
        cell, layer = (
            getattr(norse_lite, form)(
                *weights[0].shape[::-1],
                input_weights=weights[0],
                recurrent_weights=weights[1],
                autapses=True,
                learn=learn,
                surrogate=surrogate,
                detach_reset=detach,
            )
            for form in (name + "Cell", name)
        )
    finally:
        torch.set_default_dtype(torch.float32)
    kind = cell.neuron.recurrent_state
    x = torch.from_numpy(case["in/x"]).requires_grad_()
    first = [s.requires_grad_() for s in tensors(case, kind._fields, "in/state0")]
    state = kind(*first)
    z, last = layer(x.detach(), kind(*(s.detach() for s in first)))
    np.testing.assert_array_equal(z.detach(), case["out/z"])
    loss = torch.zeros((), dtype=torch.float64)
    for t in range(len(x)):
        out, state = cell(x[t], state)
        np.testing.assert_array_equal(out.detach(), case["out/z"][t])
        loss = loss + (out * torch.from_numpy(case["in/cot.z"][t])).sum()
        for field in kind._fields[1:]:
            value = getattr(state, field)
            expected = case[f"out/state.{field}"][t]
            np.testing.assert_allclose(value.detach(), expected, rtol=1e-10, atol=1e-14)
            loss = loss + (value * torch.from_numpy(case[f"in/cot.state.{field}"][t])).sum()
    np.testing.assert_allclose(last.v.detach(), state.v.detach(), rtol=1e-12)
    loss.backward()
    assert_close(x.grad, case["grad/x"], 1e-7)
    assert_close(cell.input_weights.grad, case["grad/w.input"], 1e-7)
    assert_close(cell.recurrent_weights.grad, case["grad/w.recurrent"], 1e-7)
    for field, value in zip(kind._fields, first, strict=True):
        assert_close(value.grad, case[f"grad/state0.{field}"], 1e-7)
