"""Chains of torch modules and neurons."""

import copy
import pickle

import pytest
import torch
from torch import nn

from norse_lite import (
    LI,
    LIF,
    LICell,
    LIFCell,
    LIFRecurrent,
    LIFRecurrentCell,
    Lift,
    NetworkError,
    SequentialState,
)


def conv_net():
    return SequentialState(
        nn.Conv2d(2, 4, 3),
        LIF(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(36, 6),
        SequentialState(LIFRecurrent(6, 5), nn.Linear(5, 3)),
        LI(),
    )


def cell_net(layers):
    cells = SequentialState(
        nn.Conv2d(2, 4, 3),
        LIFCell(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(36, 6),
        SequentialState(LIFRecurrentCell(6, 5), nn.Linear(5, 3)),
        LICell(),
    )
    cells.load_state_dict(layers.state_dict())
    return cells


def test_cells_step_by_step_equal_layers_over_the_sequence():
    torch.manual_seed(0)
    layers = conv_net()
    cells = cell_net(layers)
    x = 3 * torch.rand(9, 4, 2, 8, 8)
    whole, last = layers(x)
    state, outputs = None, []
    for x_t in x:
        y, state = cells(x_t, state)
        outputs.append(y)
    assert torch.allclose(torch.stack(outputs), whole, atol=1e-6)
    assert torch.allclose(state[-1].v, last[-1].v, atol=1e-6)
    assert whole.abs().sum() > 0


def test_a_chain_goes_on_from_its_state():
    torch.manual_seed(0)
    model = conv_net()
    x = 3 * torch.rand(9, 4, 2, 8, 8)
    whole, last = model(x)
    first, state = model(x[:4])
    second, end = model(x[4:], state)
    assert torch.allclose(torch.cat([first, second]), whole, atol=1e-6)
    flat, expected = (torch.utils._pytree.tree_leaves(s) for s in (end, last))
    for a, b in zip(flat, expected, strict=True):
        assert a is None or torch.allclose(a, b, atol=1e-6)


def test_batch_norm_and_flatten_see_time_and_batch_as_one_axis():
    model = SequentialState(nn.BatchNorm2d(3), nn.Flatten(), LIF())
    y, _ = model(torch.randn(7, 2, 3, 4, 4))
    assert y.shape == (7, 2, 48)


def test_lift_runs_cells_step_by_step():
    torch.manual_seed(1)
    x = 2 * torch.rand(12, 3, 5)
    y, state = Lift(LIFCell())(x)
    expected, last = LIF()(x)
    assert torch.equal(y, expected)
    assert torch.equal(state.v, last.v)


def test_torch_recurrent_networks_are_stateful():
    model = SequentialState(nn.Linear(4, 3), nn.GRU(3, 6), nn.Linear(6, 2))
    y, state = model(torch.randn(5, 2, 4))
    assert y.shape == (5, 2, 2)
    assert state[1].shape == (1, 2, 6)


def test_mistakes_are_named():
    with pytest.raises(NetworkError, match=r"1 .LIFCell. takes single steps and 0 .LIF."):
        SequentialState(LIF(), LIFCell())
    with pytest.raises(NetworkError, match=r"module 0 .Sequential. has the neuron 1 inside"):
        SequentialState(nn.Sequential(nn.Linear(2, 2), LIF()))
    with pytest.raises(NetworkError, match="state has 2 entries for 1 modules"):
        SequentialState(LIF())(torch.rand(3, 1, 2), (None, None))
    with pytest.raises(NetworkError, match="module 0: Flatten must keep the first axis"):
        SequentialState(nn.Flatten(0), LIF())(torch.rand(3, 1, 2))
    with pytest.raises(NetworkError, match="last axis of the input must be 3"):
        LIFRecurrent(3, 2)(torch.rand(3, 1, 2))


def test_models_survive_pickling_copying_and_their_state_dict():
    torch.manual_seed(2)
    model = SequentialState(nn.Linear(4, 5), LIF(tau_mem=8e-3, learn=("tau_mem", "v_th")), LI())
    x = 3 * torch.rand(20, 2, 4)
    expected = model(x)[0]
    loaded = SequentialState(nn.Linear(4, 5), LIF(learn=("tau_mem", "v_th")), LI())
    loaded.load_state_dict(model.state_dict())
    for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model), loaded):
        assert torch.equal(other(x)[0], expected)


def test_a_learned_time_constant_loads_as_a_constant_and_back():
    learned = LIF(tau_mem=torch.tensor([8e-3, 4e-3]), learn=("tau_mem",))
    constant = LIF(tau_mem=torch.tensor([1e-3, 1e-3]))
    constant.load_state_dict(learned.state_dict())
    assert torch.allclose(constant.tau_mem, learned.tau_mem.double())
    again = LIF(tau_mem=torch.tensor([1e-3, 1e-3]), learn=("tau_mem",))
    again.load_state_dict(constant.state_dict())
    assert torch.allclose(again.tau_mem, learned.tau_mem)


def test_inner_chains_without_neurons_work_in_the_steps_of_the_outer_one():
    torch.manual_seed(0)
    x = 3 * torch.rand(20, 2, 4)
    inner = [nn.Linear(4, 5), nn.Tanh()]
    layers = SequentialState(SequentialState(SequentialState(*inner)), LIF())
    cells = SequentialState(SequentialState(SequentialState(*inner)), LIFCell())
    expected, _ = layers(x)
    state, outputs = None, []
    for x_t in x:
        y, state = cells(x_t, state)
        outputs.append(y)
    assert torch.equal(torch.stack(outputs), expected)
    lifted = SequentialState(Lift(SequentialState(*inner)), LIF())
    assert torch.equal(lifted(x)[0], expected)


def test_a_chain_may_be_changed():
    torch.manual_seed(0)
    model = SequentialState(nn.Linear(4, 4), nn.Linear(4, 4))
    model[1] = LIF()
    model.insert(0, LI())
    model.extend([nn.Linear(4, 3), LIF()])
    del model[0]
    x = torch.rand(10, 2, 4)
    expected = SequentialState(*model)(x)
    y, state = model(x)
    assert torch.equal(y, expected[0])
    assert [type(s).__name__ for s in state] == ["NoneType", "LIFState", "NoneType", "LIFState"]
    with pytest.raises(NetworkError, match="takes single steps"):
        model.append(LICell())


def test_hidden_outputs_are_returned_on_request():
    torch.manual_seed(0)
    modules = (nn.Linear(4, 3), LIF(), nn.Linear(3, 2), LI())
    x = 3 * torch.rand(10, 2, 4)
    hidden, state = SequentialState(*modules, return_hidden=True)(x)
    y, last = SequentialState(*modules)(x)
    assert [tuple(h.shape[2:]) for h in hidden] == [(3,), (3,), (2,), (2,)]
    assert torch.equal(hidden[-1], y)
    assert torch.equal(hidden[1], SequentialState(*modules[:2])(x)[0])
    assert torch.equal(state[-1].v, last[-1].v)
