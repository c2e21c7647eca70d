"""Every neuron in every form: odd shapes, cuts, copies, dtypes, learning, and what is refused."""

import copy
import dataclasses
import io
import pickle

import pytest
import torch

import norse_lite
from norse_lite import NetworkError

SPIKING = (*norse_lite._SPIKING, "PLIF")
FORMS = [
    *((name, form) for name in (*SPIKING, *norse_lite._INTEGRATORS) for form in ("", "Cell")),
    *((name, form) for name in SPIKING for form in ("Recurrent", "RecurrentCell")),
    *(
        (name, form)
        for name in SPIKING
        if not name.startswith("LIFMC")
        for form in ("ConvRecurrent", "ConvRecurrentCell")
    ),
]
EVERY = pytest.mark.parametrize(("name", "form"), FORMS, ids=[n + f for n, f in FORMS])


def make(name, form, **options):
    kind = getattr(norse_lite, name + form)
    torch.manual_seed(0)
    if form.startswith("Conv"):
        return kind(2, 3, 3, **options)
    return kind(5, 4, **options) if form.startswith("Recurrent") else kind(**options)


def neurons_of(form):
    return (3, 1, 1) if form.startswith("Conv") else (4,) if form.startswith("Rec") else (5,)


def drive(name, form, *, steps=6, batch=2, dtype=torch.float32):
    generator = torch.Generator().manual_seed(1)
    shape = (2, 6, 6) if form.startswith("Conv") else (5,)
    time = () if form.endswith("Cell") else (steps,)
    scale = 30.0 if name in ("Izhikevich", "CobaLIF") else 3.0
    x = scale * torch.rand((*time, batch, *shape), generator=generator, dtype=torch.float64)
    return x.to(dtype)


def parameters_of(name):
    kind = getattr(norse_lite, ("LIF" if name == "PLIF" else name) + "Parameters")
    values = {f.name: getattr(kind(), f.name) for f in dataclasses.fields(kind)}
    # PLIF has no synaptic current of its own.
    return {k: v for k, v in values.items() if name != "PLIF" or k != "tau_syn"}


@EVERY
def test_sequences_are_cut_anywhere_and_batches_may_be_empty(name, form):
    module, x = make(name, form), drive(name, form)
    y, state = module(x)
    assert module(drive(name, form, batch=0))[0].numel() == 0
    assert module(drive(name, form, batch=1))[0].isfinite().all()
    if form.endswith("Cell"):
        return
    for cut in (0, 1, 6):
        first, between = module(x[:cut])
        second, after = module(x[cut:], between)
        assert torch.equal(torch.cat([first, second]), y)
        assert all(torch.equal(a, b) for a, b in zip(after, state, strict=True))


@pytest.mark.parametrize("name", [*SPIKING, *norse_lite._INTEGRATORS])
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 3, 2)], ids=str)
def test_neurons_take_any_shape(name, shape):
    if name.startswith("LIFMC") and not shape:
        pytest.skip("compartments are coupled along an axis")
    for form, leading in (("", (4, 2)), ("Cell", (2,))):
        y, state = make(name, form)(torch.rand(*leading, *shape))
        assert y.shape == (*leading, *shape)
        assert all(value.shape == (2, *shape) for value in state)


@EVERY
def test_modules_survive_copies_files_and_other_dtypes(name, form):
    module, x = make(name, form), drive(name, form)
    y, state = module(x)
    other = make(name, form)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True))
    for twin in (pickle.loads(pickle.dumps(module)), copy.deepcopy(module), other):
        assert torch.equal(twin(x)[0], y)
    assert all(
        torch.equal(a, b) for a, b in zip(pickle.loads(pickle.dumps(state)), state, strict=True)
    )
    spread = torch.stack([x, x + 1], -1)[..., 0]
    assert not spread.is_contiguous()
    assert torch.equal(module(spread)[0], y)
    for dtype in (torch.float64, torch.bfloat16):
        twin = copy.deepcopy(module).to(dtype)
        out, after = twin(x.to(dtype))
        assert out.dtype == dtype
        assert twin(x.to(dtype), after)[0].dtype == dtype


@EVERY
def test_all_parameters_are_learned_and_may_differ_between_neurons(name, form):
    values = {k: v for k, v in parameters_of(name).items() if isinstance(v, float)}
    module, x = make(name, form, learn=tuple(values)), drive(name, form).requires_grad_()
    y, state = module(x)
    (y.sum() + sum(value.sum() for value in state)).backward()
    for parameter in (x, *module.parameters()):
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()
    if "v_th" in values:
        wide = torch.full(neurons_of(form), values["v_th"])
        assert torch.equal(make(name, form, v_th=wide)(x)[0], make(name, form)(x)[0])
        with pytest.raises(NetworkError, match=r"v_th of shape \(7,\) does not fit"):
            make(name, form, v_th=torch.full((7,), values["v_th"]))(x)


@EVERY
def test_what_does_not_fit_is_refused_in_one_sentence(name, form):
    module, x = make(name, form), drive(name, form)
    _, state = module(x)
    wrong = type(state)(*(torch.zeros(7, 9) for _ in state))
    cases = [
        ("must be a floating tensor", lambda: module(x.long())),
        ("must be a floating tensor", lambda: module(None)),
        ("must be a floating tensor", lambda: module(x.numpy())),
        ("must be a floating tensor", lambda: module(x.to(torch.complex64))),
        ("got the shape ()", lambda: module(torch.tensor(1.0))),
        ("of shape (7, 9) does not fit the input", lambda: module(x, wrong)),
        ("state must be", lambda: module(x, 3)),
        ("state must be", lambda: module(x, (x, x, x, x, x, x, x))),
        *(
            ("dt must be a positive number of seconds", lambda dt=dt: make(name, form, dt=dt))
            for dt in (0.0, -1e-3, float("nan"), float("inf"), "1ms", None)
        ),
        ("has no parameter 'tau_foo'", lambda: make(name, form, tau_foo=1.0)),
        ("has no parameter 'foo'", lambda: make(name, form, learn=("foo",))),
        ("backend must be", lambda: make(name, form, backend="foo")),
        ("integrator must be", lambda: make(name, form, integrator="foo")),
    ]
    if form.startswith(("Rec", "Conv")):
        few = x[..., :3] if form.startswith("Rec") else x[..., :1, :, :]
        cases += [
            ("got the shape", lambda: module(few)),
            ("the input is float64 and the weights are float32", lambda: module(x.double())),
        ]
    for message, call in cases:
        with pytest.raises(NetworkError) as caught:
            call()
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)


def test_parallel_neurons_take_nothing_and_refuse_what_has_no_time():
    for layer in (norse_lite.PSN(4), norse_lite.SlidingPSN(3)):
        for wrong in (None, torch.ones(4, 2, 3).long(), torch.tensor(1.0)):
            with pytest.raises(NetworkError, match="input must be"):
                layer(wrong)
    sliding = norse_lite.SlidingPSN(3)
    x = torch.rand(9, 2, 3)
    y, state = sliding(x)
    for cut in (0, 1, 4, 9):
        first, between = sliding(x[:cut])
        second, after = sliding(x[cut:], between)
        assert torch.equal(torch.cat([first, second]), y)
        assert torch.equal(after.past, state.past)
    assert sliding(torch.ones(5, 0, 3))[0].shape == (5, 0, 3)


def test_correlation_sensors_keep_their_state_over_no_step():
    layer = norse_lite.LIFCorrelation(3, 2)
    x = torch.ones(5, 1, 3)
    nothing, state = layer(x[:0])
    assert nothing.shape == (0, 1, 2)
    assert torch.equal(layer(x, state)[0], layer(x)[0])
