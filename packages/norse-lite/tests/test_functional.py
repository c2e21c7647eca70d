"""Neurons as functions give what the modules give."""

import pytest
import torch

import norse_lite
from norse_lite import functional

FEED_FORWARD = [
    name.removesuffix("_sequence") for name in functional.__all__ if name.endswith("_sequence")
]
RECURRENT = [name for name in FEED_FORWARD if f"{name}_step" in functional.__all__]


def layer_of(name):
    by_name = {n.lower(): n for n in norse_lite.__all__}
    return by_name[name.replace("_", "")]


def test_every_neuron_has_its_functions():
    assert "lif" in FEED_FORWARD
    for name in FEED_FORWARD:
        recurrent = hasattr(norse_lite, layer_of(name) + "Recurrent")
        assert (name in RECURRENT) == recurrent
        step = getattr(functional, f"{name}_feed_forward_step")
        assert step.__name__ == f"{name}_feed_forward_step"


@pytest.mark.parametrize("name", FEED_FORWARD)
def test_functions_give_what_the_modules_give(name):
    torch.manual_seed(0)
    x = 20 * torch.rand(12, 2, 4)
    layer = getattr(norse_lite, layer_of(name))(dt=2e-3)
    expected, last = layer(x)
    state, outputs = None, []
    for x_t in x:
        y, state = getattr(functional, f"{name}_feed_forward_step")(x_t, state, dt=2e-3)
        outputs.append(y)
    assert torch.equal(torch.stack(outputs), expected)
    y, end = getattr(functional, f"{name}_sequence")(x, dt=2e-3)
    assert torch.equal(y, expected)
    assert all(torch.equal(a, b) for a, b in zip(end, last, strict=True))


@pytest.mark.parametrize("name", RECURRENT)
def test_recurrent_functions_give_what_the_cells_give(name):
    torch.manual_seed(0)
    x = 20 * torch.rand(12, 2, 3)
    cell = getattr(norse_lite, layer_of(name) + "RecurrentCell")(3, 4, autapses=True)
    expected, state = None, None
    for x_t in x:
        y, state = getattr(functional, f"{name}_step")(
            x_t, state, cell.input_weights, cell.recurrent_weights
        )
        z, expected = cell(x_t, expected)
        assert torch.equal(y, z)
        assert type(state) is type(expected)


def test_parameters_may_require_gradients():
    tau = torch.tensor(10e-3, requires_grad=True)
    p = norse_lite.LIFParameters(tau_mem=tau)
    _, state = functional.lif_sequence(torch.ones(20, 2, 3), None, p, surrogate="triangle")
    state.v.sum().backward()
    assert tau.grad is not None
    assert tau.grad != 0
