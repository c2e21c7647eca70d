"""The package as a whole: its names, its import, its neurons in all forms."""

import pickle
import subprocess
import sys
import warnings

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


def made(form, **options):
    """Return a module of a form, and an input for 12 steps of two samples."""
    torch.manual_seed(0)
    name = form.__name__
    if "ConvRecurrent" in name:
        return form(2, 3, 3, **options), 20 * torch.rand(12, 2, 2, 5, 4)
    if any(part in name for part in ("Recurrent", "Linear", "Correlation")):
        return form(3, 4, **options), 20 * torch.rand(12, 2, 3)
    return form(**options), 20 * torch.rand(12, 2, 4)


def leaves(state):
    return torch.utils._pytree.tree_leaves(state)


def is_cell(form):
    return form.__name__.endswith("Cell")


every_form = pytest.mark.parametrize("form", forms(), ids=lambda form: form.__name__)


@every_form
def test_every_form_of_every_neuron_runs_learns_and_pickles(form):
    module, x = made(form, learn=tuple(form.neuron.parameters.__dataclass_fields__))
    if is_cell(form):
        y, state = module(x[0])
        y, state = module(x[1], state)
    else:
        y, state = module(x[:5])
        y, state = module(x[5:], state)
    loss = y.sum() + sum(value.sum() for value in leaves(state))
    loss.backward()
    grads = [p.grad for p in module.parameters() if p.grad is not None]
    assert grads
    assert all(torch.isfinite(g).all() for g in grads)
    again = pickle.loads(pickle.dumps(module))
    step = x[0] if is_cell(form) else x
    assert torch.equal(again(step)[0], module(step)[0])
    assert leaves(state)[0].shape == (y if is_cell(form) else y[0]).shape


@every_form
def test_every_form_can_be_cut_in_time_without_changing_a_bit(form):
    module, x = made(form)
    if is_cell(form):
        layer = getattr(norse_lite, form.__name__.removesuffix("Cell"))
        whole, _ = made(layer)
        whole.load_state_dict(module.state_dict())
        outputs, state = [], None
        for x_t in x:
            y, state = module(x_t, state)
            outputs.append(y)
        y = torch.stack(outputs)
    else:
        whole = module
        first, state = module(x[:1])
        second, state = module(x[1:8], state)
        third, state = module(x[8:], state)
        y = torch.cat([first, second, third])
    expected, last = whole(x)
    assert torch.equal(y, expected)
    for a, b in zip(leaves(state), leaves(last), strict=True):
        assert torch.equal(a, b)


@every_form
def test_every_form_is_saved_moved_and_mapped(form):
    module, x = made(form)
    step = x[0] if is_cell(form) else x[:3]
    y, state = module(step)
    other = made(form)[0]
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.add_(1)
    other.load_state_dict(module.state_dict())
    assert torch.equal(other(step)[0], y)
    values, shape = torch.utils._pytree.tree_flatten(state)
    assert all(isinstance(value, torch.Tensor) for value in values)
    assert type(torch.utils._pytree.tree_unflatten(values, shape)) is type(state)
    y, state = module.double()(step.double())
    assert {value.dtype for value in (y, *leaves(state))} == {torch.float64}
    y, _ = module.bfloat16()(step.bfloat16())
    assert y.dtype == torch.bfloat16


SPIKING = sorted(
    name.removesuffix("RecurrentCell")
    for name in norse_lite.__all__
    if name.endswith("RecurrentCell") and "Conv" not in name
)


@pytest.mark.parametrize("detach_reset", [False, True])
@pytest.mark.parametrize("name", SPIKING)
def test_recurrent_forms_without_recurrent_weights_are_the_feed_forward_ones(name, detach_reset):
    """Values and gradients: one definition, and one meaning of the flag, in every form."""
    torch.manual_seed(0)
    options = {"detach_reset": detach_reset, "surrogate": "arctan"}
    scale = 200 if name in ("Izhikevich", "CobaLIF") else 3
    x = scale * torch.rand(30, 2, 3, dtype=torch.float64)
    weights = torch.rand(4, 3).double()
    layer = getattr(norse_lite, name)(**options)
    forms = [
        getattr(norse_lite, name + "Recurrent")(
            3, 4, input_weights=weights, recurrent_weights=torch.zeros(4, 4).double(), **options
        )
    ]
    inputs = [x, x]
    if not name.startswith("LIFMC"):
        forms.append(
            getattr(norse_lite, name + "ConvRecurrent")(
                3,
                4,
                1,
                input_weights=weights[:, :, None, None],
                recurrent_weights=torch.zeros(4, 4, 1, 1).double(),
                **options,
            )
        )
        inputs.append(x[..., None, None])
    grads, outputs = [], []
    for form, given in zip([layer, *forms], inputs, strict=True):
        leaf = given.clone().requires_grad_()
        y, state = form(leaf @ weights.T if form is layer else leaf)
        (y.sum() + state[-1].sum()).backward()
        grads.append(leaf.grad.reshape(x.shape))
        outputs.append(y.detach().reshape(30, 2, 4))
    assert outputs[0].any()
    for y, grad in zip(outputs[1:], grads[1:], strict=True):
        torch.testing.assert_close(y, outputs[0])
        torch.testing.assert_close(grad, grads[0], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", [n for n in SPIKING if n != "SigmaDelta"])
def test_detaching_the_reset_changes_gradients_and_nothing_else(name):
    torch.manual_seed(0)
    scale = 200 if name in ("Izhikevich", "CobaLIF") else 3
    x = scale * torch.rand(30, 2, 3, dtype=torch.float64)
    outputs, grads = [], []
    for detach_reset in (False, True):
        leaf = x.clone().requires_grad_()
        layer = getattr(norse_lite, name)(detach_reset=detach_reset, surrogate="arctan")
        y, state = layer(leaf)
        (y.sum() + state[0].sum()).backward()
        outputs.append(y)
        grads.append(leaf.grad)
    assert outputs[0].any()
    assert torch.equal(*outputs)
    assert not torch.allclose(*grads)


@pytest.mark.parametrize("name", ["LIF", "LIFBox", "CubaLIF", "LI", "LIBox", "CubaLI", "LIFEx"])
def test_both_integrators_agree_for_short_steps(name):
    t, dt = 0.02, 1e-5
    x = torch.full((round(t / dt), 1, 1), 0.4, dtype=torch.float64)
    if name in ("LIF", "LI", "LIFEx"):  # an input is a jump of the current
        x = x * dt / 5e-3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the step is short on purpose
        voltages = [
            getattr(norse_lite, name)(dt=dt, integrator=integrator)(x)[1].v.item()
            for integrator in ("euler", "exact")
        ]
    assert voltages[0] == pytest.approx(voltages[1], rel=5e-3)
    assert voltages[0] > 0.1
