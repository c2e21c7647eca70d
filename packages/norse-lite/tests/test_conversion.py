"""Conversion of rectifier networks, few bits, and well-known networks."""

import copy

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from norse_lite import LIF, NetworkError, SequentialState, SuperSpike, calibrate, decode
from norse_lite.convert import balanced, from_ann
from norse_lite.models import convnet, convnet4, vgg
from norse_lite.neurons.lif import LIFRecurrent
from norse_lite.quantize import fake_quantize, integer_weights, quantize_, remove_quantization_


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def trained_on_digits():
    torch.manual_seed(0)
    pixels, classes = load_digits(return_X_y=True)
    x, y = torch.tensor(pixels).float().reshape(-1, 1, 8, 8) / 16, torch.tensor(classes)
    ann = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Sequential(nn.Flatten(), nn.Dropout(0.1), nn.Linear(128, 48), nn.ReLU()),
        nn.Linear(48, 10),
    )
    optimizer = torch.optim.Adam(ann.parameters(), lr=5e-3)
    for _ in range(12):
        for part in torch.randperm(1300).split(100):
            loss = nn.functional.cross_entropy(ann(x[part]), y[part])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return ann.eval(), x, y


def test_a_converted_network_has_the_answers_of_the_original():
    ann, x, y = trained_on_digits()
    before = copy.deepcopy(ann.state_dict())
    snn = from_ann(ann, x[:200], percentile=100.0)
    assert all(torch.equal(v, before[k]) for k, v in ann.state_dict().items())
    test, answers = x[1300:1500], ann(x[1300:1500])
    errors = []
    with torch.no_grad():
        for steps in (25, 100, 400):
            out, _ = snn(test.expand(steps, *test.shape))
            errors.append(float((out.mean(0) - answers).abs().mean()))
    assert errors[2] < errors[1] / 2 < errors[0] / 4
    assert errors[2] < 0.02 * float(answers.detach().std())
    same = (out.mean(0).argmax(1) == answers.argmax(1)).float().mean()
    assert same > 0.99
    assert (answers.argmax(1) == y[1300:1500]).float().mean() > 0.9


def test_balancing_keeps_the_function_and_brings_units_to_one():
    ann, x, _ = trained_on_digits()
    chain = balanced(ann, x[:200], percentile=100.0)
    assert torch.allclose(chain(x[:50]), ann(x[:50]), atol=1e-4)
    value, tops = x[:200], []
    for module in chain:
        value = module(value)
        if isinstance(module, nn.ReLU):
            tops.append(value.max().item())
    assert tops == pytest.approx([1.0, 1.0], rel=1e-5)


@pytest.mark.parametrize(
    ("ann", "message"),
    [
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2)), r"module 1 \(MaxPool2d\).*AvgPool2d"),
        (nn.Sequential(nn.Sequential(nn.Linear(4, 4), nn.Tanh())), r"module 0\.1 \(Tanh\).*ReLU"),
        (nn.Sequential(nn.ReLU(), nn.BatchNorm1d(4)), "must follow a linear layer"),
        (nn.Sequential(nn.ReLU()), "no linear layer"),
    ],
)
def test_what_cannot_be_converted_is_named_with_a_way_out(ann, message):
    with pytest.raises(NetworkError, match=message):
        from_ann(ann, torch.rand(2, 4))


@pytest.mark.parametrize("bits", [2, 3, 4, 8, 12])
@pytest.mark.parametrize("per_channel", [True, False])
def test_rounded_weights_are_integers_times_steps_within_half_a_step(bits, per_channel):
    w = torch.randn(5, 3, 2, generator=torch.Generator().manual_seed(0)).double()
    q = fake_quantize(w, bits, per_channel=per_channel)
    most = 2 ** (bits - 1) - 1
    for row, original in zip(q, w, strict=True):
        step = (original.abs().max() if per_channel else w.abs().max()) / most
        integers = row / step
        assert torch.allclose(integers, integers.round(), atol=1e-9)
        assert integers.abs().max() <= most + 1e-9
        assert ((row - original).abs() <= step / 2 + 1e-12).all()
    w.requires_grad_()
    (fake_quantize(w, bits) * torch.arange(30).reshape(5, 3, 2)).sum().backward()
    assert w.grad.flatten().tolist() == list(range(30))


def test_a_quantised_network_trains_and_leaves_as_integers():
    torch.manual_seed(0)
    y = torch.arange(32) % 4
    x = nn.functional.one_hot(y, 4).float().repeat_interleave(5, 1).expand(20, -1, -1)
    model = SequentialState(
        nn.Linear(20, 16), LIFRecurrent(16, 16, surrogate=SuperSpike(10.0)), nn.Linear(16, 4)
    )
    calibrate(model, x, 0.1)
    quantize_(model, bits=3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(40):
        out, _ = model(x)
        loss = nn.functional.cross_entropy(decode.mean_membrane(out), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    out, _ = model(x)
    assert (out.mean(0).argmax(1) == y).float().mean() == 1.0
    integers = integer_weights(model)
    assert set(integers) == {"0.weight", "1.input_weights", "1.recurrent_weights", "2.weight"}
    for values, step in integers.values():
        assert values.dtype == torch.int8
        assert values.abs().max() == 3
        assert step.shape[0] == values.shape[0]
    kept = remove_quantization_(model)
    assert torch.equal(kept(x)[0], out)
    assert torch.equal(integers["0.weight"][0] * integers["0.weight"][1], kept[0].weight)
    with pytest.raises(NetworkError, match="not quantised"):
        integer_weights(model)


def test_quantisation_can_be_undone_and_is_not_done_twice():
    layer = nn.Linear(4, 3)
    before = layer.weight.detach().clone()
    model = quantize_(SequentialState(layer, LIF()), bits=2)
    with pytest.raises(NetworkError, match="parametrised already"):
        quantize_(model)
    remove_quantization_(model, keep=False)
    assert torch.equal(layer.weight, before)
    with pytest.raises(NetworkError, match="at least 2"):
        quantize_(model, bits=1)
    with pytest.raises(NetworkError, match="no weights"):
        quantize_(LIF())


def test_networks_have_the_sizes_of_their_papers():
    def parameters(model):
        return sum(p.numel() for p in model.parameters())

    assert parameters(convnet()) == 520 + 25050 + 400500 + 5000
    assert parameters(convnet4()) == 832 + 51264 + 1049600 + 10240
    model = vgg(16, classes=10, width=0.125, in_channels=3)
    convolutions = [m for m in model if isinstance(m, nn.Conv2d)]
    assert [c.out_channels for c in convolutions] == [8] * 2 + [16] * 2 + [32] * 3 + [64] * 6
    for depth in (11, 13, 16, 19):
        layers = [m for m in vgg(depth, width=0.01) if isinstance(m, (nn.Conv2d, nn.Linear))]
        assert len(layers) == depth
    with pytest.raises(NetworkError, match="depth must be one of"):
        vgg(12)
    with pytest.raises(NetworkError, match="at least 16"):
        convnet(feature_size=12)


def test_a_vgg_with_batch_norm_trains_at_any_size():
    torch.manual_seed(0)
    model = vgg(11, classes=3, width=1 / 32, batch_norm=True, surrogate=SuperSpike(2.0))
    v, _ = model(5 * torch.rand(5, 2, 3, 40, 32))
    v.sum().backward()
    assert v.shape == (5, 2, 3)
    assert model[0].weight.grad.abs().sum() > 0
