"""Details of Norse's surface on which existing programs rely."""

import pickle
import sys
import warnings

import pytest
import torch
from torch import nn

import nir_core
import norse_lite.compat.norse as norse
from norse_lite.compat.norse.torch import LIFBoxCell, LIFCell, SequentialState
from norse_lite.compat.norse.torch.functional.filter import exp_filter_step
from norse_lite.compat.norse.torch.models.mobilenet import MobileNetV2
from norse_lite.compat.norse.torch.utils.pytree import (
    MultipleInheritanceNamedTupleMeta,
    StateTuple,
)
from norse_lite.compat.norse.torch.utils.tensorboard import tensorboard


class Decay(StateTuple, metaclass=MultipleInheritanceNamedTupleMeta):
    """A state of a neuron of one's own."""

    v: torch.Tensor
    steps: int = 0

    def doubled(self):
        return self._replace(v=2 * self.v)


def test_states_of_ones_own_are_named_tuples_with_the_methods_of_states():
    state = Decay(torch.ones(2))
    assert state._fields == ("v", "steps")
    assert isinstance(state, tuple)
    assert isinstance(state, StateTuple)
    assert state.doubled().v.tolist() == [2.0, 2.0]
    assert state.to(torch.float64).v.dtype == torch.float64
    assert type(state.to(torch.float64)) is Decay
    assert Decay(torch.tensor(1.0)).broadcast(torch.zeros(3)).v.shape == (3,)
    leaves, shape = torch.utils._pytree.tree_flatten(state)
    assert len(leaves) == 2
    assert type(torch.utils._pytree.tree_unflatten(leaves, shape)) is Decay
    again = pickle.loads(pickle.dumps(state))
    assert type(again) is Decay
    assert again.v.tolist() == [1.0, 1.0]


def test_a_field_without_default_cannot_follow_one_with():
    with pytest.raises(TypeError, match="b has no default"):
        MultipleInheritanceNamedTupleMeta(
            "Bad", (StateTuple,), {"__annotations__": {"a": int, "b": int}, "a": 1}
        )


def test_filters_of_integers_are_numbers_of_the_default_precision():
    assert exp_filter_step(torch.tensor(1), torch.tensor(2), 1).dtype == torch.float32


def test_a_second_state_hook_is_refused_until_the_first_is_removed():
    model = SequentialState(nn.Linear(2, 3), LIFCell(), LIFBoxCell())
    calls = []
    model.register_forward_state_hooks(lambda *call: calls.append(call))
    assert len(model.forward_state_hooks) == 2
    with pytest.raises(ValueError, match="remove_forward_state_hooks"):
        model.register_forward_state_hooks(print)
    model.remove_forward_state_hooks()
    model.register_forward_state_hooks(lambda *call: calls.append(call))
    model(torch.ones(1, 2))
    assert len(calls) == 2
    model.remove_forward_state_hooks()
    assert not model.forward_state_hooks


@pytest.mark.parametrize("stages", [[], [[1, 16]], [[1, 16, 1, 1], [2]]])
def test_stages_of_a_mobilenet_have_four_numbers(stages):
    with pytest.raises(ValueError, match="inverted_residual_setting"):
        MobileNetV2(inverted_residual_setting=stages)


def test_images_of_spikes_have_channels():
    class Writer:
        def __init__(self):
            self.images = []

        def add_image(self, key, image, step):
            self.images.append((key, image.shape, step))

    writer, cell = Writer(), LIFCell()
    cell.register_forward_hook(tensorboard.hook_spike_image("z", writer))
    cell(torch.ones(4, 5))
    cell(torch.ones(1, 4, 5))
    assert writer.images == [("z", (1, 4, 5), 0), ("z", (1, 4, 5), 1)]


@pytest.mark.parametrize("shape", [(3,), (1, 3), (5, 3)])
def test_a_single_module_is_exported_under_the_name_of_the_model(shape, monkeypatch):
    monkeypatch.delitem(sys.modules, "nir", raising=False)
    graph = norse.torch.to_nir(nn.Linear(3, 2), torch.zeros(shape), "net")
    assert isinstance(graph, nir_core.NIRGraph)
    assert graph.edges == [("input", "net"), ("net", "output")]
    assert graph.nodes["input"].input_type["input"].tolist() == [3]
    assert list(norse.torch.to_nir(LIFCell(), torch.zeros(1, 3)).nodes)[1:2] == ["norse"]


def test_a_convolution_is_exported_with_and_without_a_batch():
    conv = nn.Conv2d(2, 3, 3)
    for sample in (torch.zeros(2, 8, 8), torch.zeros(1, 2, 8, 8)):
        graph = norse.torch.to_nir(SequentialState(conv, LIFCell()), sample)
        assert graph.nodes["output"].output_type["output"].tolist() == [3, 6, 6]


def test_a_program_that_uses_nir_gets_its_graphs():
    nir = pytest.importorskip("nir")
    model = SequentialState(nn.Linear(3, 2), LIFCell())
    graph = norse.torch.to_nir(model, torch.zeros(1, 3))
    assert isinstance(graph, nir.NIRGraph)
    assert isinstance(graph.nodes["0"], nir.Affine)
    x = 30 * torch.rand(20, 1, 3)
    again, one, other = norse.torch.from_nir(graph), None, None
    for x_t in x:
        y, one = model(x_t, one)
        z, other = again(x_t, other)
        assert torch.equal(y, z)


def test_chains_without_neurons_are_exported_from_a_batch():
    from norse_lite import from_nir, to_nir

    conv = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten(), nn.Linear(108, 4))
    x = torch.rand(2, 2, 8, 8)
    graph = to_nir(conv, x)
    assert graph.nodes["input"].input_type["input"].tolist() == [2, 8, 8]
    y, _ = from_nir(graph, dt=1e-3)(x[None])
    assert torch.allclose(y[0], conv(x), atol=1e-6)


@pytest.mark.interop
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["LIF", "LI", "LIFRecurrent", "LIFRecurrentCell", "LIFCell"])
def test_a_resting_voltage_that_single_precision_rounds_gives_the_bits_of_norse(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("norse", "1.1.0")
        import norse.torch as theirs
    x = 4 * torch.rand(12, 2, 3, dtype=torch.float64)
    ends = []
    for package in (theirs, norse.torch):
        kind = package.LIParameters if name == "LI" else package.LIFParameters
        p = kind(v_leak=torch.tensor(0.3, dtype=torch.float64))
        torch.manual_seed(0)
        module = getattr(package, name)(*(3, 4) if "Recurrent" in name else (), p=p).double()
        if name.endswith("Cell"):
            y, state = [], None
            for x_t in x:
                z, state = module(x_t, state)
                y.append(z)
            y = torch.stack(y)
        else:
            y, state = module(x)
        ends.append([y, *state])
    for a, b in zip(*ends, strict=True):
        assert torch.allclose(a.double(), b.double(), rtol=0, atol=1e-14)
