"""The package as a whole: its names, its import, its neurons in all forms."""

import pickle
import subprocess
import sys

import pytest
import torch

import norse_lite
from norse_lite.forms._parameters import NeuronModule


def test_every_public_name_can_be_imported():
    for name in norse_lite.__all__:
        assert getattr(norse_lite, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'LiF'"):
        norse_lite.LiF  # noqa: B018


def test_importing_the_package_imports_nothing_else():
    code = (
        "import sys, norse_lite; print(sorted({'torch', 'numpy', 'nir_core'} & set(sys.modules)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"


def forms():
    values = (getattr(norse_lite, name) for name in norse_lite.__all__)
    classes = {v for v in values if isinstance(v, type) and issubclass(v, NeuronModule)}
    return sorted(classes, key=lambda c: c.__name__)


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.__name__)
def test_every_form_of_every_neuron_runs_learns_and_pickles(form):
    torch.manual_seed(0)
    recurrent = "Recurrent" in form.__name__
    names = form.neuron.parameters.__dataclass_fields__
    module = form(*((3, 4) if recurrent else ()), learn=tuple(names))
    x = 20 * torch.rand(12, 2, 3 if recurrent else 4)
    if form.__name__.endswith("Cell"):
        y, state = module(x[0])
        y, state = module(x[1], state)
    else:
        y, state = module(x[:5])
        y, state = module(x[5:], state)
    loss = y.sum() + sum(value.sum() for value in state)
    loss.backward()
    grads = [p.grad for p in module.parameters() if p.grad is not None]
    assert grads
    assert all(torch.isfinite(g).all() for g in grads)
    again = pickle.loads(pickle.dumps(module))
    step = x[0] if form.__name__.endswith("Cell") else x
    assert torch.equal(again(step)[0], module(step)[0])
    assert state[0].shape == (2, 4)


def test_recurrent_forms_without_recurrent_weights_are_the_feed_forward_ones():
    torch.manual_seed(0)
    x = 3 * torch.rand(30, 2, 3)
    weights = torch.rand(4, 3)
    for name in ("LIF", "LIFBox", "IAF", "LSNN", "LIFAdEx", "LIFRefrac"):
        layer = getattr(norse_lite, name)()
        recurrent = getattr(norse_lite, name + "Recurrent")(
            3, 4, input_weights=weights, recurrent_weights=torch.zeros(4, 4)
        )
        a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
        y, _ = layer(a @ weights.T)
        z, _ = recurrent(b)
        assert torch.equal(y, z)
        y.sum().backward()
        z.sum().backward()
        assert torch.allclose(a.grad, b.grad, atol=1e-5)
