"""Modules that keep their state."""

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
    NetworkError,
    SequentialState,
    Stateful,
    detach_states,
    reset_states,
)


def test_cells_in_a_plain_sequential_give_what_layers_give():
    torch.manual_seed(0)
    linear = nn.Linear(4, 2)
    stepwise = nn.Sequential(Stateful(LIFCell()), linear, Stateful(LICell()))
    x = torch.rand(20, 3, 4)
    expected, _ = SequentialState(LIF(), linear, LI())(x)
    for _ in range(2):
        reset_states(stepwise)
        y = torch.stack([stepwise(x_t) for x_t in x])
        torch.testing.assert_close(y, expected)


def test_a_layer_starts_every_sequence_at_rest_unless_asked_to_go_on():
    x = torch.rand(20, 3, 4)
    layer = Stateful(LIF())
    assert torch.equal(layer(x), layer(x))
    carried = Stateful(LIF(), carry=True)
    whole = LIF()(x)[0]
    assert torch.equal(torch.cat([carried(x[:7]), carried(x[7:])]), whole)


def test_a_batch_of_another_shape_starts_at_rest():
    cell = Stateful(LIFCell())
    cell(torch.ones(3, 4))
    cell(torch.ones(2, 4))
    assert cell.state.v.shape == (2, 4)
    assert torch.equal(cell.state.v, LIFCell()(torch.ones(2, 4))[1].v)


def test_the_kept_state_is_no_part_of_a_checkpoint_or_a_copy():
    cell = Stateful(LIFRecurrent(3, 4), carry=True)
    before = set(cell.state_dict())
    cell(torch.rand(5, 2, 3)).sum().backward()
    assert set(cell.state_dict()) == before
    assert copy.deepcopy(cell).state is None
    assert pickle.loads(pickle.dumps(cell)).state is None
    assert cell.state is not None


def test_truncated_back_propagation_detaches_between_windows():
    cell, weights = Stateful(LIFCell()), torch.ones(4, requires_grad=True)
    for _ in range(3):
        for _ in range(5):
            y = cell(0.5 * weights.expand(2, 4))
        y.sum().backward()
        before = cell.state.v.clone()
        detach_states(cell)
        assert torch.equal(cell.state.v, before)
        assert not cell.state.v.requires_grad


def test_a_module_without_state_needs_no_wrapper():
    with pytest.raises(NetworkError, match="Linear takes no state"):
        Stateful(nn.Linear(2, 2))
