"""Code written for Norse, with its import changed."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import nn

import norse_lite.compat.norse as norse
from norse_lite import NetworkError
from norse_lite.compat.norse.torch import (
    IAF,
    LI,
    LIF,
    LSNN,
    IAFCell,
    Izhikevich,
    LIBoxCell,
    LICell,
    LIFAdEx,
    LIFAdExRefracCell,
    LIFBoxCell,
    LIFBoxParameters,
    LIFCell,
    LIFEx,
    LIFMCRecurrentCell,
    LIFParameters,
    LIFRecurrent,
    LIFRecurrentCell,
    LIFRefracRecurrent,
    LILinearCell,
    SequentialState,
    reset_subtract,
    tonic_spiking,
)

F = norse.torch.functional

# Case of the traces -> step, class of its state and of its parameters, names of its weights.
_R, _C = ("input", "recurrent"), ("input", "recurrent", "g_coupling")
CASES = {
    "lif_ff": (F.lif.lif_feed_forward_step, F.lif.LIFFeedForwardState, LIFParameters, ()),
    "lif_rec": (F.lif.lif_step, F.lif.LIFState, LIFParameters, _R),
    "lif_mc_rec": (F.lif_mc.lif_mc_step, F.lif.LIFState, LIFParameters, _C),
    "lif_mc_ff": (
        F.lif_mc.lif_mc_feed_forward_step,
        F.lif.LIFFeedForwardState,
        LIFParameters,
        ("g_coupling",),
    ),
    "lif_mc_refrac_rec": (
        F.lif_mc_refrac.lif_mc_refrac_step,
        F.lif_refrac.LIFRefracState,
        F.lif_refrac.LIFRefracParameters,
        _C,
    ),
    "lif_box_ff": (
        F.lif_box.lif_box_feed_forward_step,
        F.lif_box.LIFBoxFeedForwardState,
        LIFBoxParameters,
        (),
    ),
    "li_ff": (
        F.leaky_integrator.li_feed_forward_step,
        F.leaky_integrator.LIState,
        F.leaky_integrator.LIParameters,
        (),
    ),
    "li_linear": (
        F.leaky_integrator.li_step,
        F.leaky_integrator.LIState,
        F.leaky_integrator.LIParameters,
        ("input",),
    ),
    "li_box_ff": (
        F.leaky_integrator_box.li_box_feed_forward_step,
        F.leaky_integrator_box.LIBoxState,
        F.leaky_integrator_box.LIBoxParameters,
        (),
    ),
    "iaf_ff": (F.iaf.iaf_feed_forward_step, F.iaf.IAFFeedForwardState, F.iaf.IAFParameters, ()),
    "iaf_rec": (F.iaf.iaf_step, F.iaf.IAFState, F.iaf.IAFParameters, _R),
    "lif_refrac_ff": (
        F.lif_refrac.lif_refrac_feed_forward_step,
        F.lif_refrac.LIFRefracFeedForwardState,
        F.lif_refrac.LIFRefracParameters,
        (),
    ),
    "lif_refrac_rec": (
        F.lif_refrac.lif_refrac_step,
        F.lif_refrac.LIFRefracState,
        F.lif_refrac.LIFRefracParameters,
        _R,
    ),
    "lif_adex_ff": (
        F.lif_adex.lif_adex_feed_forward_step,
        F.lif_adex.LIFAdExFeedForwardState,
        F.lif_adex.LIFAdExParameters,
        (),
    ),
    "lif_adex_rec": (
        F.lif_adex.lif_adex_step,
        F.lif_adex.LIFAdExState,
        F.lif_adex.LIFAdExParameters,
        _R,
    ),
    "lif_adex_refrac_ff": (
        F.lif_adex_refrac.lif_adex_refrac_feed_forward_step,
        F.lif_adex_refrac.LIFAdExRefracFeedForwardState,
        F.lif_adex_refrac.LIFAdExRefracParameters,
        (),
    ),
    "lif_ex_ff": (
        F.lif_ex.lif_ex_feed_forward_step,
        F.lif_ex.LIFExFeedForwardState,
        F.lif_ex.LIFExParameters,
        (),
    ),
    "lif_ex_rec": (F.lif_ex.lif_ex_step, F.lif_ex.LIFExState, F.lif_ex.LIFExParameters, _R),
    "lsnn_ff": (
        F.lsnn.lsnn_feed_forward_step,
        F.lsnn.LSNNFeedForwardState,
        F.lsnn.LSNNParameters,
        (),
    ),
    "lsnn_rec": (F.lsnn.lsnn_step, F.lsnn.LSNNState, F.lsnn.LSNNParameters, _R),
    "ada_lif_rec": (F.lsnn.ada_lif_step, F.lsnn.LSNNState, F.lsnn.LSNNParameters, _R),
    "coba_lif_ff": (
        F.coba_lif.coba_lif_feed_forward_step,
        F.coba_lif.CobaLIFFeedForwardState,
        F.coba_lif.CobaLIFParameters,
        (),
    ),
}
INNER = {
    "lif": (F.lif.LIFState, F.lif.LIFFeedForwardState, LIFParameters),
    "lif_adex": (
        F.lif_adex.LIFAdExState,
        F.lif_adex.LIFAdExFeedForwardState,
        F.lif_adex.LIFAdExParameters,
    ),
}


def filled(kind, prefix, arrays, leaves, recurrent):
    """Make a nested tuple of arrays named `prefix.field`, and note its leaves."""
    values = {}
    for field in kind._fields:
        name = f"{prefix}.{field}"
        if field in INNER:
            states = INNER[field]
            inner = states[2] if prefix == "in/p" else states[0 if recurrent else 1]
            values[field] = filled(inner, name, arrays, leaves, recurrent)
        elif name in arrays:
            leaf = torch.from_numpy(np.array(arrays[name])).requires_grad_()
            leaves[name.removeprefix("in/")] = leaf
            values[field] = leaf
        elif field == "alpha":
            values[field] = torch.tensor(100.0, dtype=torch.float64)
    return kind(**values)


def at(state, name):
    for field in name.split("."):
        state = getattr(state, field)
    return state


def near(got, expected, size):
    bound = max(float(np.abs(expected).max()), 1e-30)
    np.testing.assert_allclose(got, expected, rtol=0, atol=size * bound)


@pytest.mark.parametrize("release", ["1.1.0", "head"])
@pytest.mark.parametrize("model", CASES)
def test_steps_give_the_numbers_of_norse(golden, model, release):
    step, state_kind, parameters, weight_names = CASES[model]
    case = golden.case(model, release)
    leaves = {}
    recurrent = "recurrent" in weight_names
    p = filled(parameters, "in/p", case, leaves, recurrent)
    state = filled(state_kind, "in/state0", case, leaves, recurrent)
    weights = []
    for name in weight_names:
        weights.append(torch.from_numpy(case[f"in/w.{name}"]).clone().requires_grad_())
        leaves[f"w.{name}"] = weights[-1]
    x = torch.from_numpy(case["in/x"]).requires_grad_()
    loss = torch.zeros((), dtype=torch.float64)
    cotangents = [k for k in case if k.startswith("in/cot.state.")]
    with norse.use_release(release):
        for t in range(len(x)):
            z, state = step(x[t], state, *weights, p, dt=1e-3)
            if model.startswith("li_"):
                np.testing.assert_allclose(z.detach(), case["out/z"][t], rtol=1e-10, atol=1e-14)
            else:
                np.testing.assert_array_equal(z.detach(), case["out/z"][t])
            loss = loss + (z * torch.from_numpy(case["in/cot.z"][t])).sum()
            for key in cotangents:
                name = key.removeprefix("in/cot.state.")
                value = at(state, name)
                expected = case[f"out/state.{name}"][t]
                np.testing.assert_allclose(value.detach(), expected, rtol=1e-10, atol=1e-13)
                loss = loss + (value * torch.from_numpy(case[key][t])).sum()
    loss.backward()
    near(x.grad, case["grad/x"], 1e-7)
    compared = 0
    for name, leaf in leaves.items():
        if f"grad/{name}" in case:
            grad = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
            near(grad, case[f"grad/{name}"], 1e-7)
            compared += 1
    assert compared >= len(weights) + 1


def test_super_spike_follows_the_chosen_release():
    u = torch.tensor([0.1], dtype=torch.float64)
    grads = {}
    for release in ("head", "1.1.0"):
        with norse.use_release(release):
            x = u.clone().requires_grad_()
            F.threshold.threshold(x, "super", 100.0).sum().backward()
            grads[release] = x.grad.item()
    assert grads == pytest.approx({"head": 1 / 11**2, "1.1.0": 1 / 1.1**2})
    assert norse.release() == "head"
    with pytest.raises(NetworkError, match=r"no '2\.0'"):
        norse.use_release("2.0")


def test_an_unknown_threshold_function_is_refused():
    with pytest.raises(ValueError, match="no threshold function 'adjoint'"):
        LIFCell(LIFParameters(method="adjoint"))(torch.ones(3))


MODULES = [
    LIFCell(),
    LIF(),
    LIFRecurrentCell(3, 3),
    LIFRecurrent(3, 3),
    LIFRefracRecurrent(3, 3),
    LIFMCRecurrentCell(3, 3),
    LIFBoxCell(),
    LIBoxCell(),
    LICell(),
    LI(),
    LILinearCell(3, 3),
    IAFCell(),
    IAF(),
    LIFAdEx(),
    LIFAdExRefracCell(),
    LIFEx(),
    LSNN(),
    Izhikevich(tonic_spiking),
    SequentialState(nn.Linear(3, 3), LIFCell()),
]


@pytest.mark.parametrize("module", MODULES, ids=lambda m: type(m).__name__)
def test_modules_can_be_pickled_and_copied(module):
    x = torch.rand(6, 2, 3)
    y, _ = module(x)
    for again in (pickle.loads(pickle.dumps(module)), copy.deepcopy(module)):
        assert torch.equal(again(x)[0], y)
        if hasattr(again, "recurrent_weights"):
            again(x)[0].sum().backward()
            assert not again.recurrent_weights.grad.diagonal().any()


def test_parameters_in_p_are_learned_and_saved():
    tau = nn.Parameter(torch.tensor(120.0))
    cell = LIFCell(LIFParameters(tau_mem_inv=tau))
    assert [p is tau for p in cell.parameters()] == [True]
    optimiser = torch.optim.SGD(cell.parameters(), lr=1.0)
    cell(torch.ones(2, 3))[1].v.sum().backward()
    optimiser.step()
    assert cell.p.tau_mem_inv.item() != 120.0
    other = LIFCell(LIFParameters(tau_mem_inv=nn.Parameter(torch.tensor(1.0))))
    other.load_state_dict(cell.state_dict())
    assert other.p.tau_mem_inv.item() == cell.p.tau_mem_inv.item()
    assert copy.deepcopy(cell).p.tau_mem_inv is not cell.p.tau_mem_inv


def test_parameters_follow_the_module_to_another_device():
    cell = LIFRecurrentCell(3, 3, LIFParameters(v_th=nn.Parameter(torch.tensor(0.5))))
    moved = copy.deepcopy(cell).to("meta")
    assert {p.device.type for p in moved.p if isinstance(p, torch.Tensor)} == {"meta"}
    assert cell.double().p.tau_mem_inv.dtype == torch.float32
    assert cell.p.v_th is cell.p_0


def test_recorded_states_are_those_of_every_step():
    x = torch.rand(8, 2, 3)
    z, states = LIF(record_states=True)(x)
    plain, last = LIF()(x)
    assert torch.equal(z, plain)
    assert states.v.shape == x.shape
    assert torch.equal(states.v[-1], last.v)


def test_whole_sequences_give_what_steps_give():
    torch.manual_seed(0)
    x = 2 * torch.rand(50, 2, 3)
    for layer, cell in ((LIF(), LIFCell()), (LI(), LICell()), (IAF(), IAFCell())):
        state, outputs = None, []
        for x_t in x:
            y, state = cell(x_t, state)
            outputs.append(y)
        z, last = layer(x)
        assert torch.equal(z, torch.stack(outputs))
        assert all(torch.equal(a, b) for a, b in zip(last, state, strict=True))


def test_inputs_of_any_kind_run():
    for x in (torch.ones(3), torch.ones(4, 3, dtype=torch.bool), torch.ones(2, 3, 5).long()):
        for module in (LIF(), LIFCell(), LI()):
            y, _ = module(x)
            assert y.shape == x.shape
            assert y.dtype == torch.float32
    y, _ = LIFRecurrentCell(3, 4)(torch.ones(2, 3, dtype=torch.bool))
    assert y.shape == (2, 4)


def test_sparse_spikes_run():
    x = (torch.rand(10, 2, 3) > 0.5).float()
    for module in (LIF(), LIFRecurrent(3, 4)):
        dense, last = module(x)
        sparse, state = module(x.to_sparse())
        assert sparse.is_sparse
        assert torch.equal(sparse.to_dense(), dense)
        assert torch.equal(state.v, last.v)


def test_conductance_neurons_listen_to_their_input():
    cell = norse.torch.CobaLIFCell(3, 4)
    _, silent = cell(torch.zeros(2, 3))
    _, driven = cell(torch.full((2, 3), 100.0))
    assert not silent.g_e.any()
    assert driven.g_e.abs().sum() > 0
    assert (silent.v == -20).all()


def test_the_integral_returns_the_spikes_of_all_steps():
    state = F.lif.LIFState(*torch.zeros(3, 2, 4))
    x, w = 3 * torch.rand(7, 2, 3), torch.rand(4, 3)
    z, last = F.lif.lif_step_integral(x, state, w, torch.zeros(4, 4))
    assert z.shape == (7, 2, 4)
    assert torch.equal(z[-1], last.z)


def test_spike_times_have_gradients_where_spikes_are_missing():
    x = torch.tensor([[[0.0, 1, 0]], [[1, 0, 0]], [[1, 1, 0]]], requires_grad=True)
    times = norse.torch.SpikesToTimesDecoder(2, dt=0.1)(x)
    np.testing.assert_allclose(times[:, 0].detach(), [[0.1, 0, np.inf], [0.2, 0.2, np.inf]])
    torch.where(torch.isfinite(times), times, 0).sum().backward()
    assert torch.allclose(x.grad, -0.1 * x.detach())


@pytest.mark.parametrize(
    "cells",
    [
        (nn.Linear(4, 5), LIFCell(), nn.Linear(5, 3), LICell()),
        (nn.Linear(4, 5), LIFBoxCell(), nn.Linear(5, 3), LIBoxCell()),
        (LIFRecurrentCell(4, 3), nn.Linear(3, 3), IAFCell()),
        (LIFBoxCell(LIFBoxParameters(reset_method=reset_subtract)),),
        (
            LIFBoxCell(
                LIFBoxParameters(v_reset=torch.tensor(-0.3), reset_method=reset_subtract),
            ),
        ),
        (LIFCell(LIFParameters(torch.tensor(150.0), torch.tensor(70.0), v_th=torch.tensor(0.4))),),
    ],
    ids=["lif", "box", "recurrent", "subtract", "subtract and v_reset", "random"],
)
def test_networks_come_back_from_nir_with_the_same_spikes(cells):
    torch.manual_seed(0)
    model = SequentialState(*cells)
    x = 4 * torch.rand(60, 2, 4)
    graph = norse.torch.to_nir(model, x[0])
    subtract = any(
        getattr(m, "p", None) and getattr(m.p, "reset_method", 0) is reset_subtract for m in cells
    )
    again = norse.torch.from_nir(
        graph, reset_method=reset_subtract if subtract else F.reset.reset_value
    )
    state = other = None
    for x_t in x:
        y, state = model(x_t, state)
        z, other = again(x_t, other)
        torch.testing.assert_close(z, y, rtol=1e-5, atol=1e-6)


def test_a_neuron_without_nir_form_is_named():
    with pytest.raises(NetworkError, match=r"module 1 \(LSNNCell\) has no NIR form"):
        norse.torch.to_nir(
            SequentialState(nn.Linear(3, 3), norse.torch.LSNNCell()), torch.ones(1, 3)
        )


def test_states_and_parameters_move_and_broadcast():
    p = LIFParameters()
    assert p.to(torch.float64).v_th.dtype == torch.float64
    assert p.broadcast(torch.ones(2)).tau_mem_inv.tolist() == [100.0, 100.0]
    assert p.method == p.cpu().method == "super"
    state = F.lif.LIFState(*torch.ones(3, 2))
    assert state.int().v.dtype == torch.int32
    leaves, shape = torch.utils._pytree.tree_flatten(state)
    assert len(leaves) == 3
    assert type(torch.utils._pytree.tree_unflatten(leaves, shape)) is F.lif.LIFState


def test_hooks_write_spikes_to_a_board():
    class Writer:
        def __init__(self):
            self.calls = []

        def __getattr__(self, name):
            return lambda *args, **options: self.calls.append((name, *args))

    writer, cell = Writer(), LIFCell(LIFParameters(v_th=torch.tensor(0.05)))
    hooks = ("activity_mean", "activity_sum", "histogram_mean", "histogram_sum", "image")
    for name in hooks:
        cell.register_forward_hook(getattr(norse.torch, f"hook_spike_{name}")(name, writer))
    for _ in range(2):
        cell(torch.ones(2, 3))
    cell(torch.ones(2, 1, 3, 3))
    calls = writer.calls
    assert [c[0] for c in calls[:5]] == [
        "add_scalar",
        "add_scalar",
        "add_histogram",
        "add_histogram",
        "add_image",
    ]
    assert [c[1] for c in calls[:5]] == list(hooks)
    assert calls[0][2].item() == 1.0
    assert calls[6][2].item() == 6.0
    assert calls[-1][0] == "add_images"
    assert [c[3] for c in calls[::5]] == [0, 1, 2]


def test_plots_name_the_extra_or_draw():
    try:
        import matplotlib as mpl
    except ImportError:
        with pytest.raises(NetworkError, match=r"norse-lite\[plot\]"):
            norse.torch.plot_spikes_2d(torch.ones(4, 3))
        return
    mpl.use("Agg")
    from matplotlib import pyplot

    spikes = (torch.rand(20, 5) > 0.7).float()
    axes = norse.torch.plot_spikes_2d(spikes)
    assert axes.images[0].get_array().shape == (5, 20)
    pyplot.close("all")
    assert len(norse.torch.plot_heatmap_2d(spikes, show_colorbar=True).figure.axes) == 2
    pyplot.close("all")
    _, states = LIF(record_states=True)(spikes[:, None])
    assert len(norse.torch.plot_neuron_states(states, "v", "i").lines) == 10
    pyplot.close("all")
    images = (torch.rand(2, 10, 6, 6) > 0.8).float()
    assert len(norse.torch.plot_scatter_3d(images)) == 2
    assert len(norse.torch.plot_heatmap_3d(images)) == 2
    norse.torch.plot_histogram_2d(spikes)
    norse.torch.plot_izhikevich(tonic_spiking)
    pyplot.close("all")
    with pytest.raises(NetworkError, match="T, H, W"):
        norse.torch.plot_heatmap_3d(spikes)


@pytest.mark.parametrize(
    "module",
    [
        SequentialState(nn.Linear(3, 2), LIFCell()),
        LIFRecurrentCell(3, 2),
        LIFBoxCell(),
        norse.torch.LSNNCell(),
        norse.torch.IzhikevichCell(tonic_spiking),
        LICell(),
    ],
    ids=lambda module: type(module).__name__,
)
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
def test_modules_compile_into_one_graph(module):
    torch._dynamo.reset()
    compiled = torch.compile(module, backend="aot_eager", fullgraph=True)
    generator = torch.Generator().manual_seed(0)
    x = [(5 * torch.rand(2, 3, generator=generator)).requires_grad_() for _ in range(4)]
    results = []
    for one in (module, compiled):
        state, total = None, 0
        for x_t in x:
            y, state = one(x_t, state)
            total = total + y.sum()
        results.append((total.detach(), *torch.autograd.grad(total, x, materialize_grads=True)))
    torch.testing.assert_close(results[1], results[0])
