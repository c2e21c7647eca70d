"""Default parameters give the numbers that Norse computes: spikes, states and gradients."""

import warnings

import numpy as np
import pytest
import torch

import norse_lite
from norse_lite.surrogate import SuperSpike

# Parameters of 1.1.0 and HEAD whose unit is one over a time constant.
_LIF = {"tau_mem": "tau_mem_inv", "tau_syn": "tau_syn_inv", "v_leak": "", "v_th": "", "v_reset": ""}
_ADEX = {
    **_LIF,
    "tau_ada": "tau_ada_inv",
    "delta_t": "delta_T",
    "adaptation_current": "",
    "adaptation_spike": "",
}
_LSNN = {**_LIF, "tau_adapt": "tau_adapt_inv", "beta": ""}
_COBA = {
    "tau_syn_exc": "tau_syn_exc_inv",
    "tau_syn_inh": "tau_syn_inh_inv",
    "c_m": "c_m_inv",
    "g_l": "",
    "e_rev_inh": "e_rev_I",
    "e_rev_exc": "e_rev_E",
    "v_rest": "",
    "v_reset": "",
    "v_th": "v_thresh",
}


def nested(prefix, parameters, **more):
    return {ours: f"{prefix}.{norse or ours}" for ours, norse in parameters.items()} | more


# Case of the traces -> neuron here, and the names that Norse gives its parameters.
FEED_FORWARD = {
    "lif_ff": ("LIF", _LIF),
    "lif_box_ff": ("LIFBox", {k: v for k, v in _LIF.items() if k != "tau_syn"}),
    "iaf_ff": ("IAF", {"v_th": "", "v_reset": ""}),
    "li_ff": ("LI", {"tau_mem": "tau_mem_inv", "tau_syn": "tau_syn_inv", "v_leak": ""}),
    "li_box_ff": ("LIBox", {"tau_mem": "tau_mem_inv", "v_leak": ""}),
    "lif_refrac_ff": ("LIFRefrac", nested("lif", _LIF, rho_reset="")),
    "lif_adex_ff": ("LIFAdEx", _ADEX),
    "lif_adex_refrac_ff": ("LIFAdExRefrac", nested("lif_adex", _ADEX, rho_reset="")),
    "lif_ex_ff": ("LIFEx", {**_LIF, "delta_t": "delta_T"}),
    "lsnn_ff": ("LSNN", _LSNN),
    "coba_lif_ff": ("CobaLIF", _COBA),
}
# The same for recurrent cases, and the options under which Norse computed them.
RECURRENT = {
    "lif_rec": ("LIFRecurrent", _LIF, {"detach_reset": True}),
    "iaf_rec": ("IAFRecurrent", {"v_th": "", "v_reset": ""}, {}),
    "lif_refrac_rec": (
        "LIFRefracRecurrent",
        nested("lif", _LIF, rho_reset=""),
        {"detach_reset": True},
    ),
    "lif_adex_rec": ("LIFAdExRecurrent", _ADEX, {}),
    "lif_ex_rec": ("LIFExRecurrent", {**_LIF, "delta_t": "delta_T"}, {}),
    "lsnn_rec": ("LSNNRecurrent", _LSNN, {"detach_reset": True}),
    "ada_lif_rec": ("AdaLIFRecurrent", _LSNN, {"reset": "subtract"}),
}
# State variables that Norse nests.
NESTED = {"lif_refrac": "lif", "lif_adex_refrac": "lif_adex"}


def state_names(model, fields):
    prefix = NESTED.get(model.removesuffix("_ff").removesuffix("_rec"))
    return [f if prefix is None or f == "rho" else f"{prefix}.{f}" for f in fields]


def build(name, case, parameters, *sizes, **options):
    """Make a neuron of float64 parameters that learns all that is traced."""
    values = {}
    for ours, norse in parameters.items():
        value = float(case[f"in/p.{norse or ours}"])
        values[ours] = 1 / value if norse.endswith("_inv") else value
    torch.set_default_dtype(torch.float64)
    try:
        with warnings.catch_warnings():  # some traces have time constants far from dt
            warnings.simplefilter("ignore", UserWarning)
            return getattr(norse_lite, name)(*sizes, learn=tuple(values), **values, **options)
    finally:
        torch.set_default_dtype(torch.float32)


def check_parameter_gradients(cell, case, parameters):
    for ours, norse in parameters.items():
        expected = case[f"grad/p.{norse or ours}"]
        if norse.endswith("_inv"):
            # d/dlog(tau) = -1/tau d/d(1/tau)
            got = -getattr(cell, f"log_{ours}").grad * getattr(cell, ours).detach()
        else:
            got = getattr(cell, ours).grad
        got = torch.zeros(()) if got is None else got
        assert_close(got, expected, 1e-7)


def tensors(case, names, part):
    return [torch.from_numpy(case[f"{part}.{name}"]).clone() for name in names]


def assert_close(got, expected, size):
    bound = max(float(np.abs(expected).max()), 1e-30)
    np.testing.assert_allclose(got, expected, rtol=0, atol=size * bound)


@pytest.mark.parametrize("model", FEED_FORWARD)
def test_layer_and_cell_give_the_outputs_and_states_of_norse(golden, model):
    name, parameters = FEED_FORWARD[model]
    case = golden.case(model)
    x = torch.from_numpy(case["in/x"])
    cell, layer = (build(form, case, parameters) for form in (name + "Cell", name))
    names = state_names(model, cell.neuron.state._fields)
    state = cell.neuron.state(*tensors(case, names, "in/state0"))
    with torch.no_grad():
        z, last = layer(x, state)
        steps = []
        for t in range(len(x)):
            out, state = cell(x[t], state)
            steps.append((out, *state))
    np.testing.assert_array_equal(torch.stack([s[0] for s in steps]), z)
    if name not in ("LI", "LIBox"):
        np.testing.assert_array_equal(z, case["out/z"])
    np.testing.assert_allclose(z, case["out/z"], rtol=1e-10, atol=1e-14)
    for k, field in enumerate(names):
        trace = torch.stack([s[k + 1] for s in steps])
        np.testing.assert_allclose(trace, case[f"out/state.{field}"], rtol=1e-10, atol=1e-13)
        np.testing.assert_array_equal(last[k], trace[-1])


def test_the_defaults_are_those_of_norse(golden):
    """All but the time constants that Norse gives in another unit than dt."""
    other_unit = {"tau_adapt", "tau_syn_exc", "tau_syn_inh", "c_m"}
    for model, (name, parameters) in FEED_FORWARD.items():
        case, layer = golden.case(model), getattr(norse_lite, name)()
        for ours, norse in parameters.items():
            value = float(case[f"in/p.{norse or ours}"])
            if ours not in other_unit:
                expected = 1 / value if norse.endswith("_inv") else value
                assert getattr(layer, ours).item() == pytest.approx(expected, rel=1e-12), ours


@pytest.mark.parametrize("release", ["1.1.0", "head"])
@pytest.mark.parametrize("backend", ["auto", "reference"])
@pytest.mark.parametrize("model", FEED_FORWARD)
def test_gradients_are_those_of_norse(golden, model, backend, release):
    name, parameters = FEED_FORWARD[model]
    case = golden.case(model, release)
    surrogate = SuperSpike(1.0 if release == "1.1.0" else 100.0)
    cell = build(name + "Cell", case, parameters, surrogate=surrogate, backend=backend)
    fields = cell.neuron.state._fields
    names = state_names(model, fields)
    x = torch.from_numpy(case["in/x"]).requires_grad_()
    first = [s.requires_grad_() for s in tensors(case, names, "in/state0")]
    state = cell.neuron.state(*first)
    loss = torch.zeros((), dtype=torch.float64)
    for t in range(len(x)):
        out, state = cell(x[t], state)
        loss = loss + (out * torch.from_numpy(case["in/cot.z"][t])).sum()
        for field, value in zip(names, state, strict=True):
            loss = loss + (value * torch.from_numpy(case[f"in/cot.state.{field}"][t])).sum()
    loss.backward()
    np.testing.assert_allclose(loss.item(), case["out/loss"], rtol=1e-10)
    assert_close(x.grad, case["grad/x"], 1e-7)
    for field, value in zip(names, first, strict=True):
        assert_close(value.grad, case[f"grad/state0.{field}"], 1e-7)
    check_parameter_gradients(cell, case, parameters)


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


@pytest.mark.parametrize("release", ["1.1.0", "head"])
@pytest.mark.parametrize("model", RECURRENT)
def test_recurrent_layers_and_cells_give_the_numbers_of_norse(golden, model, release):
    name, parameters, options = RECURRENT[model]
    case = golden.case(model, release)
    weights = [torch.from_numpy(case[f"in/w.{w}"]) for w in ("input", "recurrent")]
    cell, layer = (
        build(
            form,
            case,
            parameters,
            *weights[0].shape[::-1],
            input_weights=weights[0],
            recurrent_weights=weights[1],
            autapses=True,
            surrogate=SuperSpike(1.0 if release == "1.1.0" else 100.0),
            **options,
        )
        for form in (name + "Cell", name)
    )
    kind = cell.neuron.recurrent_state
    names = state_names(model, kind._fields)
    x = torch.from_numpy(case["in/x"]).requires_grad_()
    first = [s.requires_grad_() for s in tensors(case, names, "in/state0")]
    state = kind(*first)
    z, last = layer(x.detach(), kind(*(s.detach() for s in first)))
    np.testing.assert_array_equal(z.detach(), case["out/z"])
    loss = torch.zeros((), dtype=torch.float64)
    for t in range(len(x)):
        out, state = cell(x[t], state)
        np.testing.assert_array_equal(out.detach(), case["out/z"][t])
        loss = loss + (out * torch.from_numpy(case["in/cot.z"][t])).sum()
        for field, value in zip(names, state, strict=True):
            if field.endswith("z"):
                continue
            expected = case[f"out/state.{field}"][t]
            np.testing.assert_allclose(value.detach(), expected, rtol=1e-10, atol=1e-13)
            loss = loss + (value * torch.from_numpy(case[f"in/cot.state.{field}"][t])).sum()
    np.testing.assert_allclose(last.v.detach(), state.v.detach(), rtol=1e-12)
    loss.backward()
    assert_close(x.grad, case["grad/x"], 1e-7)
    assert_close(cell.input_weights.grad, case["grad/w.input"], 1e-7)
    assert_close(cell.recurrent_weights.grad, case["grad/w.recurrent"], 1e-7)
    for field, value in zip(names, first, strict=True):
        assert_close(value.grad, case[f"grad/state0.{field}"], 1e-7)
    check_parameter_gradients(cell, case, parameters)


def test_a_recurrent_conductance_neuron_listens_to_its_input(golden):
    """Norse 1.1.0 and its HEAD overwrite the input there; ours must not."""
    case = golden.case("coba_lif_rec_BUGGY")
    weights = [torch.from_numpy(case[f"in/w.{w}"]) for w in ("input", "recurrent")]
    layer = build(
        "CobaLIFRecurrent",
        case,
        _COBA,
        *weights[0].shape[::-1],
        input_weights=weights[0],
        recurrent_weights=weights[1],
    )
    z, state = layer(torch.from_numpy(case["in/x"]))
    assert state.g_e.abs().sum() > 0
    assert z.sum() > 0


@pytest.mark.parametrize("release", ["1.1.0", "head"])
def test_coupled_compartments_give_the_numbers_of_norse(golden, release):
    case = golden.case("lif_mc_ff", release)
    surrogate = SuperSpike(1.0 if release == "1.1.0" else 100.0)
    cell = build("LIFMCCell", case, _LIF, surrogate=surrogate)
    g = torch.from_numpy(case["in/w.g_coupling"]).clone().requires_grad_()
    cell.g_coupling = g
    x = torch.from_numpy(case["in/x"]).requires_grad_()
    first = [s.requires_grad_() for s in tensors(case, ("v", "i"), "in/state0")]
    state = norse_lite.LIFMCState(*first)
    loss = torch.zeros((), dtype=torch.float64)
    for t in range(len(x)):
        out, state = cell(x[t], state)
        np.testing.assert_array_equal(out.detach(), case["out/z"][t])
        loss = loss + (out * torch.from_numpy(case["in/cot.z"][t])).sum()
        for field, value in zip(("v", "i"), state, strict=True):
            expected = case[f"out/state.{field}"][t]
            np.testing.assert_allclose(value.detach(), expected, rtol=1e-10, atol=1e-13)
            loss = loss + (value * torch.from_numpy(case[f"in/cot.state.{field}"][t])).sum()
    loss.backward()
    assert_close(x.grad, case["grad/x"], 1e-7)
    assert_close(g.grad, case["grad/w.g_coupling"], 1e-7)
    check_parameter_gradients(cell, case, _LIF)


def test_integrators_behind_weights_give_the_numbers_of_norse(golden):
    case = golden.case("li_linear")
    weights = torch.from_numpy(case["in/w.input"])
    _, parameters = FEED_FORWARD["li_ff"]
    cell, layer = (
        build(form, case, parameters, *weights.shape[::-1], input_weights=weights)
        for form in ("LILinearCell", "LILinear")
    )
    x = torch.from_numpy(case["in/x"]).requires_grad_()
    first = [s.requires_grad_() for s in tensors(case, ("v", "i"), "in/state0")]
    state = norse_lite.LIState(*first)
    v, _ = layer(x.detach(), norse_lite.LIState(*(s.detach() for s in first)))
    np.testing.assert_allclose(v.detach(), case["out/z"], rtol=1e-10, atol=1e-14)
    loss = torch.zeros((), dtype=torch.float64)
    for t in range(len(x)):
        out, state = cell(x[t], state)
        loss = loss + (out * torch.from_numpy(case["in/cot.z"][t])).sum()
        for field, value in zip(("v", "i"), state, strict=True):
            expected = case[f"out/state.{field}"][t]
            np.testing.assert_allclose(value.detach(), expected, rtol=1e-10, atol=1e-13)
            loss = loss + (value * torch.from_numpy(case[f"in/cot.state.{field}"][t])).sum()
    loss.backward()
    assert_close(x.grad, case["grad/x"], 1e-7)
    assert_close(cell.input_weights.grad, case["grad/w.input"], 1e-7)
    check_parameter_gradients(cell, case, parameters)
